// The later steps of a diagnosis: what calls to the server show, and what it has written itself.
//
// Why apart: these ask gRPC and the engine, over a way that the steps before them have found. Pure
// but for what the probes ask. Threads: the caller's, which waits.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "diagnose/diagnosis.h"

namespace fairlead::diagnose {

Step LookAtHealth(const Case& setting, const Way& way, Probes& probes);
Step LookAtReflection(const Way& way, Probes& probes);
// Never a fault: it says why others are.
Step LookAtLog(const Case& setting, Probes& probes);

// `step`, as it ends when the server takes a connection and says nothing.
Step Hung(const Case& setting, Step step);
// A step that could not be taken.
Step Unseen(std::string tried, const Error& error);

// The first of them, for people.
std::string ListText(std::vector<std::string> texts);

}  // namespace fairlead::diagnose

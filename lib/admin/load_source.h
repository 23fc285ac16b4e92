// LoadSource: where the admin plane gets what clients report of their calls.
//
// Why a function: discovery adds it up on its own thread, the admin plane only shows it.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "fleet/explanation.h"

namespace fairlead::admin {

// By service ("user-service.shop"); of those alone that somebody calls and reports on.
using ServiceLoads = std::map<std::string, spec::CallLoad>;

// Any thread, which waits meanwhile for discovery's.
using LoadSource = std::function<ServiceLoads()>;

}  // namespace fairlead::admin

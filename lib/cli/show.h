// Show: the API's messages as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/table.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

// "ROTATION_CHANGED" of an enum's name -> "rotation-changed", the stable code.
std::string CodeOf(pb::Phase phase);
std::string CodeOf(pb::CheckClass check_class);
std::string CodeOf(pb::EventKind kind);

// "3s", "5m", "2h", "4d": how long `seconds` are, in one unit, rounded down; "0s" for less.
std::string Age(std::int64_t seconds);

// `now`: seconds since 1970, what ages are counted from.
std::string ShowStatus(const pb::Status& status, std::int64_t now, TableStyle style);
// With a column of calls where clients report some.
std::string ShowServices(const std::vector<pb::Service>& services, std::int64_t now,
                         TableStyle style);
// "120.5/s, 3 open, 0.5/s failed": what clients report, without when.
std::string CallsText(const pb::CallLoad& load);
// "in", "in (standby)", "in (panic)", "out(REASON)"
std::string RotationText(const pb::Replica& replica);
std::string ShowReplicas(const std::vector<pb::Replica>& replicas, std::int64_t now,
                         TableStyle style);
// Empty when nothing is wrong.
std::string ShowDiagnostics(const std::vector<pb::ContainerDiagnostics>& containers,
                            TableStyle style);
// One line: time in UTC, replica or service, code, sentence.
std::string ShowEvent(const pb::Event& event, TableStyle style);
std::string ShowGap(const pb::EventGap& gap);
// One step of a diagnosis: verdict, what was tried, what came, what it means and what to do.
std::string ShowStep(const pb::DiagnosisStep& step, TableStyle style);

}  // namespace fairlead::cli

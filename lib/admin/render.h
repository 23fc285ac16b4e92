// Render: what the daemon knows, as messages of the API. Pure.
//
// Invariant: every text is valid UTF-8 and printable, whatever a container author wrote; a message
// that is not valid UTF-8 fails in the caller's protobuf library instead of showing the problem.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "controller/control.h"
#include "fairlead/admin/v1/admin.pb.h"
#include "fleet/event.h"
#include "fleet/explanation.h"
#include "fleet/report.h"
#include "runtime/clock.h"

namespace fairlead::admin {

namespace pb = ::fairlead::admin::v1;

// How a monotonic time is shown to people; runtime::ToWall in the daemon.
using WallClock = runtime::WallTime (*)(TimePoint);

pb::Status RenderStatus(const controller::DaemonStatus& status, std::string_view version,
                        WallClock wall);
pb::Service RenderService(const fleet::ServiceReport& report);
pb::Replica RenderReplica(const fleet::ServiceReport& service, const fleet::ReplicaReport& replica,
                          WallClock wall);
pb::ContainerDiagnostics RenderDiagnostics(const fleet::ContainerDiagnostics& container);
pb::CallLoad RenderLoad(const spec::CallLoad& load, WallClock wall);
pb::Event RenderEvent(const controller::RecordedEvent& event);

// "services/user-service.shop"
std::string ServiceResource(const ServiceName& name);

}  // namespace fairlead::admin

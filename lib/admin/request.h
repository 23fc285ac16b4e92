// What a request names, checked before the daemon is asked. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fleet/event.h"
#include "fleet/report.h"

namespace fairlead::admin {

// A name in a request: service 63 + project 63 + words of a resource name; container names end far
// below it too.
inline constexpr std::size_t kNameBytesMax = 256;
// A reason is one sentence for the record.
inline constexpr std::size_t kReasonBytesMax = 256;

// "services/user-service.shop/replicas/2" or "user-service.shop/2", a container name, an id prefix
// -> what the core calls it. kInvalidArgument for anything that can be none of these; `field` is
// where the request has it.
Result<std::string> ReplicaReference(std::string_view name, std::string_view field = "name");

// The same, or "services/user-service.shop" -> "user-service.shop".
Result<std::string> ReplicaOrService(std::string_view name, std::string_view field = "name");

struct CommandRequest {
  fleet::OperatorVerb verb = fleet::OperatorVerb::kDrain;
  std::string_view name = {};
  std::string_view reason = {};
  bool force = false;
  std::string actor = {};  // who asks, as access::ActorOf() says it
};

// kInvalidArgument: bad name, long reason, or force without a reason. The name of a pause or a
// resume may also be "services/-" (the host), "projects/shop" or "services/user-service.shop".
Result<fleet::OperatorCommand> CommandFrom(const CommandRequest& request);

using ServiceReports = std::vector<std::shared_ptr<const fleet::ServiceReport>>;

// The services that `parent` means: "", "services/-" all; "services/NAME" or "NAME" one, where NAME
// is "user-service.shop", or "user-service" when one project has it.
// kNotFound, or kInvalidArgument when the short name is ambiguous (the message lists them).
Result<ServiceReports> ServicesFor(std::string_view parent, ServiceReports all);

}  // namespace fairlead::admin

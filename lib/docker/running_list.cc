#include "docker/running_list.h"

#include <fmt/format.h>

#include "docker/json_reader.h"
#include "docker/requests.h"

namespace fairlead::docker {

std::string RunningTarget(ApiVersion version) {
  return fmt::format("/v{}/containers/json?filters={}", version.Text(),
                     UrlEncoded(R"({"status":["running"]})"));
}

Result<std::vector<RunningContainer>> ReadRunning(std::string_view json) {
  const auto root = ParseJson(json, "list of running containers");
  if (!root) return std::unexpected(root.error());
  if (!root->is_array()) {
    return Fail(Code::kDataLoss, "read list of running containers: not a list");
  }
  std::vector<RunningContainer> running;
  for (const Json& entry : *root) {
    RunningContainer container{.id = ContainerId(TextMember(entry, "Id")), .networks = {}};
    if (!IsContainerId(container.id.value)) continue;
    const Json& networks = Member(Member(entry, "NetworkSettings"), "Networks");
    if (networks.is_object()) {
      for (const auto& [name, network] : networks.items()) {
        container.networks.push_back({.network = name,
                                      .network_id = TextMember(network, "NetworkID"),
                                      .ipv4 = TextMember(network, "IPAddress"),
                                      .ipv6 = TextMember(network, "GlobalIPv6Address")});
      }
    }
    running.push_back(std::move(container));
  }
  return running;
}

}  // namespace fairlead::docker

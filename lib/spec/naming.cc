#include "spec/naming.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

constexpr std::string_view kDefaultProject = "default";
constexpr std::string_view kComposePrefix = "com.docker.compose.";

bool IsValidName(std::string_view key, std::string_view name) {
  return ParseLabelValue(*FindLabel(key), name).has_value();
}

// What Compose wrote, if it can be a name in discovery; else refused with the label to add.
std::string ComposeName(std::string_view key, const std::string& written, LabelReader& reader) {
  if (IsValidName(key, written)) return written;
  const std::string suggestion = SuggestName(written);
  reader.ReportAs(Severity::kError, codes::kServiceRequired,
                  fmt::format("{}{}", kComposePrefix, key),
                  fmt::format("the Compose {} {} cannot be a name in discovery; the container is "
                              "not managed",
                              key, Quoted(written)),
                  fmt::format("name it with a label: {}{}={}", kLabelPrefix, key,
                              suggestion.empty() ? "NAME" : suggestion));
  return {};
}

std::string ReadProject(const ComposeIdentity& compose, const HostPolicy& policy,
                        LabelReader& reader) {
  if (compose.role != ComposeRole::kReplica) {
    return reader.InForce<std::string>("project").value_or(std::string(kDefaultProject));
  }
  const auto claimed = reader.Written<std::string>("project");
  if (!claimed) return ComposeName("project", compose.project, reader);
  if (*claimed != compose.project && !policy.projects_allowed.contains(*claimed)) {
    reader.Refuse(
        codes::kProjectRefused, "project",
        fmt::format("a container of the Compose project {} may not join {}; the container "
                    "is not managed",
                    Quoted(compose.project), Quoted(*claimed)),
        fmt::format("remove the label, or allow it on this host: policy.projects = [\"{}\"]",
                    *claimed));
  }
  return *claimed;
}

std::string ReadService(const ComposeIdentity& compose, LabelReader& reader) {
  if (auto service = reader.Written<std::string>("service")) return *std::move(service);
  if (reader.IsPresent("service")) return {};  // refused for what it says
  if (compose.role == ComposeRole::kReplica) return ComposeName("service", compose.service, reader);
  reader.Refuse(
      codes::kServiceRequired, "service",
      compose.labels_from_image
          ? "the Compose labels of this container come from its image, so they do not "
            "name a service; the container is not managed"
          : "a container outside Compose has no service name; the container is not managed",
      "add the label fairlead.service=NAME");
  return {};
}

}  // namespace

ServiceName ReadName(const ComposeIdentity& compose, const HostPolicy& policy,
                     LabelReader& reader) {
  std::string service = ReadService(compose, reader);
  return {.project = ReadProject(compose, policy, reader), .service = std::move(service)};
}

ServiceName NameWithoutService(const ComposeIdentity& compose, const ContainerFacts& facts) {
  const bool is_compose = compose.role == ComposeRole::kReplica;
  const std::string project = is_compose ? SuggestName(compose.project) : std::string();
  const std::string service = SuggestName(is_compose ? compose.service : facts.name);
  return {.project = project.empty() ? std::string(kDefaultProject) : project,
          .service = service.empty() ? "container" : service};
}

std::string ClientProject(const ContainerFacts& facts, const HostPolicy& policy) {
  const ComposeIdentity compose = ReadCompose(facts.labels);
  const auto label = facts.labels.find(std::string(kLabelPrefix) + "project");
  const bool is_claimed = label != facts.labels.end() && IsValidName("project", label->second);
  if (compose.role == ComposeRole::kOutside) {
    if (is_claimed) return label->second;
    const auto standard = policy.defaults.find("project");
    return standard == policy.defaults.end() ? std::string(kDefaultProject) : standard->second;
  }
  if (is_claimed && policy.projects_allowed.contains(label->second)) return label->second;
  return IsValidName("project", compose.project) ? compose.project : std::string();
}

std::uint16_t ReadPort(const ContainerFacts& facts, LabelReader& reader) {
  if (const auto port = reader.InForce<int>("port")) return static_cast<std::uint16_t>(*port);
  const auto& exposed = facts.exposed_tcp_ports;
  if (reader.IsPresent("port")) return 0;  // refused for what it says
  if (exposed.size() == 1 && exposed.front() != 0) return exposed.front();
  constexpr std::size_t kPortsShown = 8;
  const std::vector<std::uint16_t> shown(
      exposed.begin(),
      exposed.begin() + static_cast<std::ptrdiff_t>(std::min(exposed.size(), kPortsShown)));
  reader.Refuse(codes::kPortRequired, "port",
                exposed.empty()
                    ? "the image exposes no TCP port; the container is not managed"
                    : fmt::format("{} TCP ports are exposed ({}{}); the container is not managed",
                                  exposed.size(), fmt::join(shown, ", "),
                                  exposed.size() > kPortsShown ? ", ..." : ""),
                fmt::format("say which one serves: fairlead.port={}",
                            exposed.empty() ? 50051 : exposed.front()));
  return 0;
}

std::string ReadNetwork(const ContainerFacts& facts, const ComposeIdentity& compose,
                        LabelReader& reader) {
  const auto wanted = reader.InForce<std::string>("network");
  if (!wanted) return {};
  const std::string in_project = compose.project + "_" + *wanted;
  bool is_short_name = false;
  std::vector<std::string_view> attached;
  for (const NetworkAddress& network : facts.networks) {
    if (network.network == *wanted) return *wanted;
    is_short_name = is_short_name || (!compose.project.empty() && network.network == in_project);
    attached.push_back(network.network);
  }
  if (is_short_name) return in_project;
  constexpr std::size_t kNetworksShown = 8;
  std::string hint = "attach it to that network, or name one that it has";
  if (!attached.empty()) {
    if (attached.size() > kNetworksShown) attached.resize(kNetworksShown);
    hint += ": " + Printable(fmt::format("{}", fmt::join(attached, ", ")));
  }
  reader.Warn(
      codes::kNetworkUnknown, "network",
      fmt::format("the container is not on the network {}, so no client is given its address",
                  Quoted(*wanted)),
      hint);
  return *wanted;
}

}  // namespace fairlead::spec

#include "docker/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/text.h"
#include "docker/json_reader.h"

namespace fairlead::docker {
namespace {

constexpr std::size_t kIdBytesMax = 128;  // engines write 64 hex digits
constexpr std::int64_t kIntMax = std::numeric_limits<int>::max();
constexpr std::int64_t kIntMin = std::numeric_limits<int>::min();

// What is read of the answers: a member that is not here reads like an absent one.
constexpr Wanted kHealth[] = {{"Status"}};
constexpr Wanted kState[] = {{"Status"},   {"Running"},   {"Paused"},         {"Restarting"},
                             {"Dead"},     {"StartedAt"}, {"FinishedAt"},     {"Pid"},
                             {"ExitCode"}, {"OOMKilled"}, {"Health", kHealth}};
constexpr Wanted kHealthcheck[] = {{"Test"}};
constexpr Wanted kConfig[] = {{"Image"},
                              {"User"},
                              {"Labels"},
                              {"StopSignal"},
                              {"StopTimeout"},
                              {"ExposedPorts"},
                              {"Healthcheck", kHealthcheck}};
constexpr Wanted kRestartPolicy[] = {{"Name"}, {"MaximumRetryCount"}};
constexpr Wanted kHostConfig[] = {
    {"RestartPolicy", kRestartPolicy}, {"AutoRemove"}, {"NetworkMode"}};
constexpr Wanted kNetwork[] = {{"NetworkID"}, {"IPAddress"}, {"GlobalIPv6Address"}};
constexpr Wanted kNetworks[] = {{"", kNetwork}};
constexpr Wanted kNetworkSettings[] = {{"Networks", kNetworks}, {"Ports"}};
constexpr Wanted kContainer[] = {{"Id"},
                                 {"Name"},
                                 {"Created"},
                                 {"RestartCount"},
                                 {"State", kState},
                                 {"Config", kConfig},
                                 {"HostConfig", kHostConfig},
                                 {"NetworkSettings", kNetworkSettings}};
constexpr Wanted kListed[] = {
    {"Id"}, {"Names"}, {"State"}, {"Labels"}, {"NetworkSettings", kNetworkSettings}};
constexpr Wanted kInfo[] = {{"ID"}, {"ServerVersion"}, {"SystemTime"}, {"BuildahVersion"}};

// An id is only ever letters and digits; anything else is not an engine's answer.
bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

std::string WithoutSlash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

// Docker's seven words, and Podman's others by what they mean for the process.
std::optional<EngineStatus> ReadStatusWord(std::string_view word) {
  if (word == "created" || word == "configured" || word == "initialized") {
    return EngineStatus::kCreated;
  }
  if (word == "running" || word == "stopping") return EngineStatus::kRunning;
  if (word == "paused") return EngineStatus::kPaused;
  if (word == "restarting") return EngineStatus::kRestarting;
  if (word == "removing") return EngineStatus::kRemoving;
  if (word == "exited" || word == "stopped") return EngineStatus::kExited;
  if (word == "dead") return EngineStatus::kDead;
  return std::nullopt;
}

// State.Status, or what its booleans say when the word is absent. During a restart back-off Running
// and Restarting are both true, so the order matters.
std::optional<EngineStatus> ReadStatus(const Json& state) {
  const Json& word = Member(state, "Status");
  if (word.is_string()) return ReadStatusWord(word.get_ref<const std::string&>());
  if (!state.is_object() || !Member(state, "Running").is_boolean()) return std::nullopt;
  if (BoolMember(state, "Dead")) return EngineStatus::kDead;
  if (BoolMember(state, "Restarting")) return EngineStatus::kRestarting;
  if (BoolMember(state, "Paused")) return EngineStatus::kPaused;
  return BoolMember(state, "Running") ? EngineStatus::kRunning : EngineStatus::kExited;
}

std::map<std::string, std::string> ReadLabels(const Json& labels) {
  std::map<std::string, std::string> read;
  if (!labels.is_object()) return read;
  for (const auto& [key, value] : labels.items()) {
    if (value.is_string()) read.emplace(key, value.get_ref<const std::string&>());
  }
  return read;
}

// "8080" -> 8080. Ports are 1..65535; anything else is none.
std::optional<std::uint16_t> ReadPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// "8080/tcp" -> 8080; nothing for udp and sctp.
std::optional<std::uint16_t> ReadTcpPort(std::string_view text) {
  constexpr std::string_view kTcp = "/tcp";
  if (!text.ends_with(kTcp)) return std::nullopt;
  return ReadPort(text.substr(0, text.size() - kTcp.size()));
}

void ReadState(const Json& state, ContainerFacts& facts) {
  facts.started_at = TextMember(state, "StartedAt");
  facts.started_ns = std::max<std::int64_t>(0, ReadTime(facts.started_at).value_or(0));
  facts.finished_ns =
      std::max<std::int64_t>(0, ReadTime(TextMember(state, "FinishedAt")).value_or(0));
  facts.pid = NumberMember(state, "Pid", 0, 0, kIntMax);
  facts.exit_code = static_cast<int>(NumberMember(state, "ExitCode", 0, kIntMin, kIntMax));
  facts.oom_killed = BoolMember(state, "OOMKilled");
  const std::string health = TextMember(Member(state, "Health"), "Status");
  if (health == "starting") facts.docker_health = DockerHealth::kStarting;
  if (health == "healthy") facts.docker_health = DockerHealth::kHealthy;
  if (health == "unhealthy") facts.docker_health = DockerHealth::kUnhealthy;
}

std::optional<std::chrono::seconds> ReadStopTimeout(const Json& config) {
  const Json& member = Member(config, "StopTimeout");
  if (!member.is_number_integer()) return std::nullopt;
  const std::int64_t maximum = kStopTimeoutMax.count();
  return std::chrono::seconds(NumberMember(config, "StopTimeout", maximum, 0, maximum));
}

void ReadConfig(const Json& config, ContainerFacts& facts) {
  facts.image = TextMember(config, "Image");
  facts.user = TextMember(config, "User");
  facts.labels = ReadLabels(Member(config, "Labels"));
  facts.stop_signal = TextMember(config, "StopSignal");
  facts.stop_timeout = ReadStopTimeout(config);
  const Json& test = Member(Member(config, "Healthcheck"), "Test");
  // ["NONE"] switches off what the image brought.
  facts.has_healthcheck = test.is_array() && !test.empty() && test.front() != "NONE";
  const Json& exposed = Member(config, "ExposedPorts");
  if (!exposed.is_object()) return;
  for (const auto& [key, unused] : exposed.items()) {
    if (const auto port = ReadTcpPort(key)) facts.exposed_tcp_ports.push_back(*port);
  }
  std::ranges::sort(facts.exposed_tcp_ports);
  const auto repeats = std::ranges::unique(facts.exposed_tcp_ports);  // "080/tcp" and "80/tcp"
  facts.exposed_tcp_ports.erase(repeats.begin(), repeats.end());
}

void ReadHostConfig(const Json& host, ContainerFacts& facts) {
  const Json& policy = Member(host, "RestartPolicy");
  const std::string name = TextMember(policy, "Name");
  if (name == "always") facts.restart_policy = RestartPolicy::kAlways;
  if (name == "unless-stopped") facts.restart_policy = RestartPolicy::kUnlessStopped;
  if (name == "on-failure") facts.restart_policy = RestartPolicy::kOnFailure;
  facts.restart_maximum =
      static_cast<int>(NumberMember(policy, "MaximumRetryCount", 0, 0, kIntMax));
  facts.auto_remove = BoolMember(host, "AutoRemove");
  facts.network_mode = TextMember(host, "NetworkMode");
}

void ReadNetworks(const Json& networks, std::vector<NetworkAddress>& read) {
  if (!networks.is_object()) return;
  for (const auto& [name, network] : networks.items()) {
    if (!network.is_object()) continue;
    read.push_back({.network = name,
                    .network_id = TextMember(network, "NetworkID"),
                    .ipv4 = TextMember(network, "IPAddress"),
                    .ipv6 = TextMember(network, "GlobalIPv6Address")});
  }
}

void ReadPublished(const Json& ports, ContainerFacts& facts) {
  if (!ports.is_object()) return;
  for (const auto& [key, bindings] : ports.items()) {
    const auto container_port = ReadTcpPort(key);
    if (!container_port || !bindings.is_array()) continue;
    for (const Json& binding : bindings) {
      const auto host_port = ReadPort(TextMember(binding, "HostPort"));
      if (!host_port) continue;
      facts.published_tcp_ports.push_back({.container_port = *container_port,
                                           .host_ip = TextMember(binding, "HostIp"),
                                           .host_port = *host_port});
    }
  }
}

Result<ContainerSummary> ReadSummary(const Json& entry) {
  ContainerSummary summary;
  summary.id = ContainerId(TextMember(entry, "Id"));
  if (!IsId(summary.id.value)) {
    return Fail(Code::kDataLoss, "read container list: an entry without an id");
  }
  const Json& names = Member(entry, "Names");
  for (const Json& name : names.is_array() ? names : Json::array()) {
    if (name.is_string()) summary.names.push_back(WithoutSlash(name.get<std::string>()));
  }
  summary.status = ReadStatusWord(TextMember(entry, "State")).value_or(EngineStatus::kCreated);
  summary.labels = ReadLabels(Member(entry, "Labels"));
  ReadNetworks(Member(Member(entry, "NetworkSettings"), "Networks"), summary.networks);
  return summary;
}

}  // namespace

Result<ContainerFacts> ReadInspect(std::string_view json) {
  const auto root = ParseJson(json, "container", kContainer);
  if (!root) return std::unexpected(root.error());
  ContainerFacts facts;
  facts.id = ContainerId(TextMember(*root, "Id"));
  if (!IsId(facts.id.value)) return Fail(Code::kDataLoss, "read container: no id");
  const Json& state = Member(*root, "State");
  const auto status = ReadStatus(state);
  if (!status) {
    return Fail(Code::kDataLoss, fmt::format("read container: unknown state \"{}\"",
                                             Printable(TextMember(state, "Status"), 32)));
  }
  facts.status = *status;
  facts.name = WithoutSlash(TextMember(*root, "Name"));
  facts.created = TextMember(*root, "Created");
  facts.restart_count = static_cast<int>(NumberMember(*root, "RestartCount", 0, 0, kIntMax));
  ReadState(state, facts);
  ReadConfig(Member(*root, "Config"), facts);
  ReadHostConfig(Member(*root, "HostConfig"), facts);
  const Json& settings = Member(*root, "NetworkSettings");
  ReadNetworks(Member(settings, "Networks"), facts.networks);
  ReadPublished(Member(settings, "Ports"), facts);
  return facts;
}

Result<std::vector<ContainerSummary>> ReadList(std::string_view json) {
  const auto root = ParseJson(json, "container list", kListed);
  if (!root) return std::unexpected(root.error());
  if (!root->is_array()) return Fail(Code::kDataLoss, "read container list: not a list");
  std::vector<ContainerSummary> list;
  list.reserve(root->size());
  for (const Json& entry : *root) {
    auto summary = ReadSummary(entry);
    if (!summary) return std::unexpected(summary.error());
    list.push_back(std::move(*summary));
  }
  return list;
}

Result<EngineInfo> ReadInfo(std::string_view json) {
  const auto root = ParseJson(json, "engine info", kInfo);
  if (!root) return std::unexpected(root.error());
  if (!root->is_object()) return Fail(Code::kDataLoss, "read engine info: not an object");
  EngineInfo info;
  info.engine_id = TextMember(*root, "ID");
  info.engine_version = TextMember(*root, "ServerVersion");
  info.system_time = TextMember(*root, "SystemTime");
  info.keeps_history = root->contains("BuildahVersion");  // Podman's answer has it
  info.system_time_ns = ReadTime(info.system_time).value_or(0);
  return info;
}

std::string ReadErrorMessage(std::string_view body) {
  constexpr std::size_t kShownBytesMax = 300;
  if (const auto json = ParseJson(body, "error")) {
    const std::string message = TextMember(*json, "message");
    if (!message.empty()) return Printable(message, kShownBytesMax);
  }
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) body.remove_suffix(1);
  return Printable(body, kShownBytesMax);
}

}  // namespace fairlead::docker

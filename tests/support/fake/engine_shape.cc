#include "support/fake/engine_shape.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>

#include "support/fake/http_text.h"

namespace fairlead::test {
namespace {

using Json = nlohmann::json;

constexpr int kApiWithoutLegacy = 1052;

Json Recorded(const std::string& folder, const std::string& name) {
  static std::mutex mutex;  // several fakes may live on threads of their own
  static std::map<std::string, Json> read;
  const std::string path =
      fmt::format("{}/tests/support/recorded/{}/{}.json", FAIRLEAD_SOURCE_DIR, folder, name);
  const std::lock_guard lock(mutex);
  const auto [found, is_new] = read.try_emplace(path);
  if (is_new) {
    std::ifstream file(path);
    found->second = Json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (found->second.is_discarded()) {
      std::fprintf(stderr, "fake engine: %s is not there or no JSON\n", path.c_str());
      std::abort();
    }
  }
  return found->second;
}

std::vector<EngineShape> Shapes() {
  const EngineShape old{.name = "docker-20.10",
                        .engine_version = "20.10.24",
                        .api_version = "1.41",
                        .api_min = "1.12",
                        .recorded = "docker-20.10",
                        .refuses_versions_in_text = true};
  std::vector<EngineShape> shapes{old};
  const auto add = [&shapes](EngineShape shape, std::string name, std::string version,
                             std::string api, std::string api_min) {
    shape.name = std::move(name);
    shape.engine_version = std::move(version);
    shape.api_version = std::move(api);
    shape.api_min = std::move(api_min);
    shapes.push_back(std::move(shape));
  };
  EngineShape hasty = old;
  hasty.kills_on_hang_up = true;
  add(hasty, "docker-23.0.0", "23.0.0", "1.42", "1.12");
  add(old, "docker-23", "23.0.15", "1.42", "1.12");
  EngineShape middle = old;
  add(middle, "docker-24", "24.0.9", "1.43", "1.12");
  add(middle, "docker-25", "25.0.6", "1.44", "1.24");
  add(middle, "docker-28", "28.0.4", "1.48", "1.24");
  EngineShape modern = middle;
  modern.recorded = "docker-29";
  add(modern, "docker-29.0", "29.0.0", "1.52", "1.44");
  add(modern, "docker-29", "29.8.0", "1.56", "1.40");
  EngineShape podman = middle;
  podman.refuses_versions_in_text = false;
  podman.recorded = "podman-4.3";
  podman.is_podman = true;
  add(podman, "podman-4.3", "4.3.1", "1.41", "1.24");
  return shapes;
}

void FillNetworks(Json& networks, const FakeContainer& container) {
  Json like = networks.empty() ? Json::object() : networks.begin().value();
  networks = Json::object();
  for (const FakeNetwork& network : container.networks) {
    const bool is_up = container.is_alive();
    like["NetworkID"] = network.id;
    like["IPAddress"] = is_up ? network.ipv4 : "";
    like["GlobalIPv6Address"] = is_up ? network.ipv6 : "";
    networks[network.name] = like;
  }
}

void FillState(Json& state, const FakeContainer& container) {
  state["Status"] = container.status;
  state["Running"] = container.is_alive() || container.status == "restarting";
  state["Paused"] = container.status == "paused";
  state["Restarting"] = container.status == "restarting";
  state["OOMKilled"] = container.oom_killed;
  state["Pid"] = container.pid;
  state["ExitCode"] = container.exit_code;
  state["StartedAt"] = container.started_at;
  state["FinishedAt"] = container.finished_at;
  if (!container.health.empty()) {
    state["Health"] = {{"Status", container.health}, {"FailingStreak", 0}, {"Log", Json::array()}};
  }
}

void FillConfig(Json& config, const FakeContainer& container) {
  config["Image"] = container.image;
  config["Labels"] = container.labels;
  config.erase("ExposedPorts");
  for (const std::uint16_t port : container.exposed) {
    config["ExposedPorts"][fmt::format("{}/tcp", port)] = Json::object();
  }
  config.erase("StopTimeout");
  if (container.stop_timeout_s) config["StopTimeout"] = *container.stop_timeout_s;
  if (!container.stop_signal.empty()) config["StopSignal"] = container.stop_signal;
  if (!container.health.empty()) config["Healthcheck"] = {{"Test", {"CMD", "true"}}};
}

Json Ports(const FakeContainer& container) {
  Json ports = Json::object();
  for (const std::uint16_t port : container.exposed) ports[fmt::format("{}/tcp", port)] = nullptr;
  for (const FakePort& port : container.published) {
    ports[fmt::format("{}/tcp", port.container_port)] =
        Json::array({{{"HostIp", "0.0.0.0"}, {"HostPort", fmt::format("{}", port.host_port)}}});
  }
  return ports;
}

}  // namespace

Json EngineShape::Info(const std::string& system_time) const {
  Json info = Recorded(recorded, "info");
  info["ID"] = "FAKE";
  info["ServerVersion"] = engine_version;
  info["SystemTime"] = system_time;
  return info;
}

Json EngineShape::Listed(const FakeContainer& container) const {
  Json entry = Recorded(recorded, "list")[0];
  entry["Id"] = container.id;
  entry["Names"] = Json::array({"/" + container.name});
  entry["Image"] = container.image;
  entry["State"] = container.status;
  entry["Labels"] = container.labels;
  FillNetworks(entry["NetworkSettings"]["Networks"], container);
  return entry;
}

Json EngineShape::Inspected(const FakeContainer& container, int api) const {
  Json json = Recorded(recorded, "inspect");
  json["Id"] = container.id;
  json["Name"] = "/" + container.name;
  json["Created"] = "2026-01-01T00:00:00Z";
  json["RestartCount"] = container.restart_count;
  FillState(json["State"], container);
  FillConfig(json["Config"], container);
  Json& host = json["HostConfig"];
  host["NetworkMode"] = container.network_mode;
  host["RestartPolicy"] = {{"Name", container.restart_policy},
                           {"MaximumRetryCount", container.restart_maximum}};
  host["AutoRemove"] = container.auto_remove;
  Json& settings = json["NetworkSettings"];
  FillNetworks(settings["Networks"], container);
  settings["Ports"] = Ports(container);
  if (settings.contains("IPAddress") && !container.networks.empty()) {
    settings["IPAddress"] = container.is_alive() ? container.networks.front().ipv4 : "";
  }
  if (api >= kApiWithoutLegacy) settings.erase("IPAddress");
  return json;
}

Json EngineShape::Event(const FakeEvent& event, int api) const {
  Json record = {{"Type", event.type},
                 {"Action", event.action},
                 {"Actor", {{"ID", event.actor_id}, {"Attributes", event.attributes}}},
                 {"scope", "local"},
                 {"time", event.time_ns / kNanosecondsPerSecond},
                 {"timeNano", event.time_ns}};
  if (event.type == "container" && api < kApiWithoutLegacy) {
    record["status"] = event.action;
    record["id"] = event.actor_id;
    const auto image = event.attributes.find("image");
    if (image != event.attributes.end()) record["from"] = image->second;
  }
  return record;
}

std::vector<FakeEvent> EngineShape::Sequence(const FakeEvent& event) const {
  if (!is_podman) return {event};
  if (event.type == "network" || event.is_of_stop || event.action == "stop") return {};
  FakeEvent beside = event;
  FakeEvent main = event;
  main.attributes["podId"] = "";
  main.attributes["containerExitCode"] = "0";
  if (event.action == "start") {
    beside.action = "init";
    return {beside, main};
  }
  if (event.action == "die") {
    main.attributes["containerExitCode"] = event.attributes.at("exitCode");
    beside.action = "cleanup";
    return {main, beside};
  }
  if (event.action == "destroy") main.action = "remove";
  // Every check, changed or not, is told with the word alone.
  if (event.action.starts_with("health_status")) main.action = "health_status";
  return {main};
}

std::string EngineShape::EventsContentType(const std::string& accept) const {
  if (recorded != "docker-29") return "application/json";
  const bool is_sequence = accept.find("application/json-seq") != std::string::npos;
  return is_sequence ? "application/json-seq" : "application/jsonl";
}

std::string EngineShape::Missing(const std::string& id) const {
  return is_podman ? fmt::format("no container with name or ID \"{}\" found: no such container", id)
                   : "No such container: " + id;
}

std::string EngineShape::Complaint(int status, const std::string& message) const {
  if (!is_podman) return Json{{"message", message}}.dump() + "\n";
  return Json{{"cause", message}, {"message", message}, {"response", status}}.dump() + "\n";
}

std::string EngineShape::RefusalOf(const std::string& version) const {
  if (version.empty() || is_podman) return "";
  if (VersionNumber(version) > VersionNumber(api_version)) {
    return fmt::format("client version {} is too new. Maximum supported API version is {}", version,
                       api_version);
  }
  if (VersionNumber(version) < VersionNumber(api_min)) {
    return fmt::format(
        "client version {} is too old. Minimum supported API version is {}, please upgrade your "
        "client to a newer version",
        version, api_min);
  }
  return "";
}

EngineShape ShapeOf(std::string_view name) {
  for (EngineShape& shape : Shapes()) {
    if (shape.name == name) return shape;
  }
  std::fprintf(stderr, "fake engine: there is no shape %s\n", std::string(name).c_str());
  std::abort();
}

const std::vector<std::string>& ShapeNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const EngineShape& shape : Shapes()) all.push_back(shape.name);
    return all;
  }();
  return names;
}

}  // namespace fairlead::test

#include "rollout/containers.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

namespace fairlead::rollout {
namespace {

using Json = nlohmann::json;

constexpr const char* kLabelPrefix = "com.docker.compose.";

const Json& At(const Json& object, const char* key) {
  static const Json kNothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNothing;
}

std::string Text(const Json& object, const std::string& key) {
  const Json& member = At(object, key.c_str());
  return member.is_string() ? member.get<std::string>() : std::string();
}

int Number(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// A comma-separated list of paths; relative ones (Compose 1) are as they were typed beside the
// file.
std::vector<std::string> Paths(const std::string& list, const std::string& directory) {
  std::vector<std::string> paths;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string path = list.substr(begin, end - begin);
    if (!path.empty()) paths.push_back(path.starts_with('/') ? path : directory + "/" + path);
    begin = end + 1;
  }
  return paths;
}

ComposeOrigin OriginOf(const Json& labels) {
  const auto label = [&](const char* name) {
    return Text(labels, kLabelPrefix + std::string(name));
  };
  ComposeOrigin origin;
  origin.project = label("project");
  origin.service = label("service");
  origin.working_directory = label("project.working_dir");
  origin.files = Paths(label("project.config_files"), origin.working_directory);
  origin.environment_files = Paths(label("project.environment_file"), origin.working_directory);
  return origin;
}

Container ContainerOf(const Json& inspect, const Json& labels) {
  Container container;
  container.id = Text(inspect, "Id");
  container.name = Text(inspect, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  const std::string hash = Text(labels, std::string(kLabelPrefix) + "config-hash");
  container.revision = hash + " " + Text(inspect, "Image");
  container.number = Number(Text(labels, std::string(kLabelPrefix) + "container-number"));
  const Json& state = At(inspect, "State");
  container.status = Text(state, "Status");
  const Json& exit_code = At(state, "ExitCode");
  if (exit_code.is_number_integer()) container.exit_code = exit_code.get<int>();
  // An image that Compose built hands its labels to plain containers; the hash alone tells ours.
  if (!hash.empty()) container.origin = OriginOf(labels);
  return container;
}

}  // namespace

Result<std::vector<Container>> ReadContainers(std::string_view json) {
  const Json list = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) {
    return Fail(Code::kDataLoss, "read what docker inspect printed: it is no list in JSON");
  }
  std::vector<Container> containers;
  for (const Json& inspect : list) {
    const Json& labels = At(At(inspect, "Config"), "Labels");
    const bool is_one_off = Text(labels, std::string(kLabelPrefix) + "oneoff") == "True";
    if (Text(inspect, "Id").empty() || is_one_off) continue;
    containers.push_back(ContainerOf(inspect, labels));
  }
  return containers;
}

}  // namespace fairlead::rollout

// Plays the dialogues of this folder. A command is the word `labels` and the lines of one
// container: its labels as key=value, what the engine says of it (`compose PROJECT SERVICE NUMBER`,
// `compose-other LABEL VALUE`, `expose PORT...`, `network NAME`, `name NAME`, `healthcheck`,
// `restart always`, `rm`) and what the host says (`host DEFAULT=VALUE`, `host-project NAME`,
// `host-tls NAME`, `host-observes`).
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "scenario/spec/show_reading.h"
#include "spec/read_labels.h"
#include "support/dialogue.h"

namespace fairlead::spec {
namespace {

struct Scene {
  ContainerFacts facts;
  HostPolicy policy;
};

void SetPair(std::map<std::string, std::string>& map, const std::string& pair) {
  const std::size_t equals = pair.find('=');
  map[pair.substr(0, equals)] = equals == std::string::npos ? "" : pair.substr(equals + 1);
}

void SetCompose(Scene& scene, std::istringstream& words) {
  auto& labels = scene.facts.labels;
  words >> labels["com.docker.compose.project"] >> labels["com.docker.compose.service"] >>
      labels["com.docker.compose.container-number"];
  labels["com.docker.compose.config-hash"] = "3f2a";
}

void SetOtherComposeLabel(Scene& scene, std::istringstream& words) {
  std::string key;
  words >> key;
  words >> scene.facts.labels["com.docker.compose." + key];
}

void Expose(Scene& scene, std::istringstream& words) {
  for (std::uint16_t port = 0; words >> port;) scene.facts.exposed_tcp_ports.push_back(port);
}

void AddNetwork(Scene& scene, std::istringstream& words) {
  words >> scene.facts.networks.emplace_back().network;
}

std::string Rest(std::istringstream& words) {
  std::string rest;
  std::getline(words >> std::ws, rest);
  return rest;
}

const std::map<std::string, std::function<void(Scene&, std::istringstream&)>> kVerbs = {
    {"compose", SetCompose},
    {"compose-other", SetOtherComposeLabel},
    {"expose", Expose},
    {"network", AddNetwork},
    {"name", [](Scene& s, std::istringstream& w) { s.facts.name = Rest(w); }},
    {"healthcheck", [](Scene& s, std::istringstream&) { s.facts.has_healthcheck = true; }},
    {"restart",
     [](Scene& s, std::istringstream&) { s.facts.restart_policy = RestartPolicy::kAlways; }},
    {"rm", [](Scene& s, std::istringstream&) { s.facts.auto_remove = true; }},
    {"host", [](Scene& s, std::istringstream& w) { SetPair(s.policy.defaults, Rest(w)); }},
    {"host-project",
     [](Scene& s, std::istringstream& w) { s.policy.projects_allowed.insert(Rest(w)); }},
    {"host-tls", [](Scene& s, std::istringstream& w) { s.policy.tls_profiles.insert(Rest(w)); }},
    {"host-observes", [](Scene& s, std::istringstream&) { s.policy.observe_only = true; }},
};

std::string Play(const std::string& command) {
  Scene scene;
  scene.facts.id = ContainerId("3f2a99c0ffee");
  std::istringstream lines(command);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "labels") << "a command begins with the word labels";
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    const auto known = kVerbs.find(verb);
    if (known != kVerbs.end()) {
      known->second(scene, words);
    } else {
      SetPair(scene.facts.labels, line);
    }
  }
  return ShowReading(ReadLabels(scene.facts, scene.policy), scene.facts);
}

class LabelsDialogue : public ::testing::TestWithParam<std::string> {};

TEST_P(LabelsDialogue, GoesAsWritten) {
  testing::RunDialogue(GetParam(), Play);
}

INSTANTIATE_TEST_SUITE_P(Spec, LabelsDialogue,
                         ::testing::ValuesIn(testing::DialogueFiles("tests/scenario/spec")),
                         [](const auto& param) { return testing::DialogueName(param.param); });

}  // namespace
}  // namespace fairlead::spec

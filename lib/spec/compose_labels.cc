#include "spec/compose_labels.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "spec/words.h"

namespace fairlead::spec {
namespace {

constexpr int kContainerNumberMax = 1'000'000;  // far above any real scale, far below overflow

const std::string* Find(const std::map<std::string, std::string>& labels, std::string_view key) {
  const auto found = labels.find("com.docker.compose." + std::string(key));
  return found == labels.end() ? nullptr : &found->second;
}

// The part of `text` before the next colon, which goes with it.
std::string_view TakePart(std::string_view& text) {
  const std::string_view part = text.substr(0, text.find(':'));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

DependencyCondition ReadCondition(std::string_view word) {
  if (word == "service_healthy") return DependencyCondition::kHealthy;
  if (word == "service_completed_successfully") return DependencyCondition::kCompleted;
  return DependencyCondition::kStarted;
}

}  // namespace

std::vector<ComposeDependency> ReadDependencies(std::string_view label) {
  std::vector<ComposeDependency> edges;
  for (std::string_view rest : SplitList(label)) {
    if (edges.size() >= kDependenciesMax) break;
    ComposeDependency edge{.service = std::string(TakePart(rest))};
    edge.condition = ReadCondition(TakePart(rest));
    edge.restart = TakePart(rest) == "true";
    if (!edge.service.empty()) edges.push_back(std::move(edge));
  }
  std::ranges::sort(edges);
  const auto repeats = std::ranges::unique(edges, {}, &ComposeDependency::service);
  edges.erase(repeats.begin(), repeats.end());
  return edges;
}

ComposeIdentity ReadCompose(const std::map<std::string, std::string>& labels) {
  ComposeIdentity identity;
  const std::string* project = Find(labels, "project");
  const std::string* service = Find(labels, "service");
  if (project == nullptr || service == nullptr) return identity;
  const std::string* one_off = Find(labels, "oneoff");
  if (Find(labels, "hook") != nullptr) {
    identity.role = ComposeRole::kHook;
  } else if (one_off != nullptr && (*one_off == "True" || *one_off == "true")) {
    identity.role = ComposeRole::kOneOff;
  } else if (Find(labels, "config-hash") != nullptr) {
    identity.role = ComposeRole::kReplica;
  } else {
    identity.labels_from_image = true;
    return identity;
  }
  identity.project = *project;
  identity.service = *service;
  if (const std::string* replaces = Find(labels, "replace")) identity.replaces = *replaces;
  if (const std::string* edges = Find(labels, "depends_on")) {
    identity.depends_on = ReadDependencies(*edges);
  }
  if (const std::string* number = Find(labels, "container-number")) {
    const auto value = ParseWholeNumber(*number);
    if (value && *value >= 1 && *value <= kContainerNumberMax) {
      identity.number = static_cast<int>(*value);
    }
  }
  return identity;
}

}  // namespace fairlead::spec

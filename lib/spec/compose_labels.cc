#include "spec/compose_labels.h"

#include <string_view>

#include "spec/words.h"

namespace fairlead::spec {
namespace {

constexpr int kContainerNumberMax = 1'000'000;  // far above any real scale, far below overflow

const std::string* Find(const std::map<std::string, std::string>& labels, std::string_view key) {
  const auto found = labels.find("com.docker.compose." + std::string(key));
  return found == labels.end() ? nullptr : &found->second;
}

}  // namespace

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
  if (const std::string* number = Find(labels, "container-number")) {
    const auto value = ParseWholeNumber(*number);
    if (value && *value >= 1 && *value <= kContainerNumberMax) {
      identity.number = static_cast<int>(*value);
    }
  }
  return identity;
}

}  // namespace fairlead::spec

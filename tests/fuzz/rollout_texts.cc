// What Docker's and Compose's commands print: read, or refused, and in range.
#include <string>

#include "base/check.h"
#include "fuzz/targets.h"
#include "rollout/compose_text.h"
#include "rollout/containers.h"

namespace fairlead::fuzz {

int FuzzRolloutTexts(std::string_view input) {
  for (const std::string_view service : {"user-service", ""}) {
    const auto replicas = rollout::ReplicasOf(input, service);
    CHECK(!replicas || (*replicas >= 1 && *replicas <= 10'000));
    CHECK(!replicas || !service.empty());
  }
  const auto containers = rollout::ReadContainers(input);
  CHECK(containers || containers.error().code == Code::kDataLoss);
  if (!containers) return 0;
  for (const rollout::Container& container : *containers) {
    CHECK(!container.id.empty());
    CHECK(container.is_up() ? container.has_started() : true);
    for (const std::string& file : container.origin.files) CHECK(file.contains('/'));
  }
  return 0;
}

}  // namespace fairlead::fuzz

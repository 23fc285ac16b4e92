#include "spec/replica_name.h"

#include "spec/words.h"

namespace fairlead::spec {
namespace {

// The part before the number; empty for a container of the Compose service of that name.
std::string PrefixOf(const ServiceSpec& spec) {
  if (spec.ties.service == spec.name.service) return "";
  const std::string name = SuggestName(spec.ties.service);
  return name.empty() ? "" : name + "-";
}

}  // namespace

std::string ReplicaName(const ServiceSpec& spec, const ContainerId& id) {
  constexpr std::size_t kIdDigitsShown = 6;
  return spec.name.Text() + "/" +
         (spec.compose_number ? PrefixOf(spec) + std::to_string(*spec.compose_number)
                              : id.value.substr(0, kIdDigitsShown));
}

}  // namespace fairlead::spec

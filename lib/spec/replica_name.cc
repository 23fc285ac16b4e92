#include "spec/replica_name.h"

namespace fairlead::spec {

std::string ReplicaName(const ServiceSpec& spec, const ContainerId& id) {
  constexpr std::size_t kIdDigitsShown = 6;
  return spec.name.Text() + "/" +
         (spec.compose_number ? std::to_string(*spec.compose_number)
                              : id.value.substr(0, kIdDigitsShown));
}

}  // namespace fairlead::spec

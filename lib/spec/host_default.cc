#include "spec/host_default.h"

#include <fmt/format.h>

#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"
#include "spec/words.h"

namespace fairlead::spec {

std::optional<LabelProblem> CheckHostDefault(std::string_view key, std::string_view text) {
  const LabelRule* rule = FindLabel(key);
  if (rule == nullptr) {
    const bool has_prefix = key.starts_with(kLabelPrefix);
    const std::string_view bare = has_prefix ? key.substr(kLabelPrefix.size()) : key;
    const auto guess = FindLabel(bare) != nullptr ? bare : DidYouMean(bare, LabelKeys());
    return LabelProblem{codes::kConfigUnknownKey, "no such label",
                        guess ? fmt::format("did you mean defaults.{}?", *guess)
                              : "see manifests/README.md for all labels"};
  }
  if (!rule->host_default) {
    return LabelProblem{codes::kConfigBadValue, "only a container can say this for itself",
                        fmt::format("write the label {}{} on the container", kLabelPrefix, key)};
  }
  const auto value = ParseLabelValue(*rule, text);
  if (!value) return value.error();
  if (!IsInForce(*rule, *value)) {
    return LabelProblem{codes::kConfigNotInForce,
                        Quoted(text) + " is understood, but this version does not act on it",
                        "remove it until a version that says so in its changelog"};
  }
  return std::nullopt;
}

}  // namespace fairlead::spec

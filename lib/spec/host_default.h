// CheckHostDefault: may the host's config set this default for a label?
#pragma once

#include <optional>
#include <string_view>

#include "spec/label_value.h"

namespace fairlead::spec {

// `key` without "fairlead.", `text` as a label would say it. What is wrong, or nothing: the key is
// no label, no default may be set for it (fairlead.enable is each container's own word), the value
// is bad, or this version does not act on it.
std::optional<LabelProblem> CheckHostDefault(std::string_view key, std::string_view text);

}  // namespace fairlead::spec

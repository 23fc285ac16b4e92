// Interpolate: variables in a Compose value, as Compose puts them in. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::lint {

// The value of a variable of the environment; nothing when it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

struct Interpolated {
  std::string text;
  std::vector<std::string> unset;  // names without value and default: nothing stands in their place
};

// $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:+other}, ${NAME+other}, ${NAME:?text},
// ${NAME?text} (as without), $$ for a dollar. Anything else with a dollar stays as it is.
Interpolated Interpolate(std::string_view text, const Variables& variables);

}  // namespace fairlead::lint

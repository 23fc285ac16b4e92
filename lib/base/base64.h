// Base64. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fairlead {

// The text of standard or URL-safe base64, with or without its padding.
std::optional<std::string> FromBase64(std::string_view text);
std::string ToBase64(std::string_view bytes);

}  // namespace fairlead

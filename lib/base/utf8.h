// UTF-8 as protobuf's strings and terminals take it: no overlong form, no surrogate, nothing above
// U+10FFFF. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace fairlead {

// Length of the valid sequence at the front, or 0. REQUIRES: `text` is not empty.
std::size_t Utf8Length(std::string_view text);

bool IsUtf8(std::string_view text);

}  // namespace fairlead

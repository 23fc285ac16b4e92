// What the name of a header field may be made of in HTTP/2: RFC 9110, section 5.6.2, without
// capitals. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace fairlead::h2 {

constexpr bool IsFieldNameChar(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.contains(c);
}

constexpr bool IsFieldName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, IsFieldNameChar);
}

}  // namespace fairlead::h2

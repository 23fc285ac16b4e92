// The small words of labels and config: numbers, booleans, names, lists, quotations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::spec {

// Service and project names, as DNS labels (RFC 1035): they become one in discovery.
inline constexpr std::size_t kNameBytesMax = 63;

// Digits only, no sign, no leading zero (it would read as octal elsewhere), at most 18 of them.
std::optional<std::int64_t> ParseWholeNumber(std::string_view text);

// true/false, yes/no, on/off, 1/0, in any case.
std::optional<bool> ParseBoolean(std::string_view text);

// The nearest valid name: lower case, `-` for each other character, cut. Empty if nothing is left.
std::string SuggestName(std::string_view text);

// "a", "b" or "c": comma-separated words as a sentence says them.
std::string OneOf(std::string_view comma_separated);

// The words of a comma-separated list, without the blanks around each.
std::vector<std::string_view> SplitList(std::string_view comma_separated);

// The value in quotation marks as it may stand in a message: printable, cut at 64 bytes.
std::string Quoted(std::string_view text);

}  // namespace fairlead::spec

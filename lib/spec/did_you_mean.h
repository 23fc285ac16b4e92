// DidYouMean: the known word that somebody who wrote `word` most likely meant.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace fairlead::spec {

// Words longer than this are no slips of the finger; the bound also keeps the cost constant.
inline constexpr std::size_t kGuessBytesMax = 64;

// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`; upper and
// lower case count as equal, and so do `-`, `_` and `.`. REQUIRES: neither exceeds kGuessBytesMax.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The nearest known word within a third of the length (at least 1, at most 3) edits; failing that,
// the only known word whose last dotted part is the last dotted part of `word`
// (`healthcheck.interval` -> `health.interval`). Nothing when neither is convincing.
std::optional<std::string_view> DidYouMean(std::string_view word,
                                           std::span<const std::string_view> known);

}  // namespace fairlead::spec

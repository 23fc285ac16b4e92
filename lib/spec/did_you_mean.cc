#include "spec/did_you_mean.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace fairlead::spec {
namespace {

char Folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' || c == '.' ? '-' : c;
}

std::string_view LastPart(std::string_view word) {
  return word.substr(word.rfind('.') + 1);  // npos + 1 = 0: the whole word
}

std::optional<std::string_view> OnlyWithLastPart(std::string_view part,
                                                 std::span<const std::string_view> known) {
  std::optional<std::string_view> found;
  for (const std::string_view candidate : known) {
    if (LastPart(candidate) != part) continue;
    if (found) return std::nullopt;
    found = candidate;
  }
  return found;
}

}  // namespace

// Optimal string alignment distance (Damerau-Levenshtein without repeated edits), three rows.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  CHECK(a.size() <= kGuessBytesMax && b.size() <= kGuessBytesMax);
  using Row = std::array<std::size_t, kGuessBytesMax + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = Folded(a[i - 1]);
      const char y = Folded(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0U : 1U)});
      if (i > 1 && j > 1 && x == Folded(b[j - 2]) && y == Folded(a[i - 2])) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

std::optional<std::string_view> DidYouMean(std::string_view word,
                                           std::span<const std::string_view> known) {
  if (word.empty() || word.size() > kGuessBytesMax) return std::nullopt;
  std::size_t best_distance = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  std::optional<std::string_view> best;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kGuessBytesMax) continue;
    const std::size_t distance = EditDistance(word, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best ? best : OnlyWithLastPart(LastPart(word), known);
}

}  // namespace fairlead::spec

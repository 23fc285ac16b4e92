#include "spec/unknown_labels.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"

namespace fairlead::spec {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// `Fairlead.x`, `fairlead_x`, `FAIRLEAD-x`: the prefix, slightly off. Not `fairleading.x`.
bool BeginsLikeOurs(std::string_view key) {
  constexpr std::string_view kWord = kLabelPrefix.substr(0, kLabelPrefix.size() - 1);
  if (key.size() <= kLabelPrefix.size()) return false;
  for (std::size_t i = 0; i < kWord.size(); ++i) {
    if (Lower(key[i]) != kWord[i]) return false;
  }
  return std::string_view("._-/:").find(key[kWord.size()]) != std::string_view::npos;
}

std::string Hint(std::string_view rest, bool has_prefix) {
  if (!has_prefix && FindLabel(rest) != nullptr) {
    return fmt::format("write {}{}", kLabelPrefix, rest);
  }
  const auto guess = DidYouMean(rest, LabelKeys());
  if (guess) return fmt::format("did you mean {}{}?", kLabelPrefix, *guess);
  return "remove it, or see manifests/README.md for all labels";
}

}  // namespace

void ReportUnknownLabels(const std::map<std::string, std::string>& labels, LabelReader& reader) {
  std::size_t scanned = 0;
  std::size_t untold = 0;
  std::size_t told = 0;
  for (const auto& [key, value] : labels) {
    if (++scanned > kLabelsScannedMax) break;
    if (!BeginsLikeOurs(key)) continue;
    const std::string_view rest = std::string_view(key).substr(kLabelPrefix.size());
    const bool has_prefix = key.starts_with(kLabelPrefix);
    if (has_prefix && FindLabel(rest) != nullptr) continue;
    if (told == kUnknownLabelsToldMax) {
      ++untold;
      continue;
    }
    ++told;
    reader.ReportAs(Severity::kWarning, codes::kLabelUnknown, Printable(key, 128),
                    "no such label; it is ignored", Hint(rest, has_prefix));
  }
  if (untold > 0) {
    reader.ReportAs(Severity::kWarning, codes::kLabelUnknown, "fairlead.*",
                    fmt::format("{} more unknown labels are ignored", untold),
                    "see manifests/README.md for all labels");
  }
}

bool HasOurLabels(const std::map<std::string, std::string>& labels) {
  const auto first = labels.lower_bound(std::string(kLabelPrefix));
  return first != labels.end() && first->first.starts_with(kLabelPrefix);
}

}  // namespace fairlead::spec

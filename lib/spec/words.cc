#include "spec/words.h"

#include <algorithm>

#include "base/text.h"

namespace fairlead::spec {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<std::int64_t> ParseWholeNumber(std::string_view text) {
  if (text.empty() || text.size() > 18 || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<bool> ParseBoolean(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), Lower);
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::string SuggestName(std::string_view text) {
  std::string name;
  for (const char written : text.substr(0, kNameBytesMax)) {
    const char c = Lower(written);
    const bool is_allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (is_allowed) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::vector<std::string_view> SplitList(std::string_view comma_separated) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t comma = comma_separated.find(',');
    std::string_view word = comma_separated.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    words.push_back(word);
    if (comma == std::string_view::npos) return words;
    comma_separated.remove_prefix(comma + 1);
  }
}

std::string OneOf(std::string_view comma_separated) {
  const auto words = SplitList(comma_separated);
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string Quoted(std::string_view text) {
  return '"' + Printable(text, 64) + '"';
}

}  // namespace fairlead::spec

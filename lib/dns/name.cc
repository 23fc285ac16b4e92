#include "dns/name.h"

#include <algorithm>

namespace fairlead::dns {

std::optional<Name> ParseName(std::string_view text) {
  if (text == ".") return Name{};
  if (text.ends_with('.')) text.remove_suffix(1);
  Name name;
  for (;;) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (dot == 0 || dot > kLabelBytesMax) return std::nullopt;
    name.emplace_back(text.substr(0, dot));
    if (dot == text.size()) break;
    text.remove_prefix(dot + 1);
  }
  if (BytesOf(name) > kNameBytesMax) return std::nullopt;
  return name;
}

std::size_t BytesOf(const Name& name) {
  std::size_t bytes = 1;
  for (const std::string& label : name) bytes += 1 + label.size();
  return bytes;
}

std::string LowerCase(std::string_view label) {
  std::string lower(label);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Name LowerCase(const Name& name) {
  Name lower;
  for (const std::string& label : name) lower.push_back(LowerCase(label));
  return lower;
}

std::optional<Name> Below(const Name& name, const Name& origin) {
  if (name.size() < origin.size()) return std::nullopt;
  const auto rest = name.end() - static_cast<std::ptrdiff_t>(origin.size());
  const bool is_below = std::equal(
      rest, name.end(), origin.begin(),
      [](const std::string& a, const std::string& b) { return LowerCase(a) == LowerCase(b); });
  if (!is_below) return std::nullopt;
  return Name(name.begin(), rest);
}

}  // namespace fairlead::dns

#include "lint/interpolate.h"

#include <algorithm>

namespace fairlead::lint {
namespace {

bool IsNameByte(char c, bool is_first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!is_first && c >= '0' && c <= '9');
}

std::size_t NameBytes(std::string_view text) {
  std::size_t bytes = 0;
  while (bytes < text.size() && IsNameByte(text[bytes], bytes == 0)) ++bytes;
  return bytes;
}

// What stands for NAME with what follows it inside the braces: "", ":-x", "-x", ":+x", "+x", "?x".
std::string Value(const std::string& name, std::string_view rest, const Variables& variables,
                  std::vector<std::string>& unset) {
  const std::optional<std::string> value = variables ? variables(name) : std::nullopt;
  const bool counts_empty = rest.starts_with(':');
  if (counts_empty) rest.remove_prefix(1);
  const bool is_set = value && !(counts_empty && value->empty());
  const char operation = rest.empty() ? ' ' : rest.front();
  const std::string word(rest.substr(rest.empty() ? 0 : 1));
  if (operation == '+') return is_set ? word : "";
  if (is_set) return *value;
  if (operation == '-') return word;
  unset.push_back(name);
  return "";
}

}  // namespace

Interpolated Interpolate(std::string_view text, const Variables& variables) {
  Interpolated out;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out.text += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with('$')) {
      out.text += '$';
      text.remove_prefix(1);
      continue;
    }
    const bool is_braced = text.starts_with('{');
    const std::string_view inside = is_braced ? text.substr(1) : text;
    const std::size_t name_bytes = NameBytes(inside);
    const std::size_t end = is_braced ? inside.find('}') : name_bytes;
    if (name_bytes == 0 || end == std::string_view::npos) {
      out.text += '$';
      continue;
    }
    out.text += Value(std::string(inside.substr(0, name_bytes)),
                      inside.substr(name_bytes, end - name_bytes), variables, out.unset);
    text.remove_prefix(is_braced ? end + 2 : end);
  }
  return out;
}

}  // namespace fairlead::lint

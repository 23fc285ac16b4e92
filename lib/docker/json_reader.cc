#include "docker/json_reader.h"

#include <fmt/format.h>

#include "docker/limits.h"

namespace fairlead::docker {
namespace {

// Looks only at brackets outside of strings: what is no JSON at all is the parser's to refuse.
bool NestsDeeperThan(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if ((c == '{' || c == '[') && ++depth > depth_max) return true;
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what) {
  if (NestsDeeperThan(text, kJsonDepthMax)) {
    return Fail(Code::kDataLoss,
                fmt::format("read {}: JSON deeper than {} levels", what, kJsonDepthMax));
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return Fail(Code::kDataLoss, fmt::format("read {}: not valid JSON", what));
  return json;
}

const Json& Member(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string TextMember(const Json& object, const char* key) {
  const Json& member = Member(object, key);
  return member.is_string() ? member.get_ref<const std::string&>() : std::string();
}

bool BoolMember(const Json& object, const char* key) {
  const Json& member = Member(object, key);
  return member.is_boolean() && member.get<bool>();
}

std::int64_t NumberMember(const Json& object, const char* key, std::int64_t otherwise,
                          std::int64_t low, std::int64_t high) {
  const Json& member = Member(object, key);
  if (!member.is_number_integer()) return otherwise;
  // Above int64 a number is kept unsigned, and its conversion would wrap.
  if (member.is_number_unsigned() &&
      member.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return otherwise;
  }
  const auto value = member.get<std::int64_t>();
  return value < low || value > high ? otherwise : value;
}

}  // namespace fairlead::docker

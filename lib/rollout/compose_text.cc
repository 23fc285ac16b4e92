#include "rollout/compose_text.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace fairlead::rollout {
namespace {

constexpr int kReplicasMax = 10'000;  // a typing error beyond; an engine runs a thousand
constexpr std::size_t kServiceIndent = 2;
constexpr std::size_t kKeyIndent = 4;
constexpr std::size_t kDeployIndent = 6;

struct Line {
  std::size_t indent = 0;
  std::string_view key;    // without quotes; empty for what is no key
  std::string_view value;  // without quotes
};

std::string_view Unquoted(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
                         text.back() == text.front();
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

Line Read(std::string_view text) {
  Line line;
  line.indent = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(line.indent);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return line;
  line.key = Unquoted(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  line.value = Unquoted(text);
  return line;
}

// Nothing for what is no count.
std::optional<int> Count(std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (count < 1 || count > kReplicasMax) return std::nullopt;
  return count;
}

}  // namespace

std::optional<int> ReplicasOf(std::string_view config, std::string_view service) {
  std::string section;  // the keys that the present line stands under
  std::string key;
  bool is_inside = false;  // of the service
  bool is_there = false;
  std::optional<std::string> scale;
  std::optional<std::string> replicas;
  while (!config.empty()) {
    const std::size_t end = std::min(config.find('\n'), config.size());
    const Line line = Read(config.substr(0, end));
    config.remove_prefix(std::min(end + 1, config.size()));
    if (line.key.empty()) continue;
    if (line.indent == 0) section = line.key;
    if (section != "services") continue;
    if (line.indent == kServiceIndent) is_inside = line.key == service;
    if (!is_inside) continue;
    is_there = true;
    if (line.indent == kKeyIndent) key = line.key;
    if (line.indent == kKeyIndent && line.key == "scale") scale = line.value;
    if (line.indent == kDeployIndent && key == "deploy" && line.key == "replicas")
      replicas = line.value;
  }
  if (!is_there) return std::nullopt;
  return Count(replicas.value_or(scale.value_or("1")));
}

}  // namespace fairlead::rollout

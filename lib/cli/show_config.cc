#include "cli/show_config.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace fairlead::cli {
namespace {

// "default", "file /etc/fairlead/config.json:12", "flag --log.level", "set by uid 0"
std::string OriginText(const pb::ConfigKey& key) {
  switch (key.origin()) {
    case pb::CONFIG_ORIGIN_DEFAULT:
      return "default";
    case pb::CONFIG_ORIGIN_FILE:
      return key.place();
    case pb::CONFIG_ORIGIN_ENVIRONMENT:
      return "environment " + key.place();
    case pb::CONFIG_ORIGIN_FLAG:
      return "flag " + key.place();
    case pb::CONFIG_ORIGIN_OPERATOR:
      return "set by " + key.place();
    default:
      return key.place();
  }
}

std::string OrNone(const std::string& value) {
  return value.empty() ? "(none)" : value;
}

std::string LevelWord(pb::LogLevel level) {
  switch (level) {
    case pb::LOG_LEVEL_DEBUG:
      return "debug";
    case pb::LOG_LEVEL_INFO:
      return "info";
    case pb::LOG_LEVEL_WARN:
      return "warn";
    case pb::LOG_LEVEL_ERROR:
      return "error";
    default:
      return "nothing known here";
  }
}

}  // namespace

std::string ShowConfig(const pb::GetConfigResponse& config, TableStyle style) {
  std::vector<std::vector<Cell>> rows;
  std::string pending;
  for (const pb::ConfigKey& key : config.keys()) {
    const bool is_default = key.origin() == pb::CONFIG_ORIGIN_DEFAULT;
    const Colour colour = is_default ? Colour::kFaint : Colour::kNone;
    rows.push_back({{key.key()}, {OrNone(key.value()), colour}, {OriginText(key), colour}});
    if (!key.is_pending()) continue;
    pending += fmt::format("{} waits for a restart of fairleadd: {}\n", Printable(key.key()),
                           Printable(OrNone(key.pending_value()), 512));
  }
  return RenderTable({"KEY", "VALUE", "FROM"}, rows, style) + pending;
}

pb::LogLevel LogLevelNamed(const std::string& word) {
  for (const pb::LogLevel level :
       {pb::LOG_LEVEL_DEBUG, pb::LOG_LEVEL_INFO, pb::LOG_LEVEL_WARN, pb::LOG_LEVEL_ERROR}) {
    if (LevelWord(level) == word) return level;
  }
  return pb::LOG_LEVEL_UNSPECIFIED;
}

std::string ShowLogLevel(const pb::SetLogLevelResponse& answer) {
  return fmt::format("the daemon's log tells {} and worse from now on (before: {})\n",
                     LevelWord(answer.level()), LevelWord(answer.former_level()));
}

}  // namespace fairlead::cli

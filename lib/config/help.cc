#include "config/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/in_force.h"
#include "config/key_table.h"

namespace fairlead::config {
namespace {

std::string KeyHelp(const KeyRule& rule) {
  const auto idle = NotYetInForce();
  const bool is_idle = std::find(idle.begin(), idle.end(), rule.path) != idle.end();
  std::string text = fmt::format("  --{}=VALUE\n      {}", rule.path, rule.meaning);
  if (is_idle) text += " (no effect in this version yet)";
  if (IsTakenByReload(rule.path)) text += " (taken by a reload)";
  text += '\n';
  const bool has_default = !rule.fallback.empty() && rule.fallback != "[]" && rule.fallback != "{}";
  if (has_default) text += fmt::format("      default: {}\n", rule.fallback);
  if (!rule.example.empty()) text += fmt::format("      in the file: {}\n", rule.example);
  return text;
}

}  // namespace

std::string HelpText() {
  std::string text =
      "fairleadd: health, repair and discovery for gRPC services on plain Docker\n"
      "\n"
      "usage: fairleadd [--config PATH] [--check-config] [--KEY=VALUE ...]\n"
      "\n"
      "  --config PATH    the config file, JSON with comments (default /etc/fairlead/config.json,\n"
      "                   which may be absent; also FAIRLEAD_CONFIG)\n"
      "  --check-config   report everything that is wrong with the config, and exit: 0 or 2\n"
      "  --version        print the version and exit\n"
      "  -h, --help       print this and exit\n"
      "\n"
      "Each key may stand in the file (a dot is nesting: {\"log\": {\"level\": \"debug\"}}), in "
      "the\n"
      "environment (log.level is FAIRLEAD_LOG_LEVEL) and in a flag (--log.level=debug). Flags win "
      "over\n"
      "the environment, that wins over the file. A list is comma-separated outside the file.\n"
      "SIGHUP reads the config again: what says so below is taken, all else needs a restart, and "
      "a\n"
      "config with a mistake changes nothing and is told in the log.\n"
      "\n"
      "Keys:\n";
  for (const KeyRule& rule : KeyTable()) text += KeyHelp(rule);
  text +=
      "  --defaults.LABEL=VALUE\n"
      "      this host's default of any fairlead.LABEL but enable and service, e.g.\n"
      "      --defaults.health.interval=2s\n"
      "      in the file: {\"health.interval\": \"2s\", \"repair\": \"observe\"}\n";
  return text;
}

}  // namespace fairlead::config

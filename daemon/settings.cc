#include "settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace fairlead::daemon {
namespace {

constexpr const char* kLevelKey = "log.level";

std::string KeysText(const std::vector<std::string>& keys) {
  return keys.empty() ? "none" : fmt::format("{}", fmt::join(keys, ","));
}

// As the configuration writes it.
std::string LevelWord(telemetry::Level level) {
  return level == telemetry::Level::kWarning ? "warn" : std::string(telemetry::LevelName(level));
}

}  // namespace

telemetry::Logger::Options LogOptionsOf(const config::LogConfig& config) {
  return {.level = telemetry::ParseLevel(config.level).value_or(telemetry::Level::kInfo),
          .format = config.format == "json" ? telemetry::Format::kJson : telemetry::Format::kText};
}

Settings::Settings(config::Config running, std::function<config::ConfigReading()> read,
                   telemetry::Logger& log)
    : reader_(std::move(read)), log_(log), running_(std::move(running)), read_(running_) {}

void Settings::Reload() {
  config::ConfigReading reading = reader_();
  for (const spec::Diagnostic& diagnostic : reading.diagnostics) {
    log_.Warning("config", {{"subject", diagnostic.subject},
                            {"code", diagnostic.code},
                            {"text", diagnostic.message},
                            {"hint", diagnostic.hint}});
  }
  if (!reading.ok()) {
    const auto mistakes = std::ranges::count(reading.diagnostics, spec::Severity::kError,
                                             &spec::Diagnostic::severity);
    log_.Error("config not reloaded, the one in force stays",
               {{"mistakes", mistakes},
                {"hint", "mend it, and send SIGHUP again; fairleadd --check-config tells all"}});
    return;
  }
  config::ReloadPlan plan;
  {
    const runtime::MutexLock lock(mutex_);
    plan = config::PlanReload(running_, reading.config);
    // Also where the value is the same: it may come from another place now.
    for (const auto& [key, setting] : reading.config.settings) {
      if (config::IsTakenByReload(key)) running_.settings[key] = setting;
    }
    running_.log = reading.config.log;
    running_.access = reading.config.access;
    read_ = reading.config;
  }
  if (taken_ && !plan.taken.empty()) taken_(reading.config);
  const telemetry::Logger::Options options = LogOptionsOf(reading.config.log);
  log_.SetFormat(options.format);
  const auto tell = [&] {
    log_.Info("config reloaded",
              {{"taken", KeysText(plan.taken)}, {"needs_restart", KeysText(plan.waiting)}});
  };
  // A level that leaves such lines out begins after this one.
  const bool is_quieter = options.level > log_.level();
  if (is_quieter) tell();
  log_.SetLevel(options.level);
  if (!is_quieter) tell();
}

admin::SettingsSource Settings::Source() {
  return {.in_force = [this] { return InForce(); },
          .set_level = [this](telemetry::Level level,
                              const std::string& actor) { return SetLevel(level, actor); }};
}

std::vector<config::KeyInForce> Settings::InForce() const {
  const runtime::MutexLock lock(mutex_);
  return config::InForce(running_, read_);
}

telemetry::Level Settings::SetLevel(telemetry::Level level, const std::string& actor) {
  const runtime::MutexLock lock(mutex_);
  const telemetry::Level former = log_.level();
  const std::string word = LevelWord(level);
  running_.settings[kLevelKey] = {.origin = config::Origin::kOperator,
                                  .place = actor,
                                  .value = word,
                                  .exact = "\"" + word + "\""};
  const auto tell = [&] {
    log_.Warning("log level changed",
                 {{"from", LevelWord(former)}, {"to", word}, {"actor", actor}});
  };
  if (level > former) tell();
  log_.SetLevel(level);
  if (level < former) tell();
  return former;
}

}  // namespace fairlead::daemon

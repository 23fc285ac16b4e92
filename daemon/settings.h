// Settings: the configuration in force, and what may change of it while the daemon runs.
//
// Threads: Reload from main; the source's functions from any.
// Invariant: a configuration with a mistake changes nothing.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "admin/settings_source.h"
#include "config/config.h"
#include "config/in_force.h"
#include "config/read_config.h"
#include "runtime/mutex.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

class Settings {
 public:
  // `running` is in force. `read` reads all sources anew, as they were read at the start; `log`
  // outlives this.
  Settings(config::Config running, std::function<config::ConfigReading()> read,
           telemetry::Logger& log);

  // Takes what can be taken without a restart, and tells the log what it took, what waits for a
  // restart, or why it took nothing. What operators set of it is forgotten.
  void Reload();

  // Hears the configuration of each reload that took something. It must live as long as reloads may
  // come; from the thread of Reload.
  using Taken = std::function<void(const config::Config& config)>;
  void TellTo(Taken taken) { taken_ = std::move(taken); }

  // Must not outlive this.
  admin::SettingsSource Source();

 private:
  std::vector<config::KeyInForce> InForce() const;
  telemetry::Level SetLevel(telemetry::Level level, const std::string& actor);

  const std::function<config::ConfigReading()> reader_;
  telemetry::Logger& log_;
  Taken taken_;  // of the thread of Reload
  mutable runtime::Mutex mutex_;
  config::Config running_ FAIRLEAD_GUARDED_BY(mutex_);
  config::Config read_ FAIRLEAD_GUARDED_BY(mutex_);  // last, and without a mistake
};

// What the log is to be by the configuration.
telemetry::Logger::Options LogOptionsOf(const config::LogConfig& config);

}  // namespace fairlead::daemon

// fairleadd: reads its config, starts the app, stops it on SIGTERM or SIGINT.
#include <absl/synchronization/mutex.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "app.h"
#include "config/help.h"
#include "config/key_table.h"
#include "config/load_file.h"
#include "runtime/priority.h"

namespace {

using namespace fairlead;

// Exit statuses, as the command's (product contract): 1 cannot run, 2 usage or config.
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

void PrintDiagnostics(const std::vector<spec::Diagnostic>& diagnostics) {
  for (const spec::Diagnostic& diagnostic : diagnostics) {
    std::cerr << (diagnostic.severity == spec::Severity::kError ? "error: " : "warning: ")
              << diagnostic.subject << ": " << diagnostic.message;
    if (!diagnostic.hint.empty()) std::cerr << "; " << diagnostic.hint;
    std::cerr << " [" << diagnostic.code << "]\n";
  }
}

void WarnOfKeysWithoutEffect(const config::Config& config, telemetry::Logger& log) {
  for (const auto& [path, origin] : config.origins) {
    const auto idle = config::NotYetInForce();
    const bool is_idle =
        std::any_of(idle.begin(), idle.end(), [&](std::string_view key) { return key == path; });
    if (!is_idle || origin == config::Origin::kDefault) continue;
    log.Warning("this config key is understood but has no effect in this version",
                {{"key", path}, {"origin", config::OriginName(origin)}});
  }
}

// Waits for the signal that ends the daemon. SIGHUP and SIGPIPE end nothing.
int WaitForStop(const sigset_t& signals) {
  int number = 0;
  do {
    sigwait(&signals, &number);
  } while (number != SIGTERM && number != SIGINT);
  return number;
}

int RunDaemon(const config::Config& config) {
  telemetry::Logger log(
      {.level = telemetry::ParseLevel(config.log.level).value_or(telemetry::Level::kInfo),
       .format =
           config.log.format == "json" ? telemetry::Format::kJson : telemetry::Format::kText});
  // Blocked before any thread starts, so that every thread inherits it and only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // Debian builds abseil's deadlock detection in: a fifth to two fifths of gRPC's CPU time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  log.Info("starting", {{"version", FAIRLEAD_VERSION}, {"engine", config.engine_endpoint.Text()}});
  // Before any thread starts, so that every thread has it.
  if (const Result<> raised = runtime::RaisePriority(); !raised)
    log.Info("lists may be late on a busy host", {{"reason", raised.error().message}});
  WarnOfKeysWithoutEffect(config, log);
  daemon::App app(config, FAIRLEAD_VERSION, log);
  if (const Result<> started = app.Start(); !started) {
    log.Error("cannot start", {{"error", started.error().Text()}});
    return kExitFailed;
  }
  const int number = WaitForStop(signals);
  log.Info("stopping; containers and clients stay as they are", {{"signal", number}});
  app.Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const config::ConfigReading reading = config::LoadConfig({argv + 1, argv + argc}, Environment());
  if (reading.show_help) {
    std::cout << config::HelpText();
    return 0;
  }
  if (reading.show_version) {
    std::cout << "fairleadd " << FAIRLEAD_VERSION << "\n";
    return 0;
  }
  PrintDiagnostics(reading.diagnostics);
  if (!reading.ok()) return kExitUsage;
  if (reading.check_only) {
    std::cout << "config is valid\n";
    return 0;
  }
  return RunDaemon(reading.config);
}

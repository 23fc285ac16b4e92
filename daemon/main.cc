// fairleadd: reads its config, starts the app, stops it on SIGTERM or SIGINT; on SIGHUP reads anew.
#include <absl/synchronization/mutex.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app.h"
#include "config/help.h"
#include "config/key_table.h"
#include "config/load_file.h"
#include "confine/named_files.h"
#include "network_user.h"
#include "own_processes.h"
#include "runtime/dumps.h"
#include "runtime/open_file.h"
#include "runtime/open_files_room.h"
#include "runtime/priority.h"
#include "settings.h"
#include "tls/openssl_memory.h"

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
  for (const auto& [path, setting] : config.settings) {
    const auto idle = config::NotYetInForce();
    const bool is_idle =
        std::any_of(idle.begin(), idle.end(), [&](std::string_view key) { return key == path; });
    if (!is_idle || setting.origin == config::Origin::kDefault) continue;
    log.Warning("this config key is understood but has no effect in this version",
                {{"key", path}, {"origin", config::OriginName(setting.origin)}});
  }
}

// Waits for the signal that ends the daemon: SIGTERM, SIGINT, or SIGCHLD when a process of ours has
// ended for good. SIGHUP reloads the config; SIGPIPE is ignored.
int WaitForStop(const sigset_t& signals, daemon::Settings& settings,
                const daemon::OwnProcesses& processes) {
  int number = 0;
  while (true) {
    sigwait(&signals, &number);
    if (number == SIGHUP) {
      settings.Reload();
    } else if (number != SIGCHLD || !processes.Lost().empty()) {
      return number;
    }
  }
}

// Asked for again after a change of user, which the kernel answers with a default of its own.
void ApplyDumps(const config::Config& config, telemetry::Logger& log) {
  const Result<> applied =
      config.debug.core_dumps ? runtime::LetIntoDumps() : runtime::KeepOutOfDumps();
  if (applied) return;
  log.Warning(config.debug.core_dumps ? "there will be no core dump of this process"
                                      : "a core dump of this process would show its keys",
              {{"reason", applied.error().message}});
}

// The processes beside this one, and then who this one is from now on.
Result<daemon::OwnProcesses> Divide(const config::Config& config, const std::string& config_file,
                                    telemetry::Logger& log) {
  Result<daemon::OwnProcesses> processes = daemon::OwnProcesses::Start(config, config_file, log);
  if (!processes) return processes;
  if (Result<> changed = daemon::BecomeNetworkUser(config, log); !changed)
    return std::unexpected(changed.error());
  daemon::GiveUpRights(log);
  ApplyDumps(config, log);
  return processes;
}

int RunDaemon(const config::Config& config, const std::string& config_file,
              const std::function<config::ConfigReading()>& read) {
  telemetry::Logger log(daemon::LogOptionsOf(config.log));
  // Blocked before any thread starts, so that every thread inherits it and only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // Debian builds abseil's deadlock detection in: a fifth to two fifths of gRPC's CPU time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  log.Info("starting", {{"version", FAIRLEAD_VERSION}, {"engine", config.engine_endpoint.Text()}});
  // Before any thread starts, so that every thread has it.
  if (const Result<> raised = runtime::RaisePriority(); !raised)
    log.Info("lists may be late on a busy host", {{"reason", raised.error().message}});
  ApplyDumps(config, log);
  WarnOfKeysWithoutEffect(config, log);
  const uid_t own_uid = geteuid();
  const Result<daemon::OwnProcesses> processes = Divide(config, config_file, log);
  if (!processes) {
    log.Error("cannot start", {{"error", processes.error().Text()}});
    return kExitFailed;
  }
  // After the others have been started, which need few, and before any thread is.
  if (const std::size_t files = runtime::MakeRoomForFiles(); files < runtime::kOpenFilesMax)
    log.Info("few files may be open: of many clients, some may be refused",
             {{"limit", files}, {"next", "raise the hard limit (ulimit -Hn, LimitNOFILE)"}});
  confine::NamedFilesClient files(processes->files.pair());
  runtime::SetFileOpener([&files](const std::string& path, runtime::FileDescriptor& file) {
    return files.Open(path, file);
  });
  daemon::Settings settings(config, read, log);
  daemon::App app(config, FAIRLEAD_VERSION, settings, log,
                  {.actuator = processes->actuator.pair(),
                   .namespaces = processes->namespaces.pair(),
                   .authority = processes->authority.pair(),
                   .sinks = processes->sinks ? processes->sinks->pair() : -1,
                   .files = files},
                  own_uid);
  if (const Result<> started = app.Start(); !started) {
    log.Error("cannot start", {{"error", started.error().Text()}});
    return kExitFailed;
  }
  daemon::GiveUpCalls(log);
  const int number = WaitForStop(signals, settings, *processes);
  const std::string_view lost = processes->Lost();
  if (lost.empty()) {
    log.Info("stopping; containers and clients stay as they are", {{"signal", number}});
  } else {
    // Whoever looks after this process starts all of them anew; what is running stays as it is.
    log.Error("stopping: a process of ours was ended together with its keeper",
              {{"process", lost}, {"next", "start fairleadd again"}});
  }
  app.Stop();
  return lost.empty() ? 0 : kExitFailed;
}

}  // namespace

int main(int argc, char** argv) {
  if (!tls::WipeWhatOpensslFrees())
    std::cerr
        << "fairleadd: OpenSSL frees memory without overwriting it: it was used before main\n";
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto read = [&] { return config::LoadConfig(arguments, Environment()); };
  const config::ConfigReading reading = read();
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
  const std::string file = config::FindConfigPath(arguments, Environment()).path;
  return RunDaemon(reading.config, file, read);
}

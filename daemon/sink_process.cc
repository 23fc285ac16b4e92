#include "sink_process.h"

#include <linux/capability.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "file_sinks.h"
#include "filesink/direct_sink_work.h"
#include "filesink/sink_server.h"
#include "own_process.h"

namespace fairlead::daemon {
namespace {

constexpr OwnProcess kSinks{.name = "fl-sinks", .does = "writes files of lists"};

std::vector<filesink::SinkSettings> SettingsOf(const std::vector<config::FileSink>& sinks) {
  std::vector<filesink::SinkSettings> all;
  all.reserve(sinks.size());
  for (const config::FileSink& sink : sinks)
    all.push_back({.output = sink.output,
                   .template_file = sink.template_file,
                   .services = ServicesOf(sink),
                   .validate = sink.validate,
                   .pid_file = sink.pid_file});
  return all;
}

// A check that is started without new privileges has, as uid 0, what this process keeps and no more
// (capabilities(7): what the bounding set would give back is cut to what was permitted before). So
// where there is one, this process keeps what `nginx -t` takes as well.
Result<> KeepRights(bool has_checks) {
  // Folders and files of somebody else, sticky ones among them; a reader that runs as another user.
  if (!has_checks) return confine::KeepOnlyCapabilities({CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL});
  // And its listeners below 1024, and the folders that it makes for its workers' user.
  return confine::KeepOnlyCapabilities(
      {CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_NET_BIND_SERVICE, CAP_CHOWN});
}

// Its whole life.
int KeepFiles(int pair, const std::vector<filesink::SinkSettings>& sinks, telemetry::Logger& log) {
  const bool has_checks = std::ranges::any_of(
      sinks, [](const filesink::SinkSettings& sink) { return !sink.validate.empty(); });
  WarnUnless(confine::ForbidNewPrivileges(), kSinks.name, log);
  WarnUnless(KeepRights(has_checks), kSinks.name, log);
  WarnUnless(confine::Install(confine::SinkFilter(has_checks)), kSinks.name, log);
  filesink::DirectSinkWork work(sinks);
  filesink::ServeSinkQuestions(pair, work, sinks.size());
  return 0;
}

}  // namespace

Result<confine::KeptChild> StartSinks(const config::Config& config, telemetry::Logger& log) {
  return StartProcess(
      kSinks,
      [sinks = SettingsOf(config.file_sinks), &log](int pair) {
        return KeepFiles(pair, sinks, log);
      },
      log);
}

}  // namespace fairlead::daemon

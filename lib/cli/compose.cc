#include "cli/compose.h"

#include <fmt/format.h>

#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "rollout/compose_text.h"
#include "runtime/command.h"

namespace fairlead::cli {
namespace {

using Words = std::vector<std::string>;

// `docker compose` says "unknown command" where the plugin is missing.
Result<Words> FindCompose() {
  for (const Words& command : {Words{"docker", "compose"}, Words{"docker-compose"}}) {
    Words asked = command;
    asked.push_back("version");
    const Result<runtime::CommandEnd> end = runtime::RunCommand(asked, kEngineQuestionLimit);
    if (end && end->exit_code == 0) return command;
  }
  return Fail(Code::kNotFound,
              "find Compose: neither `docker compose` nor `docker-compose` works here; a rollout "
              "runs where you run Compose, on the host");
}

}  // namespace

Compose::Compose(std::vector<std::string> command, rollout::ComposeOrigin origin, Duration limit)
    : command_(std::move(command)), origin_(std::move(origin)), limit_(limit) {
  command_.insert(command_.end(), {"-p", origin_.project});
  if (!origin_.working_directory.empty())
    command_.insert(command_.end(), {"--project-directory", origin_.working_directory});
  for (const std::string& file : origin_.files) command_.insert(command_.end(), {"-f", file});
  for (const std::string& file : origin_.environment_files)
    command_.insert(command_.end(), {"--env-file", file});
}

Result<Compose> Compose::Open(rollout::ComposeOrigin origin, Duration limit) {
  Result<Words> command = FindCompose();
  if (!command) return std::unexpected(command.error());
  return Compose(std::move(*command), std::move(origin), limit);
}

Result<int> Compose::Replicas() const {
  Words words = command_;
  words.emplace_back("config");
  const Result<std::string> config = runtime::RunChecked(words, kEngineQuestionLimit);
  if (!config) return std::unexpected(config.error());
  const std::optional<int> replicas = rollout::ReplicasOf(*config, origin_.service);
  if (replicas) return *replicas;
  return Fail(Code::kFailedPrecondition,
              fmt::format("read the Compose file: it has no service {} with 1 or more replicas; "
                          "--file FILE names another file",
                          Printable(origin_.service)));
}

Result<> Compose::Up(int total, bool starts) const {
  Words words = command_;
  words.insert(words.end(),
               {"up", starts ? "-d" : "--no-start", "--no-deps", "--no-recreate", "--scale",
                fmt::format("{}={}", origin_.service, total), origin_.service});
  const Result<std::string> done = runtime::RunChecked(words, limit_);
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<std::vector<rollout::Container>> Compose::Containers() const {
  const Words words = {"docker",
                       "ps",
                       "--all",
                       "--quiet",
                       "--no-trunc",
                       "--filter",
                       "label=com.docker.compose.project=" + origin_.project,
                       "--filter",
                       "label=com.docker.compose.service=" + origin_.service,
                       "--filter",
                       "label=com.docker.compose.config-hash"};
  const Result<std::string> listed = runtime::RunChecked(words, kEngineQuestionLimit);
  if (!listed) return std::unexpected(listed.error());
  std::istringstream lines(*listed);
  Words ids;
  for (std::string id; std::getline(lines, id);)
    if (!id.empty()) ids.push_back(id);
  return InspectContainers(ids);
}

Result<std::vector<rollout::Container>> InspectContainers(const std::vector<std::string>& ids) {
  if (ids.empty()) return std::vector<rollout::Container>();
  Words words = {"docker", "inspect", "--type", "container"};
  words.insert(words.end(), ids.begin(), ids.end());
  // One that is gone makes the exit code 1, and the others are printed all the same.
  const Result<runtime::CommandEnd> end = runtime::RunCommand(words, kEngineQuestionLimit);
  if (!end) return std::unexpected(end.error());
  if (end->output.empty()) {
    return Fail(Code::kUnavailable,
                "run docker inspect: it printed nothing\n" + runtime::LastLines(end->errors, 3));
  }
  return rollout::ReadContainers(end->output);
}

}  // namespace fairlead::cli

#include "cli/rollout.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/compose.h"
#include "cli/rollout_lock.h"
#include "cli/rollout_site.h"
#include "cli/run.h"
#include "rollout/drive.h"

namespace fairlead::cli {
namespace {

// Whom the rollout is about.
struct Subject {
  std::string service;  // "user-service.shop"
  rollout::ComposeOrigin origin;
};

Result<Subject> FindSubject(const Args& args, pb::Admin::Stub& stub) {
  const auto replicas = ListReplicas(stub, args.operand);
  if (!replicas) return std::unexpected(replicas.error());
  const std::string what = "roll out " + Printable(args.operand);
  if (replicas->empty()) {
    return Fail(Code::kNotFound, what +
                                     ": it has no replica to begin with; `docker compose up -d` "
                                     "makes the first");
  }
  std::vector<std::string> ids;
  for (const pb::Replica& replica : OfFirstPriority(*replicas))
    ids.push_back(replica.container_id());
  const auto containers = InspectContainers(ids);
  if (!containers) {
    return Fail(containers.error().code, containers.error().message +
                                             "\ndoes `docker` here ask the engine that fairleadd "
                                             "asks (`fairlead status`)? DOCKER_HOST names another");
  }
  std::vector<rollout::ComposeOrigin> origins;
  for (const rollout::Container& container : *containers) {
    rollout::ComposeOrigin origin = container.origin;
    if (origin.project.empty() || (!args.project.empty() && origin.project != args.project))
      continue;
    const auto is_same = [&](const rollout::ComposeOrigin& other) {
      return other.project == origin.project && other.service == origin.service;
    };
    if (std::ranges::none_of(origins, is_same)) origins.push_back(std::move(origin));
  }
  if (origins.empty()) {
    return Fail(Code::kFailedPrecondition,
                what + ": none of its replicas was made by `docker compose up`" +
                    (args.project.empty() ? "" : " of project " + Printable(args.project)));
  }
  if (origins.size() > 1) {
    return Fail(Code::kInvalidArgument,
                fmt::format("{}: it has replicas of {} Compose services, such as {} of project {}; "
                            "--project names one",
                            what, origins.size(), Printable(origins[0].service),
                            Printable(origins[0].project)));
  }
  Subject subject{.service = ServiceOf(replicas->front()), .origin = std::move(origins.front())};
  if (!args.files.empty()) {
    subject.origin.files = args.files;
    subject.origin.working_directory.clear();  // the first file's, as Compose has it
  }
  if (!subject.origin.files.empty()) return subject;
  return Fail(Code::kInvalidArgument,
              what +
                  ": its containers do not say which Compose file they came from; --file FILE "
                  "does");
}

// Waits for another rollout of the service to end.
Result<RolloutLock> TakeLock(const Subject& subject, RolloutSite& site, Duration patience) {
  const TimePoint begun = site.Now();
  bool is_told = false;
  while (true) {
    Result<RolloutLock> lock = RolloutLock::Take(subject.origin.project, subject.origin.service);
    if (lock || lock.error().code != Code::kAlreadyExists) return lock;
    if (site.Now() - begun >= patience) {
      return Fail(Code::kFailedPrecondition,
                  fmt::format("roll out {}: another rollout of it is under way", subject.service));
    }
    if (!std::exchange(is_told, true))
      site.Tell(subject.service + ": another rollout of it is under way; waiting for its end");
    site.Wait(rollout::kLookInterval);
  }
}

Result<rollout::Report> RollOut(const Args& args, const Subject& subject, pb::Admin::Stub& stub,
                                std::ostream& err) {
  Result<Compose> compose = Compose::Open(subject.origin, args.timeout);
  if (!compose) return std::unexpected(compose.error());
  const Result<int> replicas = args.scale ? Result<int>(*args.scale) : compose->Replicas();
  if (!replicas) return std::unexpected(replicas.error());
  RolloutSite site(stub, std::move(*compose), subject.service, args.timeout, err);
  const Result<RolloutLock> lock = TakeLock(subject, site, args.timeout);
  if (!lock) return std::unexpected(lock.error());
  return rollout::Drive(site, {.service = subject.service,
                               .replicas = *replicas,
                               .is_scale_typed = args.scale.has_value(),
                               .batch = args.batch,
                               .patience = args.timeout,
                               .is_dry_run = args.dry_run});
}

std::string ReportAsJson(const rollout::Report& report, const Subject& subject) {
  google::protobuf::Struct value;
  auto& fields = *value.mutable_fields();
  fields["service"].set_string_value(subject.service);
  fields["project"].set_string_value(subject.origin.project);
  fields["replaced"].set_number_value(report.replaced);
  fields["upToDate"].set_number_value(report.replicas);
  auto& planned = *fields["planned"].mutable_list_value();
  for (const std::string& step : report.planned) planned.add_values()->set_string_value(step);
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(value, &text, options).ok()) return "{}\n";
  return text;
}

void PrintReport(const Args& args, const rollout::Report& report, const Subject& subject,
                 Duration took, std::ostream& out) {
  if (args.output == Output::kJson) {
    out << ReportAsJson(report, subject);
    return;
  }
  if (args.dry_run) {
    for (const std::string& step : report.planned) out << step << "\n";
    if (report.planned.empty()) out << "nothing to do\n";
    return;
  }
  out << fmt::format("{}: {} replaced, {} up to date (took {:.1f}s)\n", subject.service,
                     report.replaced, report.replicas, std::chrono::duration<double>(took).count());
}

int ExitFor(const Error& error, grpc::Channel& channel, bool has_begun, const Args& args,
            std::ostream& err) {
  err << "fairlead: " << error.message << "\n";
  const bool is_lost =
      error.code == Code::kUnavailable && channel.GetState(false) != GRPC_CHANNEL_READY;
  if (is_lost) err << "is fairleadd still running?\n";
  if (has_begun && error.code != Code::kInvalidArgument) {
    err << fmt::format("what is there stays as it is; `fairlead rollout {}` goes on from there\n",
                       Printable(args.operand));
  } else if (error.code == Code::kNotFound) {
    err << "`fairlead services` lists what there is\n";
  }
  if (is_lost) return kExitUnreachable;
  return error.code == Code::kInvalidArgument ? kExitUsage : kExitNo;
}

}  // namespace

int RunRollout(const Args& args, const std::shared_ptr<grpc::Channel>& channel, std::ostream& out,
               std::ostream& err) {
  const auto begun = std::chrono::steady_clock::now();
  const std::unique_ptr<pb::Admin::Stub> stub = pb::Admin::NewStub(channel);
  const Result<Subject> subject = FindSubject(args, *stub);
  if (!subject) return ExitFor(subject.error(), *channel, false, args, err);
  const Result<rollout::Report> report = RollOut(args, *subject, *stub, err);
  if (!report) return ExitFor(report.error(), *channel, true, args, err);
  PrintReport(args, *report, *subject,
              std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begun), out);
  return kExitDone;
}

}  // namespace fairlead::cli

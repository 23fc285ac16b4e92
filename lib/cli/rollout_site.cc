#include "cli/rollout_site.h"

#include <fmt/format.h>
#include <grpcpp/client_context.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <utility>

#include "base/text.h"
#include "cli/show.h"
#include "runtime/command.h"

namespace fairlead::cli {
namespace {

// A question to a daemon on the same host.
constexpr std::chrono::seconds kDaemonPatience{10};
// The engine's client waits for the engine, which may have to unmount.
constexpr std::chrono::seconds kRemovalLimit{60};
// A daemon that was restarted serves within a second or two; one whose engine is away may take
// longer.
constexpr std::chrono::seconds kServingPatience{30};
constexpr std::size_t kLogLinesShown = 15;
constexpr std::size_t kIdDigitsShown = 12;
constexpr std::string_view kReason = "fairlead rollout";

void SetPatience(grpc::ClientContext& context, Duration patience) {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(patience));
}

// The codes are the same numbers.
Error ErrorOf(const grpc::Status& status) {
  return {static_cast<Code>(status.error_code()), Printable(status.error_message(), 1024)};
}

// In rotation for its own sake, or all that it can be with fairlead.weight=0.
bool Serves(const pb::Replica& known) {
  return (known.in_rotation() && !known.is_panic()) || known.out_reason() == "weight-zero";
}

}  // namespace

Result<std::vector<pb::Replica>> ListReplicas(pb::Admin::Stub& stub, const std::string& parent) {
  std::vector<pb::Replica> replicas;
  pb::ListReplicasRequest request;
  request.set_parent(parent);
  do {
    grpc::ClientContext context;
    SetPatience(context, kDaemonPatience);
    pb::ListReplicasResponse page;
    const grpc::Status status = stub.ListReplicas(&context, request, &page);
    if (!status.ok()) return std::unexpected(ErrorOf(status));
    replicas.insert(replicas.end(), page.replicas().begin(), page.replicas().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return replicas;
}

std::string ServiceOf(const pb::Replica& replica) {
  constexpr std::string_view kPrefix = "services/";
  const std::string& name = replica.name();
  if (!name.starts_with(kPrefix)) return name;
  return name.substr(kPrefix.size(), name.find('/', kPrefix.size()) - kPrefix.size());
}

std::vector<pb::Replica> OfFirstPriority(std::vector<pb::Replica> replicas) {
  const auto first = std::ranges::min_element(replicas, {}, &pb::Replica::priority);
  if (first == replicas.end()) return replicas;
  std::erase_if(replicas, [priority = first->priority()](const pb::Replica& replica) {
    return replica.priority() != priority;
  });
  return replicas;
}

RolloutSite::RolloutSite(pb::Admin::Stub& stub, Compose compose, std::string service,
                         Duration patience, std::ostream& progress)
    : stub_(stub),
      compose_(std::move(compose)),
      service_(std::move(service)),
      patience_(patience),
      progress_(progress) {}

Result<> RolloutSite::AwaitServing() {
  const TimePoint begun = Now();
  while (true) {
    grpc::ClientContext context;
    SetPatience(context, kDaemonPatience);
    pb::Status answer;
    const grpc::Status status = stub_.GetStatus(&context, {}, &answer);
    if (!status.ok()) return std::unexpected(ErrorOf(status));
    if (answer.phase() == pb::PHASE_SERVING) return {};
    if (Now() - begun >= kServingPatience) {
      return Fail(Code::kFailedPrecondition,
                  fmt::format("roll out {}: fairlead is {} ({})", service_, CodeOf(answer.phase()),
                              Printable(answer.phase_reason())));
    }
    Wait(rollout::kLookInterval);
  }
}

Result<rollout::Sight> RolloutSite::Look() {
  if (const Result<> serving = AwaitServing(); !serving) return std::unexpected(serving.error());
  Result<std::vector<rollout::Container>> containers = compose_.Containers();
  if (!containers) return std::unexpected(containers.error());
  Result<std::vector<pb::Replica>> replicas = ListReplicas(stub_, service_);
  if (!replicas) return std::unexpected(replicas.error());
  const Result<bool> is_adopted = IsAdopted();
  if (!is_adopted) return std::unexpected(is_adopted.error());
  containers_ = std::move(*containers);
  replicas_ = std::move(*replicas);
  rollout::Sight sight{.replicas = {}, .is_adopted = *is_adopted};
  for (const rollout::Container& container : containers_) {
    const pb::Replica* known = Known(container.id);
    sight.replicas.push_back(
        {.id = container.id,
         .name = known ? Printable(known->display_name()) : Printable(container.name),
         .number = container.number,
         .revision = container.revision,
         .has_started = container.has_started(),
         .is_up = container.is_up(),
         .serves = known != nullptr && Serves(*known),
         .is_set_aside =
             known != nullptr && (known->intent() == "drained" || known->intent() == "evicted")});
  }
  return sight;
}

// By everybody who is known to use the service; before the first client by nobody, which is the
// same.
Result<bool> RolloutSite::IsAdopted() {
  pb::ListServicesRequest request;
  do {
    grpc::ClientContext context;
    SetPatience(context, kDaemonPatience);
    pb::ListServicesResponse page;
    const grpc::Status status = stub_.ListServices(&context, request, &page);
    if (!status.ok()) return std::unexpected(ErrorOf(status));
    for (const pb::Service& service : page.services()) {
      if (service.name() != "services/" + service_) continue;
      return !service.has_adopted_revision() || service.adopted_revision() >= service.revision();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return true;
}

Result<> RolloutSite::Make(int total) {
  return compose_.Up(total, /*starts=*/false);
}

Result<> RolloutSite::Start(int total) {
  return compose_.Up(total, /*starts=*/true);
}

Result<> RolloutSite::Retire(const rollout::Replica& replica) {
  // Nobody is told about what the daemon does not manage.
  if (Known(replica.id) == nullptr) return Discard(replica);
  if (const Result<> out = Evict(replica); !out) return out;
  return Discard(replica);
}

Result<> RolloutSite::Evict(const rollout::Replica& replica) {
  grpc::ClientContext context;
  SetPatience(context, patience_);
  pb::EvictRequest request;
  request.set_name(replica.id);
  request.set_reason(std::string(kReason));
  pb::ActResult result;
  const grpc::Status status = stub_.Evict(&context, request, &result);
  if (status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND) return {};
  return std::unexpected(ErrorOf(status));
}

// An intent belongs to a place, and another container may get this number one day.
Result<> RolloutSite::Forget(const rollout::Replica& replica) {
  grpc::ClientContext context;
  SetPatience(context, kDaemonPatience);
  pb::UndrainRequest request;
  request.set_name(replica.id);
  request.set_reason(std::string(kReason) + ": its container is removed");
  pb::ActResult result;
  const grpc::Status status = stub_.Undrain(&context, request, &result);
  if (status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND) return {};
  return std::unexpected(ErrorOf(status));
}

// Before the removal, while the daemon still knows which place is meant. What was evicted stays
// down: our own stop is nobody's failure.
Result<> RolloutSite::Discard(const rollout::Replica& replica) {
  if (Known(replica.id) != nullptr) {
    if (const Result<> forgotten = Forget(replica); !forgotten) return forgotten;
  }
  // With its own grace, also for one that failed; what does not run is not stopped.
  const std::vector<std::string> stop = {"docker", "stop", replica.id};
  if (replica.is_up) (void)runtime::RunChecked(stop, patience_ + kRemovalLimit);
  const std::vector<std::string> remove = {"docker", "rm", "--force", replica.id};
  const Result<std::string> removed = runtime::RunChecked(remove, kRemovalLimit);
  if (removed) return {};
  const auto left = InspectContainers({replica.id});
  if (left && left->empty()) return {};  // somebody else was quicker
  return std::unexpected(removed.error());
}

std::string RolloutSite::Evidence(const rollout::Replica& replica) {
  std::string text;
  const auto container = std::ranges::find(containers_, replica.id, &rollout::Container::id);
  if (container != containers_.end()) {
    text += fmt::format("  container {} ({}): {}", Printable(container->name),
                        replica.id.substr(0, kIdDigitsShown), Printable(container->status));
    if (container->status == "exited") text += fmt::format(", exit code {}", container->exit_code);
  }
  if (const pb::Replica* known = Known(replica.id)) {
    text += fmt::format("\n  out of rotation: {}; {}, {}", Printable(known->out_reason()),
                        Printable(known->readiness()), Printable(known->liveness()));
    if (known->has_last_check())
      text += fmt::format("\n  last check: {}: {}", CodeOf(known->last_check().check_class()),
                          Printable(known->last_check().detail()));
  } else {
    text +=
        "\n  fairlead does not manage it: `fairlead status` shows what is wrong with its labels";
  }
  const std::vector<std::string> words = {"docker", "logs", "--tail",
                                          std::to_string(kLogLinesShown), replica.id};
  const Result<runtime::CommandEnd> log = runtime::RunCommand(words, kEngineQuestionLimit);
  const std::string lines =
      log ? runtime::LastLines(log->output + log->errors, kLogLinesShown) : "";
  return text + (lines.empty() ? "\n  its log is empty" : "\n  last lines of its log:\n" + lines);
}

TimePoint RolloutSite::Now() {
  return TimePoint(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

void RolloutSite::Wait(Duration duration) {
  poll(nullptr, 0,
       static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count()));
}

void RolloutSite::Tell(const std::string& line) {
  progress_ << line << std::endl;
}

const pb::Replica* RolloutSite::Known(const std::string& id) const {
  const auto found = std::ranges::find_if(
      replicas_, [&](const pb::Replica& replica) { return replica.container_id() == id; });
  return found == replicas_.end() ? nullptr : &*found;
}

}  // namespace fairlead::cli

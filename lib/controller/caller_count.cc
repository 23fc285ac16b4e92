#include "controller/caller_count.h"

#include <algorithm>
#include <utility>

namespace fairlead::controller {
namespace {

// Replicas are asked about each kTrafficPoll while they drain; what is asked no more is forgotten.
constexpr Duration kAskedLately = std::chrono::seconds(10);

}  // namespace

CallerCount::CallerCount(Kernel kernel, const Control& control, Reports reports)
    : kernel_(std::move(kernel)), control_(control), reports_(std::move(reports)) {}

std::optional<ServiceName> CallerCount::AdoptedWithout(const Generation& generation,
                                                       std::uint64_t& revision) {
  for (const auto& service : control_.Services()) {
    const auto replica =
        std::ranges::find(service->replicas, generation, &fleet::ReplicaReport::generation);
    if (replica == service->replicas.end()) continue;
    revision = service->revision;
    const bool is_adopted = service->adopted_revision == service->revision;
    return is_adopted && !replica->in_rotation ? std::optional(service->name) : std::nullopt;
  }
  return std::nullopt;
}

Result<int> CallerCount::Count(const fleet::BeginTrafficWatch& target, TimePoint now) {
  const Result<int> counted = kernel_(target);
  if (counted) return counted;
  std::erase_if(seen_,
                [now](const auto& entry) { return now - entry.second.asked_at > kAskedLately; });
  std::uint64_t revision = 0;
  const std::optional<ServiceName> service = AdoptedWithout(target.generation, revision);
  if (!service) {
    seen_.erase(target.generation);
    return counted;
  }
  const auto [seen, is_new] = seen_.try_emplace(target.generation);
  // A later list may be the first that some client has without the replica.
  if (is_new || seen->second.revision != revision)
    seen->second = {.revision = revision, .since = now};
  seen->second.asked_at = now;
  if (!reports_(*service, seen->second.since)) return counted;
  return 0;
}

}  // namespace fairlead::controller

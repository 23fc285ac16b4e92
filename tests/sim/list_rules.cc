// What must hold of the lists that callers get: I5 (as far as panic goes), I6, I9, I10.
#include <algorithm>
#include <utility>

#include "sim/rules.h"
#include "xds/viewer.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

// Whatever happened to a container just now is reason enough for it to leave, or not to be in.
constexpr Duration kRecently = 30s;
// So long our start waits for a canary that fails.
constexpr Duration kHeldByCanary = 10min;

SimClient::Addresses AddressesOf(const fleet::ServiceView& view) {
  SimClient::Addresses addresses;
  for (const xds::WeighedAddress& one : xds::Reachable(xds::Viewer{}, view))
    addresses.insert(one.address.ip);
  return addresses;
}

}  // namespace

void Rules::CheckView(const fleet::ServiceViewPtr& view, const fleet::Fleet& fleet,
                      const LifeNow& now) {
  ++figures_.views;
  const fleet::ServiceViewPtr before = views_[view->name];
  const auto life = view_life_.find(view->name);
  const bool is_first = life == view_life_.end() || life->second != now.life;
  verdict_.Require(now.has_synced, "I10",
                   "a list of " + view->name.Text() + " before the first sync");
  if (before && !is_first) {
    verdict_.Require(view->revision > before->revision, "I9",
                     "a revision of " + view->name.Text() + " was repeated");
    verdict_.Require(!view->SameContent(*before), "I9", "a list that tells nothing new");
  }
  const bool is_sorted = std::ranges::is_sorted(
      view->endpoints, [](const fleet::Endpoint& left, const fleet::Endpoint& right) {
        return std::tie(left.replica, left.generation) < std::tie(right.replica, right.generation);
      });
  verdict_.Require(is_sorted, "I9", "endpoints out of order");
  if (before) {
    for (const fleet::Endpoint& endpoint : before->endpoints) {
      const bool is_kept = std::ranges::any_of(view->endpoints, [&](const fleet::Endpoint& one) {
        return one.generation == endpoint.generation;
      });
      if (!is_kept) CheckLeaving(endpoint, fleet, now, is_first);
    }
  }
  CheckSilence(*view, fleet);
  CheckSuspects(*view, fleet);
  views_[view->name] = view;
  view_life_[view->name] = now.life;
  told_[view->name.Text()].push_back(
      {.life = now.life, .at = timeline_.now(), .view = view, .addresses = AddressesOf(*view)});
}

// I6: an endpoint leaves for something that was seen, and never because we know less.
void Rules::CheckLeaving(const fleet::Endpoint& endpoint, const fleet::Fleet& fleet,
                         const LifeNow& now, bool is_first) {
  const Generation& generation = endpoint.generation;
  const auto found = engine_.containers().find(generation.id);
  if (found == engine_.containers().end()) return;
  const SimContainer& container = found->second;
  if (!container.runs() || container.facts.generation() != generation || container.hold) return;
  if (timeline_.now() - container.changed_at < kRecently) return;
  const spec::ServiceSpec* spec = SpecOf(generation.id);
  const Checked& checked = checked_[generation];
  const bool is_stale = fleet.phase() == fleet::Phase::kStale;
  const auto report = ReportOf(fleet, spec->name, generation.id);
  const bool is_asked_for = report && report->intent != "none" && report->intent != "observe";
  const bool is_acted_on = std::ranges::any_of(
      open_, [&](const auto& open) { return open.second.generation == generation; });
  if (is_asked_for || (is_acted_on && !is_stale)) return;
  if (permitted_now_.contains(generation) || endpoint.is_panic) return;
  const bool is_rising = checked.passes < spec->health.rise;
  // Its last failures alone do not say it: one that flaps while the list is frozen falls, passes
  // once and fails anew, and is out until it has passed `rise` times in a row (state model).
  const bool is_failing = checked.has_fallen || checked.has_refused;
  // I5: while our own health server does not answer us, silence takes nobody out.
  const bool is_silence =
      report && (report->out_reason.starts_with("failing(") || report->out_reason == "suspect");
  verdict_.Require(!is_canary_failing_ || !is_silence || is_stale, "I5",
                   endpoint.replica + " left its list by silence while the canary fails");
  if (!is_stale && is_failing) return;
  if (!is_stale && report && report->out_reason == "suspect") return;  // CheckSuspects
  if (HasTwin(container) || IsMovedByLender(container)) return;
  // Known limits (README.md).
  const bool is_unknown = now.HasFailedToInspect(generation.id) ||
                          (container.lender && now.HasFailedToInspect(*container.lender));
  if (is_first && is_unknown) {
    ++figures_.unknown_at_start;
    return;
  }
  const bool is_lost = checked.has_failed || timeline_.now() - life_began_ > kHeldByCanary;
  if (is_first && is_lost && is_rising) {
    ++figures_.unready_at_start;
    return;
  }
  const bool is_misordered = is_first && report && report->out_reason == "cascade";
  if (is_misordered && IsOlderByStamp(container)) {
    ++figures_.unordered_lives;
    return;
  }
  const bool is_hearsay =
      report && (report->out_reason == "dead" || report->out_reason == "stopping");
  if (is_hearsay && engine_.is_clock_doubtful()) {
    ++figures_.heard_of_the_future;
    return;
  }
  verdict_.Require(false, "I6",
                   fmt::format("{} left its list without a reason: it runs and has failed {} times "
                               "of {}; {}",
                               endpoint.replica, checked.failures, spec->health.fall,
                               report ? report->out_reason : "unknown"));
}

// Its network goes, went a moment ago, or is gone, with its lender.
bool Rules::IsMovedByLender(const SimContainer& container) {
  if (!container.lender) return false;
  const SimContainer* lender = engine_.Find(*container.lender);
  return !lender || !engine_.IsAttached(container) || !lender->runs() ||
         timeline_.now() - lender->changed_at < kRecently ||
         permitted_now_.contains(lender->facts.generation()) ||
         std::ranges::any_of(
             open_,
             [&](const auto& open) { return open.second.generation.id == *container.lender; });
}

// Its lender is the older one, and a clock that was set back between them makes it the younger. A
// life of ours that begins later has nothing else to go by.
bool Rules::IsOlderByStamp(const SimContainer& container) {
  const SimContainer* lender = container.lender ? engine_.Find(*container.lender) : nullptr;
  return lender && lender->began_at < container.began_at &&
         lender->facts.started_ns > container.facts.started_ns;
}

// Another container has the same place in its service, as in a recreate.
bool Rules::HasTwin(const SimContainer& container) {
  const spec::ServiceSpec* spec = SpecOf(container.facts.id);
  return spec && std::ranges::any_of(engine_.containers(), [&](const auto& other) {
           const spec::ServiceSpec* others = SpecOf(other.first);
           return others && other.first != container.facts.id && others->name == spec->name &&
                  others->compose_number == spec->compose_number;
         });
}

// I5, as far as panic goes: silence alone never empties a list.
void Rules::CheckSilence(const fleet::ServiceView& view, const fleet::Fleet& fleet) {
  if (!view.endpoints.empty() || fleet.phase() != fleet::Phase::kServing) return;
  const auto report = fleet.Report(view.name);
  if (!report) return;
  for (const fleet::ReplicaReport& replica : report->replicas) {
    const auto found = engine_.containers().find(replica.generation.id);
    if (found == engine_.containers().end() || !found->second.runs()) continue;
    const bool is_silent = replica.out_reason.starts_with("failing(timeout") ||
                           replica.out_reason.starts_with("failing(refused");
    const bool was_ready = checked_[replica.generation].was_ready;
    const spec::ServiceSpec* spec = SpecOf(replica.generation.id);
    if (!is_silent || !was_ready || !spec || spec->weight == 0) continue;
    if (found->second.facts.generation() != replica.generation) continue;
    if (timeline_.now() - found->second.changed_at < kRecently) continue;
    // It was out without its lender's network, and has to show anew that it serves.
    const SimContainer* lender =
        found->second.lender ? engine_.Find(*found->second.lender) : nullptr;
    if (lender && timeline_.now() - lender->changed_at < kRecently) continue;
    verdict_.Require(false, "I5", "silence alone has emptied the list of " + view.name.Text());
  }
}

// I5: who leaves by suspicion is silent by the prober's word, and leaves enough others that nobody
// doubts.
void Rules::CheckSuspects(const fleet::ServiceView& view, const fleet::Fleet& fleet) {
  const auto report = fleet.Report(view.name);
  if (!report) return;
  int out = 0;
  int doubted = 0;
  int others = 0;
  for (const fleet::ReplicaReport& replica : report->replicas) {
    const bool is_out = replica.out_reason == "suspect";
    const Checked& checked = checked_[replica.generation];
    out += is_out ? 1 : 0;
    doubted += replica.readiness == "suspect" && (is_out || replica.in_rotation) ? 1 : 0;
    others += replica.in_rotation && replica.readiness == "ready" ? 1 : 0;
    if (!is_out) continue;
    verdict_.Require(checked.suspect == spec::Suspect::kSilent, "I5",
                     replica.name + " is out as suspect, and is not silent");
  }
  if (out == 0) return;
  figures_.left_suspect += static_cast<std::uint64_t>(out);
  verdict_.Require(others >= std::max(1, report->available_minimum), "I5",
                   fmt::format("suspicion leaves {} of {} in {}", others, report->available_minimum,
                               view.name.Text()));
  verdict_.Require(doubted == 1 || 2 * doubted <= others + doubted, "I5",
                   fmt::format("{} are suspect and {} not, and one left", doubted, others));
}

// I10: nothing is told before each running replica had its chance to answer.
void Rules::CheckVerdicts(const fleet::Fleet& fleet) {
  for (const ServiceName& name : fleet.services()) {
    const auto report = fleet.Report(name);
    for (const fleet::ReplicaReport& replica : report->replicas) {
      const auto checked = checked_.find(replica.generation);
      if (checked == checked_.end() || !checked->second.asked_at) continue;
      const spec::ServiceSpec* spec = SpecOf(replica.generation.id);
      if (!spec || checked->second.has_answer) continue;
      const Duration patience =
          std::min<Duration>(spec->health.interval, 1s) + spec->health.timeout;
      verdict_.Require(timeline_.now() - *checked->second.asked_at >= patience, "I10",
                       "lists are told before " + replica.name + " could answer");
    }
  }
}

// I9: no client gets older content after newer.
void Rules::OnApplied(const SimClient& client, const std::string& service,
                      const SimClient::Addresses& list, const LifeNow& now) {
  ++figures_.applied;
  told_by_[{client.name(), service}] = now.life;
  verdict_.Require(now.has_synced, "I10",
                   client.name() + " was told something before the first sync");
  const std::vector<Told>& told = told_[service];
  std::size_t& used = used_[{client.name(), service}];
  for (std::size_t i = told.size(); i > 0; --i) {
    if (told[i - 1].addresses != list) continue;
    verdict_.Require(i >= used, "I9",
                     fmt::format("{} got list {} of {} after {}", client.name(), i, service, used));
    used = std::max(used, i);
    return;
  }
  const bool is_dropped = list.empty();
  verdict_.Require(is_dropped, "I9",
                   client.name() + " got a list of " + service + " that never was");
}

}  // namespace fairlead::sim

// What must hold of everything that we do to containers: I1, I2, I3, I4, I7, I8, I13.
#include <algorithm>
#include <utility>

#include "sim/rules.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

// Twice the time between two lists, with their jitter.
constexpr Duration kViewAgeMost = 2 * 36s;
// From its permit to the last moment at which it may be carried out: drain, stop timeout and slack.
constexpr Duration kActReach = 70s;
constexpr const char* kCascadeCause = "cascade: ";
// What is under way when somebody acts cannot be called back.
constexpr Duration kReaction = 3s;

const fleet::Endpoint* EndpointIn(const fleet::ServiceViewPtr& view, const ContainerId& id) {
  if (!view) return nullptr;
  const auto found = std::ranges::find_if(
      view->endpoints, [&](const fleet::Endpoint& one) { return one.generation.id == id; });
  return found == view->endpoints.end() ? nullptr : &*found;
}

}  // namespace

void Rules::CheckPermit(const fleet::LedgerEntry& entry, const fleet::Fleet& fleet,
                        const LifeNow& now) {
  ++figures_.permits;
  const ContainerId& id = entry.generation.id;
  verdict_.Require(!permits_.contains(entry.id), "I8",
                   fmt::format("act {} has the number of an earlier one", entry.id.value));
  for (const auto& [other_id, other] : open_) {
    verdict_.Require(other.generation.id != id, "I8", "two acts at once on " + entry.replica);
  }
  const bool is_unknown = !now.is_synced || !now.listed_at;
  const bool is_old = now.listed_at && timeline_.now() - *now.listed_at > kViewAgeMost;
  const bool is_waking = timeline_.now() - now.woke_at < kReaction;
  if ((is_unknown || is_old) && is_waking) ++figures_.old_view_at_waking;  // known limit (README)
  verdict_.Require(!is_unknown || is_waking, "I2",
                   "an act on " + entry.replica + " while the engine is not known");
  verdict_.Require(!is_old || is_waking, "I2", "an act on " + entry.replica + " by an old view");
  verdict_.Require(id != options_.self, "I13", "an act on ourselves");
  verdict_.Require(!options_.observe_only, "I1", "an act although the host only observes");
  const spec::ServiceSpec* spec = SpecOf(id);
  verdict_.Require(spec || readings_.contains(id) || !engine_.containers().contains(id), "I1",
                   "an act on " + entry.replica + ", which did not ask for it");
  Permit permit{.entry = entry, .at = timeline_.now(), .wall = engine_.WallNs()};
  if (spec && !entry.by_operator) {
    verdict_.Require(spec->repair.mode != spec::RepairMode::kObserve, "I1",
                     "a repair of " + entry.replica + ", which is only observed");
    CheckPaused(entry);
    CheckMass(entry, fleet);
    CheckLodger(entry, now);
    CheckBudget(entry, spec->repair);
    CheckEvidence(entry, *spec, now);
    CheckAvailable(entry, fleet, spec->repair);
  }
  if (spec && entry.by_operator && entry.actor != kForcingOperator)
    CheckAvailable(entry, fleet, spec->repair);
  permits_[entry.id] = std::move(permit);
  open_[entry.id] = entry;
  if (!entry.by_operator) by_place_[PlaceOf(entry.replica)].push_back(entry.id);
}

// I7: who paused repairs is obeyed, and in the very step that he did.
void Rules::CheckPaused(const fleet::LedgerEntry& entry) {
  for (const fleet::Pause& pause : pauses_.Over(entry.service, PlaceOf(entry.replica))) {
    verdict_.Require(false, "I7",
                     fmt::format("a repair of {}, although repairs of {} are paused", entry.replica,
                                 pause.Text()));
  }
}

// I7: a pause that was written is known to each life after it, until its own first step says more.
void Rules::CheckPausesKept(const fleet::Fleet& fleet) {
  const std::vector<fleet::Pause> known = fleet.pauses();
  const std::vector<fleet::Pause> written = pauses_.all();
  const bool is_kept =
      std::ranges::equal(known, written, {}, &fleet::Pause::Text, &fleet::Pause::Text);
  verdict_.Require(is_kept, "I7",
                   fmt::format("{} pauses are on disk, and a new life knows of {}", written.size(),
                               known.size()));
}

// How long ago it was, as far as we can know: after our own restart only the wall clock tells, and
// that may have been set.
Duration Rules::Age(const Permit& permit) const {
  return std::max<Duration>(timeline_.now() - permit.at,
                            permit.age_at_load + (timeline_.now() - life_began_));
}

void Rules::CheckBudget(const fleet::LedgerEntry& entry, const spec::RepairSpec& spec) {
  int spent = 0;
  std::optional<Duration> last;
  for (const fleet::ActId id : by_place_[PlaceOf(entry.replica)]) {
    const Permit& earlier = permits_.at(id);
    if (!earlier.is_written) continue;
    spent += Age(earlier) < spec.window ? 1 : 0;
    last = Age(earlier);
  }
  verdict_.Require(spent < spec.max_restarts, "I3",
                   fmt::format("repair {} of {} within its window, of {}", spent + 1, entry.replica,
                               spec.max_restarts));
  verdict_.Require(!last || *last >= spec.backoff, "I3",
                   "a repair of " + entry.replica + " before its backoff was over");
  const auto repairs =
      std::ranges::count_if(open_, [](const auto& open) { return !open.second.by_operator; });
  verdict_.Require(repairs < options_.max_concurrent_repairs, "I3",
                   "more repairs at once than the host allows");
}

// A repair is the answer to something that was seen.
void Rules::CheckEvidence(const fleet::LedgerEntry& entry, const spec::ServiceSpec& spec,
                          const LifeNow& now) {
  const auto found = engine_.containers().find(entry.generation.id);
  if (found == engine_.containers().end()) return;
  const SimContainer& container = found->second;
  if (entry.kind == fleet::ActKind::kStart) {
    // Of what nothing was told since the last list, nothing can be known.
    const TimePoint seen_at = std::min(timeline_.now(), now.listed_at.value_or(timeline_.now()));
    const bool is_down = !container.has_process || container.changed_at + kReaction > seen_at;
    verdict_.Require(is_down, "I7", "a start of " + entry.replica + ", which runs");
    return;
  }
  if (entry.cause.starts_with(kCascadeCause)) return CheckCascade(entry, container);
  const Checked& checked = checked_[entry.generation];
  const bool is_silent = checked.liveness >= spec.liveness.fall;
  const bool is_denied = checked.denials >= spec.liveness.fall;
  figures_.denials += is_denied && !is_silent ? 1 : 0;
  verdict_.Require(
      is_silent || is_denied, "P0",
      fmt::format("a restart of {} after {} failures and {} denials of {}", entry.replica,
                  checked.liveness, checked.denials, spec.liveness.fall));
}

void Rules::CheckAvailable(const fleet::LedgerEntry& entry, const fleet::Fleet& fleet,
                           const spec::RepairSpec& spec) {
  const auto before = before_.find(entry.service);
  const fleet::ServiceViewPtr& was =
      before == before_.end() ? views_[entry.service] : before->second;
  const fleet::Endpoint* endpoint = EndpointIn(was, entry.generation.id);
  if (!endpoint || endpoint->is_panic || endpoint->generation != entry.generation) return;
  const auto report = fleet.Report(entry.service);
  if (!report) return;
  // The only replica cannot be spared, and still a person may restart it.
  const bool is_only = report->replicas.size() == 1 && entry.kind == fleet::ActKind::kRestart;
  if (entry.by_operator && is_only) return;
  int meant = 0;
  int available = 0;
  bool is_ready = false;
  for (const fleet::ReplicaReport& replica : report->replicas) {
    const std::string& left = replica.departure;
    const bool is_off = left == "operator" || left == "finished" || left == "unseen" ||
                        left == "compose-recreate" || left == "engine-shutdown" ||
                        replica.intent == "evicted" || replica.presence == "created";
    meant += is_off ? 0 : 1;
    available += replica.in_rotation && !replica.is_panic ? 1 : 0;
    is_ready |= replica.generation == entry.generation && replica.intent != "drained" &&
                (replica.readiness == "ready" || replica.readiness == "suspect");
  }
  // Out by a verdict or a person's drain of this very step: then it was not available when the
  // repair was permitted, and what is out is not held by min-available. Its callers have their own
  // rule (CheckCallers).
  if (!is_ready) return;
  // Known limit: by the stamps what it lives in began after it, so that it was out as stranded.
  const SimContainer* container = engine_.Find(entry.generation.id);
  if (available < spec.min_available.Of(meant) && container && IsOlderByStamp(*container)) {
    ++figures_.unordered_lives;
    return;
  }
  verdict_.Require(available >= spec.min_available.Of(meant), "I4",
                   fmt::format("the {} of {} by {} leaves {} of {}", fleet::ActKindName(entry.kind),
                               entry.replica, entry.actor, available, meant));
}

void Rules::CheckOrder(const fleet::Act& act) {
  verdict_.Require(open_.contains(act.id), "I3", "an act that is not in the ledger");
  verdict_.Require(ordered_.insert(act.id).second, "I8",
                   fmt::format("act {} is ordered twice", act.id.value));
  const auto open = open_.find(act.id);
  if (open == open_.end()) return;
  verdict_.Require(!EndpointIn(views_[open->second.service], act.generation.id), "I4",
                   "an act on " + open->second.replica + " while callers are told about it");
}

void Rules::OnOurActServed(fleet::ActId act, fleet::ActKind kind, SimContainer& container,
                           const std::vector<std::unique_ptr<SimClient>>& clients) {
  ++figures_.acts_served;
  // If we die now, it goes on inside the engine.
  container.own_act_until = timeline_.now() + 60s;
  const auto found = permits_.find(act);
  verdict_.Require(found != permits_.end() && found->second.is_written, "I3",
                   fmt::format("act {} was carried out and is not on disk", act.value));
  if (found == permits_.end()) return;
  Permit& permit = found->second;
  verdict_.Require(!std::exchange(permit.is_served, true), "I8",
                   fmt::format("act {} was carried out twice", act.value));
  if (!permit.entry.by_operator) CheckHold(permit, container);
  if (kind == fleet::ActKind::kStart) return;
  CheckCallers(permit, container, clients);
  CheckLodgersCallers(permit, container, clients);
}

// By the last list that had the address at all: it may have been another's, of the same service.
bool Rules::IsAddressOf(const ContainerId& id, const std::string& service,
                        const std::string& ip) const {
  const auto told = told_.find(service);
  if (told == told_.end()) return false;
  const auto last = std::find_if(told->second.rbegin(), told->second.rend(),
                                 [&](const Told& one) { return one.addresses.contains(ip); });
  return last != told->second.rend() && EndpointIn(last->view, id) != nullptr;
}

void Rules::OnOurActAnswered(const ContainerId& id) {
  // The echo of it may still come.
  if (SimContainer* container = engine_.Find(id)) container->own_act_until = timeline_.now() + 1s;
}

// I7: what a person stopped, paused or removed, or an engine that shut down, stays as it is.
void Rules::CheckHold(const Permit& permit, const SimContainer& container) {
  if (!container.hold || container.hold->is_overlapped) return;
  const Hold& hold = *container.hold;
  if (hold.since >= permit.at) return;  // it was decided before
  const bool is_heard = hold.heard_at && *hold.heard_at < permit.at;
  // Nothing of it came to us although we listened: then it looks like a crash.
  if (!is_heard && hold.lost > 0) {
    ++figures_.holds_unheard;
    return;
  }
  if (!is_heard && permit.at - hold.since < kReaction) return;
  // It crashed of itself before the stop came to it, and no stop leaves such a code or such a mark.
  const bool is_crash =
      container.exit_code == 134 || container.exit_code == 139 || container.facts.oom_killed;
  if (!is_heard && is_crash) return;
  // Known limit: by a clock that was set, its stop was before its life began, or is told as ours;
  // or was so when it was heard and its end was judged, however long the repair was held since.
  const bool is_misdated = engine_.is_clock_doubtful() || (is_heard && hold.was_doubtful) ||
                           container.facts.started_ns > engine_.WallNs() ||
                           (!is_heard && engine_.is_clock_set());
  if (is_misdated) {
    ++figures_.heard_of_the_future;
    return;
  }
  // Known limit: whether an act of an earlier life that failed, or was under way when that life was
  // killed, came to the engine before somebody's stop nobody can tell.
  const bool is_left_open = std::ranges::any_of(permits_, [&](const auto& earlier) {
    const Permit& other = earlier.second;
    return other.entry.generation.id == container.facts.id && other.is_written &&
           (!other.is_served || other.has_failed) && other.at < life_began_ &&
           other.at < hold.since && hold.since - other.at < kActReach;
  });
  if (is_left_open) return;
  verdict_.Require(false, "I7",
                   fmt::format("{} of {}, which {} stopped", fleet::ActKindName(permit.entry.kind),
                               permit.entry.replica, hold.is_engines ? "its engine" : "a person"));
}

// Out, told, taken by every client or the drain timeout: then the act.
void Rules::CheckCallers(const Permit& permit, const SimContainer& container,
                         const std::vector<std::unique_ptr<SimClient>>& clients) {
  const spec::ServiceSpec* acted = SpecOf(permit.entry.generation.id);
  const spec::ServiceSpec* spec = SpecOf(container.facts.id);
  const std::string& ip = engine_.IpOf(container);
  if (!acted || !spec || !container.runs() || ip.empty()) return;
  if (timeline_.now() - permit.at >= acted->drain_timeout) return;
  const std::string service = spec->name.Text();
  for (const auto& client : clients) {
    if (!client->is_known()) continue;
    const auto list = client->lists().find(service);
    const bool has_it = list != client->lists().end() && list->second.contains(ip) &&
                        IsAddressOf(container.facts.id, service, ip);
    // Known limit: what an earlier life told it, this one does not know.
    if (has_it && told_by_[{client->name(), service}] != life_) {
      ++figures_.not_yet_back;
      continue;
    }
    verdict_.Require(!has_it, "I4",
                     fmt::format("an act on {} before {} gave {} up and before the drain was over",
                                 permit.entry.replica, client->name(), container.facts.name));
  }
}

}  // namespace fairlead::sim

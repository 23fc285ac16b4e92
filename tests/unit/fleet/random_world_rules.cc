// The rules that RandomWorld holds every step against.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "random_world.h"

namespace fairlead::fleet::testing {
namespace {

constexpr int kMaxRestarts = 3;
constexpr Duration kWindow = std::chrono::minutes(10);

std::string PlaceOf(std::string replica) {
  while (replica.ends_with('~')) replica.pop_back();
  return replica;
}

const Endpoint* EndpointIn(const ServiceViewPtr& view, const ContainerId& id) {
  if (!view) return nullptr;
  for (const Endpoint& endpoint : view->endpoints) {
    if (endpoint.generation.id == id) return &endpoint;
  }
  return nullptr;
}

}  // namespace

void RandomWorld::Require(bool holds, const std::string& rule) {
  if (!holds) broken_.push_back(fmt::format("at {}: {}", now_.time_since_epoch().count(), rule));
}

void RandomWorld::Step(const Event& event) {
  const Effects effects = fleet_.Step(event, now_);
  wake_at_ = effects.wake_at;
  Check(effects);
}

void RandomWorld::Check(const Effects& effects) {
  has_served_ = has_served_ || fleet_.phase() == Phase::kServing;
  Require(effects.views.empty() || has_served_, "a view left before serving");
  Require(effects.acts.empty() || fleet_.phase() == Phase::kServing, "an act while not serving");
  Require(!effects.wake_at || *effects.wake_at > now_, "woken for something that is already due");
  views_before_ = views_;
  for (const ServiceViewPtr& view : effects.views) CheckView(*view);
  for (const ServiceViewPtr& view : effects.views) views_[view->name] = view;
  for (const ServiceName& name : effects.views_dropped) views_.erase(name);
  for (const Record& record : effects.records) {
    const auto* entry = std::get_if<LedgerEntry>(&record);
    if (!entry) continue;
    trace_ +=
        fmt::format("{} {} {};", entry->id.value, entry->replica, static_cast<int>(entry->state));
    if (entry->state == ActState::kPermitted) {
      CheckPermit(*entry);
      open_[entry->id] = *entry;
    } else {
      open_.erase(entry->id);
      std::erase_if(acts_, [&](const Act& act) { return act.id == entry->id; });
    }
  }
  for (const ProcessOrder& order : effects.processes) {
    if (const auto* begin = std::get_if<BeginProcessWatch>(&order)) {
      const bool is_first = watched_.insert(begin->generation.id).second;
      Require(is_first && begin->pid > 0, "two watches of one container, or of no process");
    } else {
      const auto& end = std::get<EndProcessWatch>(order);
      Require(watched_.erase(end.generation.id) == 1, "the end of a watch that never began");
    }
  }
  for (const CutCallers& cut : effects.cuts) CheckCut(cut);
  for (const Act& act : effects.acts) CheckAct(act);
  for (const Note& note : effects.notes) {
    trace_ += note.code + ";";
    Require(!note.text.empty(), "a note without a text: " + note.code);
  }
}

void RandomWorld::CheckCut(const CutCallers& cut) {
  ++cut_count_;
  trace_ += "cut " + cut.generation.id.value + ";";
  const Container* container = Of(cut.generation.id);
  Require(container && container->facts.generation() == cut.generation,
          "callers of an earlier life are cut");
  Require(fleet_.phase() == Phase::kServing, "a cut while not serving");
  if (!container) return;
  const ServiceName& name = container->spec.name;
  Require(!EndpointIn(views_[name], cut.generation.id),
          "callers are cut that are still sent there");
  const auto last = cuts_.find(name);
  Require(last == cuts_.end() || now_ - last->second >= std::chrono::seconds(5),
          "two cuts of one service at once");
  cuts_[name] = now_;
}

void RandomWorld::CheckView(const ServiceView& view) {
  const auto before = views_.find(view.name);
  const bool is_next = before == views_.end() || view.revision == before->second->revision + 1;
  Require(is_next, "a revision was skipped or repeated");
  Require(before == views_.end() || !view.SameContent(*before->second),
          "a view that tells nothing new");
  Require(std::is_sorted(view.endpoints.begin(), view.endpoints.end(),
                         [](const Endpoint& left, const Endpoint& right) {
                           return std::tie(left.replica, left.generation) <
                                  std::tie(right.replica, right.generation);
                         }),
          "endpoints out of order");
  CheckStandbys(view);
}

// Nobody in doubt is told of in the way of one that is well; and who is said to stand by does.
void RandomWorld::CheckStandbys(const ServiceView& view) {
  std::optional<int> first_well;
  for (const Endpoint& endpoint : view.endpoints) {
    if (!endpoint.is_panic)
      first_well = std::min(first_well.value_or(endpoint.priority), endpoint.priority);
  }
  for (const Endpoint& endpoint : view.endpoints) {
    const bool is_in_the_way = endpoint.is_panic && first_well && endpoint.priority < *first_well;
    Require(!is_in_the_way, endpoint.replica + " is in doubt, and in the way of one that is well");
  }
  const auto report = fleet_.Report(view.name);
  if (!report) return;
  for (const ReplicaReport& one : report->replicas) {
    const bool has_takers = std::ranges::any_of(report->replicas, [&](const ReplicaReport& other) {
      return other.in_rotation && other.priority < one.priority;
    });
    Require(one.is_standby == (one.in_rotation && has_takers), one.name + " is wrongly a standby");
    standby_count_ += one.is_standby ? 1 : 0;
  }
}

void RandomWorld::CheckPermit(const LedgerEntry& entry) {
  for (const auto& [id, other] : open_) {
    Require(other.generation.id != entry.generation.id, "two acts on " + entry.replica);
  }
  if (entry.by_operator) return;
  const Container* container = Of(entry.generation.id);
  Require(container && !container->is_stopped_by_person,
          "a repair of " + entry.replica + ", which a person stopped");
  for (const Pause& pause : fleet_.pauses()) {
    const bool covers = pause.scope == PauseScope::kHost ||
                        (pause.service.project == entry.service.project &&
                         (pause.scope == PauseScope::kProject || pause.service == entry.service) &&
                         (pause.replica.empty() || pause.replica == PlaceOf(entry.replica)));
    Require(!covers, "a repair of " + entry.replica + " in spite of a pause of " + pause.Text());
  }
  auto& times = repairs_[PlaceOf(entry.replica)];
  times.push_back(now_);
  const auto recent =
      std::count_if(times.begin(), times.end(), [&](TimePoint at) { return now_ - at < kWindow; });
  Require(recent <= kMaxRestarts, "the budget of " + entry.replica + " is overdrawn");
  const auto repairs = std::count_if(open_.begin(), open_.end(),
                                     [](const auto& open) { return !open.second.by_operator; });
  Require(repairs < 2, "more repairs at once than the host allows");
  const Endpoint* endpoint = EndpointIn(views_before_[entry.service], entry.generation.id);
  const bool was_available =
      endpoint && !endpoint->is_panic && endpoint->generation == entry.generation;
  const auto report = fleet_.Report(entry.service);
  // Out by a verdict of this very step: then it was not available when the repair was permitted.
  const bool is_ready = report && std::any_of(report->replicas.begin(), report->replicas.end(),
                                              [&](const ReplicaReport& replica) {
                                                return replica.generation == entry.generation &&
                                                       (replica.readiness == "ready" ||
                                                        replica.readiness == "suspect");
                                              });
  const bool is_enough = report && AvailableIn(entry.service) >= report->available_minimum;
  Require(!was_available || !is_ready || is_enough,
          "the repair of " + entry.replica + " leaves too few");
}

void RandomWorld::CheckAct(const Act& act) {
  trace_ += fmt::format("act {};", act.id.value);
  const auto permitted = open_.find(act.id);
  Require(permitted != open_.end(), "an act that is not in the ledger");
  if (permitted == open_.end()) return;
  Require(!EndpointIn(views_[permitted->second.service], act.generation.id),
          "an act on what callers are told about");
  const Container* container = Of(act.generation.id);
  const bool is_respected =
      permitted->second.by_operator || (container && !container->is_stopped_by_person);
  Require(is_respected, "an act on " + permitted->second.replica + ", which a person stopped");
  acts_.push_back(act);
}

int RandomWorld::AvailableIn(const ServiceName& name) const {
  const auto report = fleet_.Report(name);
  if (!report) return 0;
  return static_cast<int>(std::count_if(
      report->replicas.begin(), report->replicas.end(),
      [](const ReplicaReport& replica) { return replica.in_rotation && !replica.is_panic; }));
}

}  // namespace fairlead::fleet::testing

#include "sim/rules.h"

#include <utility>

#include "spec/read_labels.h"

namespace fairlead::sim {

using spec::CheckClass;

namespace {

void Take(const fleet::Pause& pause, fleet::Pauses& pauses) {
  static_cast<void>(pause.is_withdrawn ? pauses.Withdraw(pause) : pauses.Set(pause));
}

}  // namespace

std::string PlaceOf(std::string replica) {
  while (replica.ends_with('~')) replica.pop_back();
  return replica;
}

void Verdict::Require(bool holds, const char* rule, const std::string& what) {
  if (holds) return;
  trace_.Tell(timeline_.now(), "BROKEN", fmt::format("{}: {}", rule, what));
  broken_.push_back({.rule = rule, .at = timeline_.now(), .what = what});
}

Rules::Rules(Timeline& timeline, SimEngine& engine, Trace& trace, fleet::FleetOptions options)
    : timeline_(timeline),
      engine_(engine),
      verdict_(timeline, trace),
      options_(std::move(options)) {}

void Rules::OnLife(int life) {
  life_ = life;
  life_began_ = timeline_.now();
  checked_.clear();
  open_.clear();
  // What was never written was never done, and its number is free.
  std::erase_if(permits_, [&](const auto& permit) {
    if (permit.second.is_written) return false;
    ordered_.erase(permit.first);
    for (auto& [place, acts] : by_place_) std::erase(acts, permit.first);
    return true;
  });
  for (auto& [id, permit] : permits_) permit.age_at_load = Duration(engine_.WallNs() - permit.wall);
  was_serving_ = false;
  unsure_.clear();
  pauses_ = pauses_on_disk_;
  figures_.pauses_outlived += pauses_.all().size();
  is_begun_ = false;
  is_canary_failing_ = false;
  brake_ = "off";
  cut_at_.clear();
  adopted_.clear();
  empty_minutes_.clear();
}

void Rules::OnCheck(const Generation& generation, const spec::CheckOutcome& outcome) {
  const CheckClass answer = outcome.check_class;
  Checked& checked = checked_[generation];
  checked.has_answer = true;
  checked.has_failed |= answer == CheckClass::kSharedStall;
  if (outcome.liveness != spec::LivenessWord::kNone) {
    const bool is_denial = outcome.liveness == spec::LivenessWord::kNotServing;
    checked.denials = is_denial ? checked.denials + 1 : 0;
  }
  if (spec::IsInconclusive(answer)) return;
  const spec::ServiceSpec* spec = SpecOf(generation.id);
  if (answer == CheckClass::kServing) {
    checked.failures = checked.liveness = checked.timeouts = 0;
    checked.has_passed = true;
    checked.has_refused = false;
    ++checked.passes;
    const bool has_risen = spec && checked.passes >= spec->health.rise;
    checked.was_ready |= has_risen;
    checked.has_fallen &= !has_risen;
    return;
  }
  checked.passes = 0;
  checked.has_failed = true;
  // An answer, whatever it says, shows that somebody is at home.
  const bool is_silence = spec::IsLivenessClass(answer);
  checked.failures = is_silence ? checked.failures + 1 : 0;
  checked.timeouts = answer == CheckClass::kTimeout ? checked.timeouts + 1 : 0;
  // Beside the rhythm of the interval a failure is no further reason for a restart.
  checked.liveness = is_silence ? checked.liveness + (outcome.is_extra ? 0 : 1) : 0;
  checked.has_refused |= !is_silence;
  // Who says that he does not serve is back with one word, and who answers something else with
  // `rise` passes.
  checked.has_fallen &= is_silence;
  checked.has_fallen |= !is_silence && answer != CheckClass::kNotServing;
  checked.has_fallen |= spec && checked.failures >= spec->health.fall;
}

void Rules::OnSuspicion(const Generation& generation, spec::Suspect stage) {
  checked_[generation].suspect = stage;
}

void Rules::OnCanary(bool passes) {
  is_canary_failing_ = !passes;
  figures_.canary_failures += passes ? 0 : 1;
}

void Rules::OnStep(const fleet::Effects& effects, const fleet::Fleet& fleet, const LifeNow& now) {
  verdict_.Require(!effects.wake_at || *effects.wake_at > timeline_.now(), "I12",
                   "woken for something that is already due");
  for (const fleet::CheckOrder& order : effects.checks) {
    if (const auto* begin = std::get_if<fleet::BeginChecks>(&order)) {
      Checked& checked = checked_[begin->target.generation];
      if (!checked.asked_at) checked.asked_at = timeline_.now();
    } else if (const auto* end = std::get_if<fleet::EndChecks>(&order)) {
      checked_[end->generation].asked_at.reset();
    }
  }
  if (fleet.phase() == fleet::Phase::kServing && !std::exchange(was_serving_, true))
    CheckVerdicts(fleet);
  before_.clear();
  permitted_now_.clear();
  for (const fleet::Record& record : effects.records) {
    const auto* entry = std::get_if<fleet::LedgerEntry>(&record);
    if (entry && entry->state == fleet::ActState::kPermitted)
      permitted_now_.insert(entry->generation);
    if (const auto* pause = std::get_if<fleet::Pause>(&record)) {
      figures_.pauses += pause->is_withdrawn ? 0 : 1;
      Take(*pause, pauses_);
    }
  }
  if (!std::exchange(is_begun_, true)) CheckPausesKept(fleet);
  HearBrake(effects);
  for (const fleet::ServiceViewPtr& view : effects.views) {
    before_[view->name] = views_[view->name];
    CheckView(view, fleet, now);
  }
  for (const fleet::Record& record : effects.records) {
    const auto* entry = std::get_if<fleet::LedgerEntry>(&record);
    if (!entry) continue;
    if (entry->state == fleet::ActState::kPermitted) {
      CheckPermit(*entry, fleet, now);
    } else {
      // What an earlier life left open ended with it, as far as this one can tell.
      const bool is_timed =
          entry->finished_at == timeline_.now() || entry->finished_at == life_began_;
      verdict_.Require(is_timed, "I3",
                       "the end of an act on " + entry->replica + " is without its time");
      open_.erase(entry->id);
    }
  }
  for (const fleet::Act& act : effects.acts) CheckOrder(act);
  for (const fleet::CutCallers& cut : effects.cuts) CheckCut(cut);
}

void Rules::OnWritten(const fleet::Record& record) {
  if (const auto* entry = std::get_if<fleet::LedgerEntry>(&record)) {
    const auto permit = permits_.find(entry->id);
    if (permit != permits_.end()) {
      permit->second.is_written = true;
      // Each record dates it anew, by the clock of then: that is all that a later life knows.
      permit->second.wall = engine_.WallNs() - (timeline_.now() - entry->permitted_at).count();
      permit->second.has_failed = entry->state == fleet::ActState::kFailed;
    }
    return;
  }
  if (const auto* pause = std::get_if<fleet::Pause>(&record)) Take(*pause, pauses_on_disk_);
  const auto* intent = std::get_if<fleet::Intent>(&record);
  if (intent == nullptr) return;
  intents_[PlaceOf(intent->replica)] = *intent;
  unsure_.erase(PlaceOf(intent->replica));
}

void Rules::OnNotWritten(const fleet::Record& record) {
  if (const auto* intent = std::get_if<fleet::Intent>(&record))
    unsure_.insert(PlaceOf(intent->replica));
}

std::optional<fleet::ReplicaReport> Rules::ReportOf(const fleet::Fleet& fleet,
                                                    const ServiceName& service,
                                                    const ContainerId& id) const {
  const auto report = fleet.Report(service);
  if (!report) return std::nullopt;
  for (const fleet::ReplicaReport& replica : report->replicas) {
    if (replica.generation.id == id) return replica;
  }
  return std::nullopt;
}

const spec::ServiceSpec* Rules::SpecOf(const ContainerId& id) {
  auto known = readings_.find(id);
  if (known == readings_.end()) {
    const auto container = engine_.containers().find(id);
    if (container == engine_.containers().end()) return nullptr;
    known = readings_.emplace(id, spec::ReadLabels(container->second.facts, {})).first;
  }
  return known->second.opted_in && known->second.spec ? &*known->second.spec : nullptr;
}

}  // namespace fairlead::sim

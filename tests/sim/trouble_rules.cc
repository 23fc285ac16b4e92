// What must hold while more is wrong than one replica (I5): nothing is repaired while half of the
// host or our own canary fails; and whose callers are cut loose.
#include <algorithm>

#include "sim/rules.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

// As ARCHITECTURE.md has them: one lost check is noise, and of one service one replica each 5 s.
constexpr int kNoise = 2;
// So many may fail by our count and not by the core's: nobody has a way to them, or they stop.
constexpr int kUnsure = 2;
constexpr Duration kCutsApart = 5s;
constexpr Duration kNotAdopted = 100ms;

}  // namespace

void Rules::HearBrake(const fleet::Effects& effects) {
  for (const fleet::Note& note : effects.notes) {
    if (note.kind != fleet::NoteKind::kBrakeChanged) continue;
    brake_ = note.code;
    figures_.braked += note.code == "on" ? 1 : 0;
  }
}

// Counted anew, from what the checks said. Who was not ready in this life, or was told off by
// somebody, may count for the core and does not here.
void Rules::CheckMass(const fleet::LedgerEntry& entry, const fleet::Fleet& fleet) {
  verdict_.Require(!is_canary_failing_, "I5",
                   "a repair of " + entry.replica + " while the canary fails");
  verdict_.Require(brake_ != "on", "I5", "a repair of " + entry.replica + " under the brake");
  int running = 0;
  int failing = 0;
  for (const ServiceName& name : fleet.services()) {
    const auto report = fleet.Report(name);
    for (const fleet::ReplicaReport& replica : report->replicas) {
      const auto found = engine_.containers().find(replica.generation.id);
      const bool is_there = found != engine_.containers().end() && found->second.runs() &&
                            found->second.facts.generation() == replica.generation;
      if (!is_there) continue;
      ++running;
      const Checked& checked = checked_[replica.generation];
      const spec::ServiceSpec* spec = SpecOf(replica.generation.id);
      const bool counts = spec && checked.was_ready && !checked.has_refused &&
                          replica.presence == "running" && replica.intent != "drained" &&
                          replica.intent != "evicted";
      const bool fails = checked.failures >= std::min(kNoise, spec->health.fall) ||
                         checked.denials >= std::min(kNoise, spec->liveness.fall);
      failing += counts && fails ? 1 : 0;
    }
  }
  const bool is_mass = failing >= kNoise && 2 * (failing - kUnsure) >= running;
  verdict_.Require(
      !is_mass || brake_ == "trial", "I5",
      fmt::format("a repair of {} while {} of {} fail", entry.replica, failing, running));
}

// It answers nobody, others do, and callers know it.
void Rules::CheckCut(const fleet::CutCallers& cut) {
  ++figures_.cuts;
  verdict_.Require(!options_.observe_only, "I1", "callers are cut although the host only observes");
  const spec::ServiceSpec* spec = SpecOf(cut.generation.id);
  const SimContainer* container = engine_.Find(cut.generation.id);
  if (!spec || !container) return;
  const std::string& name = container->facts.name;
  const Checked& checked = checked_[cut.generation];
  verdict_.Require(checked.timeouts >= spec->health.fall, "C0",
                   fmt::format("callers of {} are cut after {} checks without an answer of {}",
                               name, checked.timeouts, spec->health.fall));
  verdict_.Require(spec->traffic.retry.enabled(), "C0",
                   "callers of " + name + " are cut, and do not try again");
  verdict_.Require(!is_canary_failing_ && brake_ == "off", "I5",
                   "callers of " + name + " are cut while it is not to blame");
  const fleet::ServiceViewPtr& view = views_[spec->name];
  const bool has_others = view && std::ranges::any_of(view->endpoints, [&](const auto& endpoint) {
                            return endpoint.generation != cut.generation;
                          });
  verdict_.Require(has_others, "C0", "callers of " + name + " are cut, and nobody else serves");
  const Told* first = nullptr;  // of the lists without it
  const std::vector<Told>& told = told_[spec->name.Text()];
  for (auto list = told.rbegin(); list != told.rend() && list->life == life_; ++list) {
    const bool has_it = std::ranges::any_of(list->view->endpoints, [&](const auto& endpoint) {
      return endpoint.generation == cut.generation;
    });
    if (has_it) break;
    first = &*list;
  }
  verdict_.Require(first != nullptr, "C0",
                   "callers of " + name + " are cut while they are told about it");
  const auto adopted = adopted_.find(spec->name);
  const bool is_taken =
      first && adopted != adopted_.end() && adopted->second >= first->view->revision;
  verdict_.Require(!first || is_taken || timeline_.now() - first->at >= kNotAdopted, "C0",
                   "callers of " + name + " are cut before they could know");
  const auto last = cut_at_.find(spec->name);
  verdict_.Require(last == cut_at_.end() || timeline_.now() - last->second >= kCutsApart, "C0",
                   "callers of " + name + " are cut right after those of another");
  cut_at_[spec->name] = timeline_.now();
}

}  // namespace fairlead::sim

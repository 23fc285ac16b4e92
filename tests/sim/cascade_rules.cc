// What must hold of a cascade: who stands on a container that we restart is restarted after it, and
// nobody is left without his network (I4, I7, I11, P0).
#include <algorithm>

#include "sim/rules.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

// By then it is known who lives where: a list is taken twice in it.
constexpr Duration kKnownBy = 2 * 36s;
constexpr Duration kRemembered = 15min;
constexpr Duration kUnheard = 3s;  // as long as an event and an inspect may take

}  // namespace

// Whether a restart of `ground` asks for one of `follower`: by its network, or by its depends_on.
bool Rules::IsFollower(const SimContainer& ground, const SimContainer& follower) {
  const spec::ServiceSpec* below = SpecOf(ground.facts.id);
  const spec::ServiceSpec* above = SpecOf(follower.facts.id);
  if (!below || !above || !below->repair.cascade || ground.facts.id == follower.facts.id)
    return false;
  if (follower.lender == ground.facts.id) return true;
  return std::ranges::find(above->ties.restarts_after, below->ties.service) !=
         above->ties.restarts_after.end();
}

// `ground` lives a life that an act of ours began, younger than the follower's.
bool Rules::IsGround(const SimContainer& ground, const SimContainer& follower) {
  return IsFollower(ground, follower) && ground.runs() && ground.began_at > follower.began_at &&
         ground.acted_on_before;
}

// P0: a follower is restarted because its ground was, and only when that one serves again and is
// done with. Its budget is looked at as any other's.
void Rules::CheckCascade(const fleet::LedgerEntry& entry, const SimContainer& follower) {
  ++figures_.cascades;
  bool has_ground = false;
  bool is_verified = false;
  for (const auto& [id, ground] : engine_.containers()) {
    if (!IsGround(ground, follower)) continue;
    has_ground = true;
    const bool is_busy = std::ranges::any_of(
        open_, [&](const auto& open) { return open.second.generation.id == id; });
    const Checked& checked = checked_[ground.facts.generation()];
    const bool is_of_before = *ground.acted_on_before < life_began_;  // and one pass is enough
    is_verified |= !is_busy && (checked.was_ready || (is_of_before && checked.has_passed));
  }
  // The engine has just started the follower anew, and nobody heard of it yet.
  if (!has_ground && timeline_.now() - follower.began_at < kUnheard) return;
  // Known limit: after the clock was set an older life may be taken for the younger one.
  if (!is_verified && engine_.is_clock_set()) {
    ++figures_.unordered_lives;
    return;
  }
  verdict_.Require(has_ground, "P0", entry.replica + " is restarted after nobody");
  verdict_.Require(!has_ground || is_verified, "P0",
                   entry.replica + " is restarted before what it stands on serves again");
}

// I7: whoever lends his network to somebody who is not restarted after him is left alone.
void Rules::CheckLodger(const fleet::LedgerEntry& entry, const LifeNow& now) {
  const SimContainer* lender = engine_.Find(entry.generation.id);
  const bool leaves_it = entry.kind != fleet::ActKind::kStart && lender && lender->lodger;
  if (!leaves_it) return;
  const SimContainer* lodger = engine_.Find(*lender->lodger);
  if (!lodger || !lodger->has_process || timeline_.now() - lodger->changed_at < kKnownBy) return;
  if (now.HasFailedToInspect(*lender->lodger)) return;
  const spec::ServiceSpec* spec = SpecOf(*lender->lodger);
  const bool follows = entry.kind == fleet::ActKind::kRestart && IsFollower(*lender, *lodger) &&
                       spec->repair.mode == spec::RepairMode::kRestart;
  verdict_.Require(follows, "I7",
                   fmt::format("a {} of {} leaves {} without a network",
                               fleet::ActKindName(entry.kind), entry.replica, lodger->facts.name));
}

// I4: callers of those who live in its network have given them up, too, or its drain is over.
void Rules::CheckLodgersCallers(const Permit& permit, const SimContainer& lender,
                                const std::vector<std::unique_ptr<SimClient>>& clients) {
  const SimContainer* lodger = lender.lodger ? engine_.Find(*lender.lodger) : nullptr;
  if (lodger && engine_.IsAttached(*lodger) && IsFollower(lender, *lodger))
    CheckCallers(permit, *lodger, clients);
}

// I11: in the end each follower was restarted after its ground, or there is a reason that lasts.
void Rules::CheckFollowers(const SimContainer& follower, const fleet::ReplicaReport& report) {
  const spec::ServiceSpec* spec = SpecOf(follower.facts.id);
  if (!follower.runs() || !spec || spec->repair.mode == spec::RepairMode::kEvict) return;
  if (report.repair != "idle" || report.intent == "evicted" || engine_.is_clock_set()) return;
  for (const auto& [id, ground] : engine_.containers()) {
    // What was held for so long that the ledger no longer tells of its ground is forgotten.
    const bool is_ours = ground.life_by_us == ground.lives && IsGround(ground, follower) &&
                         timeline_.now() - *ground.acted_on_before < kRemembered;
    verdict_.Require(!is_ours, "I11",
                     report.name + " was not restarted after " + ground.facts.name);
  }
}

}  // namespace fairlead::sim

#include "fleet/departure.h"

#include <fmt/format.h>

#include "fleet/limits.h"
#include "fleet/signal_number.h"

namespace fairlead::fleet {
namespace {

// Shells and engines report "ended by signal n" as 128 + n.
constexpr int kSignalExitBase = 128;

bool EndedByUnusualSignal(int exit_code) {
  const int number = exit_code - kSignalExitBase;
  return number >= 1 && number <= 64 && number != kSignalTerm && number != kSignalInt &&
         number != kSignalKill;
}

DepartureKind KindOfUnwatched(const Death& death) {
  if (death.is_oom) return DepartureKind::kOom;
  if (death.exit_code == 0) return DepartureKind::kFinished;
  return EndedByUnusualSignal(death.exit_code) ? DepartureKind::kCrash : DepartureKind::kUnseen;
}

DepartureKind KindOf(const Death& death, const ContainerFacts& facts, TimePoint now) {
  if (death.is_ours) return DepartureKind::kOurs;
  if (death.foreign && death.at - death.foreign->at <= ForeignActReach(*death.foreign, facts)) {
    return death.is_replaced ? DepartureKind::kRecreate : DepartureKind::kOperator;
  }
  if (!death.was_watched) return KindOfUnwatched(death);
  if (now - death.at < kDepartureGrace) return DepartureKind::kPending;
  if (death.is_oom) return DepartureKind::kOom;
  return death.exit_code == 0 ? DepartureKind::kFinished : DepartureKind::kCrash;
}

}  // namespace

std::string Departure::Code() const {
  switch (kind) {
    case DepartureKind::kNone:
      return "";
    case DepartureKind::kPending:
      return "undecided";
    case DepartureKind::kOurs:
      return "ours";
    case DepartureKind::kOperator:
      return "operator";
    case DepartureKind::kRecreate:
      return "compose-recreate";
    case DepartureKind::kOom:
      return "oom";
    case DepartureKind::kCrash:
      return fmt::format("crash({})", exit_code);
    case DepartureKind::kFinished:
      return "finished";
    case DepartureKind::kUnseen:
      return "unseen";
  }
  return "";
}

Duration OwnStopTimeout(const ContainerFacts& facts) {
  return facts.stop_timeout ? Duration(*facts.stop_timeout) : kEngineStopTimeout;
}

bool IsStopSignal(const ForeignAct& act, const ContainerFacts& facts) {
  if (act.verb != "kill") return false;
  if (act.signal.empty()) return true;
  const auto number = SignalNumber(act.signal);
  const auto own = facts.stop_signal.empty()
                       ? kSignalTerm
                       : SignalNumber(facts.stop_signal).value_or(kSignalTerm);
  return number && (*number == kSignalKill || *number == own);
}

Duration ForeignActReach(const ForeignAct& act, const ContainerFacts& facts) {
  return IsStopSignal(act, facts) ? OwnStopTimeout(facts) + kStopSlack : kDepartureGrace;
}

Departure Judge(const Death& death, const ContainerFacts& facts, TimePoint now) {
  return {.kind = KindOf(death, facts, now), .exit_code = death.exit_code};
}

}  // namespace fairlead::fleet

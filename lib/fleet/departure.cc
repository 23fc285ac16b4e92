#include "fleet/departure.h"

#include <fmt/format.h>

#include <chrono>

#include "base/text.h"
#include "fleet/limits.h"
#include "fleet/signal_number.h"

namespace fairlead::fleet {
namespace {

// Shells and engines report "ended by signal n" as 128 + n.
constexpr int kSignalExitBase = 128;
constexpr int kSignalMax = 64;
// Of a signal's name in a text for people; it comes from outside.
constexpr std::size_t kSignalShown = 20;
// Of a container's id, as the engine's own client shows it.
constexpr std::size_t kIdDigitsShown = 12;

bool IsSignalExit(int exit_code) {
  return exit_code > kSignalExitBase && exit_code <= kSignalExitBase + kSignalMax;
}

bool EndedByUnusualSignal(int exit_code) {
  const int number = exit_code - kSignalExitBase;
  return IsSignalExit(exit_code) && number != kSignalTerm && number != kSignalInt &&
         number != kSignalKill;
}

int OwnStopSignal(const ContainerFacts& facts) {
  return facts.stop_signal.empty() ? kSignalTerm
                                   : SignalNumber(facts.stop_signal).value_or(kSignalTerm);
}

DepartureKind KindOfUnwatched(const Death& death) {
  if (death.is_oom) return DepartureKind::kOom;
  if (death.exit_code == 0) return DepartureKind::kFinished;
  return EndedByUnusualSignal(death.exit_code) ? DepartureKind::kCrash : DepartureKind::kUnseen;
}

DepartureKind KindOf(const Death& death, const ContainerFacts& facts, TimePoint now) {
  if (death.ours) return DepartureKind::kOurs;
  if (death.is_known_stop) return DepartureKind::kOperator;
  if (death.shutdown == ShutdownVerdict::kSuspected) return DepartureKind::kPending;
  if (death.shutdown == ShutdownVerdict::kCertain) return DepartureKind::kEngineShutdown;
  if (death.foreign && death.End() - death.foreign->at <= ForeignActReach(*death.foreign, facts)) {
    return death.replaced_by.empty() ? DepartureKind::kOperator : DepartureKind::kRecreate;
  }
  if (!death.was_watched) return KindOfUnwatched(death);
  if (now - death.at < kDepartureGrace) return DepartureKind::kPending;
  if (death.is_oom) return DepartureKind::kOom;
  return death.exit_code == 0 ? DepartureKind::kFinished : DepartureKind::kCrash;
}

// "a kill with signal 15 that was not ours came 120ms before"
std::string ForeignText(const Death& death) {
  const ForeignAct& act = *death.foreign;
  std::string what = fmt::format("a {}", Printable(act.verb, kSignalShown));
  if (act.verb == "kill" && !act.signal.empty()) {
    what += fmt::format(" with signal {}", Printable(act.signal, kSignalShown));
  }
  const auto before = std::chrono::floor<std::chrono::milliseconds>(death.End() - act.at);
  return what + (before.count() > 0 ? fmt::format(" that was not ours came {} before its end",
                                                  FormatDuration(before))
                                    : " that was not ours was told with its end");
}

std::string CauseText(const Departure& departure, const Death& death) {
  switch (departure.kind) {
    case DepartureKind::kNone:
      return "";
    case DepartureKind::kPending:
      return death.shutdown == ShutdownVerdict::kSuspected
                 ? "the engine went away around its end; decided when it is back"
                 : "a kill or stop may still be told";
    case DepartureKind::kOurs:
      return fmt::format("act {} ({}) is in the ledger for this life", death.ours->id.value,
                         ActKindName(death.ours->kind));
    case DepartureKind::kOperator:
      return death.is_known_stop ? "its stop was seen and recorded before fairlead was restarted"
                                 : ForeignText(death);
    case DepartureKind::kEngineShutdown:
      return death.foreign
                 ? ForeignText(death) + ", then the engine itself ended and came back anew"
                 : "it ended while the engine was away, and the engine came back anew";
    case DepartureKind::kRecreate:
      return ForeignText(death) + ", and container " +
             Printable(death.replaced_by.substr(0, kIdDigitsShown)) + " takes its place";
    case DepartureKind::kOom:
      return "the engine says that it ran out of memory (OOMKilled)";
    case DepartureKind::kCrash:
      return death.was_watched ? "no kill or stop through the engine came before its end"
                               : "it ended unseen, and no stop ends that way";
    case DepartureKind::kFinished:
      return "it ended by itself";
    case DepartureKind::kUnseen:
      return "it ended while nobody watched, which counts as a person's doing";
  }
  return "";
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
    case DepartureKind::kEngineShutdown:
      return "engine-shutdown";
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

std::string RestartPolicyText(const ContainerFacts& facts) {
  switch (facts.restart_policy) {
    case RestartPolicy::kNo:
      return "no";
    case RestartPolicy::kAlways:
      return "always";
    case RestartPolicy::kUnlessStopped:
      return "unless-stopped";
    case RestartPolicy::kOnFailure:
      return facts.restart_maximum > 0 ? fmt::format("on-failure:{}", facts.restart_maximum)
                                       : "on-failure";
  }
  return "";
}

bool LooksStopped(int exit_code, const ContainerFacts& facts) {
  if (exit_code == 0) return true;
  const int number = exit_code - kSignalExitBase;
  return number == kSignalTerm || number == kSignalKill || number == OwnStopSignal(facts);
}

bool IsStopSignal(const ForeignAct& act, const ContainerFacts& facts) {
  if (act.verb != "kill") return false;
  if (act.signal.empty()) return true;
  const auto number = SignalNumber(act.signal);
  return number && (*number == kSignalKill || *number == OwnStopSignal(facts));
}

bool IsOfEarlierLife(std::int64_t engine_ns, const ContainerFacts& facts) {
  return engine_ns > 0 && engine_ns < facts.started_ns;
}

Duration ForeignActReach(const ForeignAct& act, const ContainerFacts& facts) {
  return IsStopSignal(act, facts) ? OwnStopTimeout(facts) + kStopSlack : kDepartureGrace;
}

Departure Judge(const Death& death, const ContainerFacts& facts, TimePoint now) {
  return {.kind = KindOf(death, facts, now), .exit_code = death.exit_code};
}

bool IsStopLikeCrash(const Death& death, const Departure& departure) {
  const bool is_stop = departure.kind == DepartureKind::kOperator ||
                       departure.kind == DepartureKind::kRecreate ||
                       departure.kind == DepartureKind::kEngineShutdown;
  const DepartureKind unwatched = KindOfUnwatched(death);
  return is_stop && (unwatched == DepartureKind::kCrash || unwatched == DepartureKind::kOom);
}

std::string EvidenceOf(const Departure& departure, const Death& death,
                       const ContainerFacts& facts) {
  if (departure.kind == DepartureKind::kNone) return "";
  std::string text = fmt::format("{}; exit code {}", CauseText(departure, death), death.exit_code);
  if (IsSignalExit(death.exit_code)) {
    text += fmt::format(" (signal {})", death.exit_code - kSignalExitBase);
  }
  return text + "; restart policy " + RestartPolicyText(facts);
}

}  // namespace fairlead::fleet

// What a command would do. Whether it may is judged by the very functions that admit commands
// (commands.cc); nothing is changed.
#include "fleet/trial_run.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

std::string Departure(const Replica& replica, bool is_in) {
  if (!is_in) return "";
  return fmt::format("leave its list, give its callers up to {} to go, ",
                     FormatDuration(replica.spec.drain_timeout));
}

std::string_view Return(IntentKind intent) {
  return intent == IntentKind::kDrained ? "stay out of its list until it is undrained"
                                        : "be in again when it is ready";
}

std::string WhatWouldBe(OperatorVerb verb, const Replica& replica, IntentKind intent, bool is_in) {
  const std::string grace = FormatDuration(StopTimeoutOf(replica));
  switch (verb) {
    case OperatorVerb::kDrain:
      if (intent == IntentKind::kDrained) return "is drained already and would stay so";
      if (!is_in) return "is out of its list and would stay so until it is undrained";
      return fmt::format(
          "would leave its list, which clients have {} to take, and run on until it is undrained",
          FormatDuration(replica.spec.drain_timeout));
    case OperatorVerb::kUndrain:
      if (intent == IntentKind::kNone) return "is neither drained nor evicted and would stay so";
      return replica.is_up() ? "would take part again as soon as it is ready"
                             : "would take part again once somebody starts it";
    case OperatorVerb::kRestart:
      if (!replica.is_up())
        return fmt::format("is not running: it would be started, and {}", Return(intent));
      return fmt::format("would {}be restarted with {} from TERM to KILL, and {}",
                         Departure(replica, is_in), grace, Return(intent));
    case OperatorVerb::kEvict:
      if (!replica.is_up()) return "is not running and would stay stopped";
      return fmt::format("would {}be stopped with {} from TERM to KILL, and stay stopped",
                         Departure(replica, is_in), grace);
    case OperatorVerb::kPause:
    case OperatorVerb::kResume:
      break;  // not about what is done to a replica
  }
  return "would stay as it is";
}

}  // namespace

Result<TrialRun> Fleet::State::TryOut(const OperatorCommand& command) {
  const Result<Found> found = Resolve(command.replica);
  if (!found) return std::unexpected(found.error());
  if (const Result<> admitted = Admit(command, *found); !admitted)
    return std::unexpected(admitted.error());
  const Service& service = *found->service;
  const Replica& replica = *found->replica;
  const Rotations rotations = RotationsOf(service);
  const bool is_in = rotations.at(replica.facts.id).is_in;
  std::string text = fmt::format(
      "{} {}", replica.name, WhatWouldBe(command.verb, replica, service.intent_of(replica), is_in));
  if (is_in && command.verb != OperatorVerb::kUndrain) {
    const int others = OthersIn(rotations, replica.facts.id);
    text += others == 0
                ? "; callers would have nobody without it"
                : fmt::format("; {} of its service would be in rotation without it", others);
  }
  OperatorCommand unforced = command;
  unforced.force = false;
  if (const Result<> admitted = Admit(unforced, *found); !admitted)
    text += fmt::format("; without force it would be refused ({})", admitted.error().reason);
  return TrialRun{.replica = replica.name, .text = text + "; nothing was done"};
}

}  // namespace fairlead::fleet

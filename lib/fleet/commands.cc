// What people ask for: drain, undrain, restart, evict; pauses are in pausing.cc.
//
// A command is answered exactly once, by a note that carries its number: at once when it is refused
// or done, else when the clients have the new list (drain), or when the act has come to its end.
#include <algorithm>

#include <fmt/format.h>

#include "base/error_reasons.h"
#include "base/text.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

// An id prefix shorter than this hits too many.
constexpr std::size_t kPrefixDigitsMin = 3;
constexpr std::size_t kCandidatesShown = 5;

std::string_view VerbName(OperatorVerb verb) {
  switch (verb) {
    case OperatorVerb::kDrain:
      return "drain";
    case OperatorVerb::kUndrain:
      return "undrain";
    case OperatorVerb::kRestart:
      return "restart";
    case OperatorVerb::kEvict:
      return "evict";
    case OperatorVerb::kPause:
      return "pause";
    case OperatorVerb::kResume:
      return "resume";
  }
  return "";
}

// "restart user-service.shop/2", "pause project shop", "resume the host"
std::string WhatWasAsked(const OperatorCommand& command) {
  const bool is_host = command.scope == PauseScope::kHost;
  const std::string_view scope = command.scope == PauseScope::kProject   ? "project "
                                 : command.scope == PauseScope::kService ? "service "
                                                                         : "";
  return fmt::format("{} {}{}", VerbName(command.verb), scope,
                     is_host ? "the host" : Printable(command.replica, 80));
}

bool IsNamed(const Replica& replica, const std::string& text) {
  return replica.name == text || replica.facts.name == text || replica.facts.id.value == text;
}

bool HasPrefix(const Replica& replica, const std::string& text) {
  return text.size() >= kPrefixDigitsMin && replica.facts.id.value.starts_with(text);
}

}  // namespace

void Fleet::State::Apply(const OperatorCommand& event) {
  commands_.push_back(event);
  if (const auto found = Resolve(event.replica)) Touch(*found->service);
}

void Fleet::State::RunCommands() {
  for (const OperatorCommand& command : std::exchange(commands_, {})) {
    asked_.insert_or_assign(command.command, command);
    Run(command);
  }
}

// Why a container of that name or id is no replica; nothing where none is known.
std::optional<Error> Fleet::State::UnmanagedNamed(const std::string& text) const {
  for (const auto& [id, known] : known_) {
    const bool is_named = known.facts.name == text || id.value == text;
    const bool has_prefix = text.size() >= kPrefixDigitsMin && id.value.starts_with(text);
    if ((!is_named && !has_prefix) || index_.contains(id)) continue;
    const std::string why =
        known.diagnostics.empty() ? "it does not ask for it" : known.diagnostics.front().message;
    return Error{.code = Code::kNotFound,
                 .message = fmt::format("find replica {}: that container is not managed: {}; "
                                        "`fairlead status` shows what to do",
                                        Printable(text, 80), Printable(why)),
                 .reason = reasons::kNotManaged,
                 .subject = Printable(known.facts.name, 80)};
  }
  return std::nullopt;
}

// A name beats a prefix; two that fit equally well are a question back to the person.
Result<Fleet::State::Found> Fleet::State::Resolve(const std::string& text) {
  std::vector<Found> named;
  std::vector<Found> prefixed;
  for (auto& [name, service] : services_) {
    for (auto& [id, replica] : service.replicas) {
      if (IsNamed(replica, text)) named.push_back({&service, &replica});
      if (HasPrefix(replica, text)) prefixed.push_back({&service, &replica});
    }
  }
  const std::vector<Found>& found = named.empty() ? prefixed : named;
  if (found.size() == 1) return found.front();
  const std::string shown = Printable(text, 80);
  if (found.empty()) {
    if (const auto unmanaged = UnmanagedNamed(text)) return std::unexpected(*unmanaged);
    return Fail(
        Code::kNotFound,
        fmt::format("find replica {}: no such replica; `fairlead replicas` lists them", shown),
        {.reason = reasons::kNoSuchReplica, .subject = shown});
  }
  std::string candidates;
  for (std::size_t i = 0; i < std::min(found.size(), kCandidatesShown); ++i) {
    candidates += (i == 0 ? "" : ", ") + found[i].replica->name;
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("find replica {}: it fits {} replicas: {}{}", shown, found.size(),
                          candidates, found.size() > kCandidatesShown ? " ..." : ""),
              {.reason = reasons::kAmbiguousName, .subject = "name"});
}

void Fleet::State::Run(const OperatorCommand& command) {
  if (command.verb == OperatorVerb::kPause || command.verb == OperatorVerb::kResume) {
    PauseOrResume(command);
    return;
  }
  const auto found = Resolve(command.replica);
  if (!found) {
    Answer(command.command, std::unexpected(found.error()), nullptr, nullptr);
    return;
  }
  if (const Result<> admitted = Admit(command, *found); !admitted) {
    Answer(command.command, admitted, found->service, found->replica);
    return;
  }
  switch (command.verb) {
    case OperatorVerb::kDrain:
      Drain(command, *found);
      break;
    case OperatorVerb::kUndrain:
      Undrain(command, *found);
      break;
    case OperatorVerb::kRestart:
    case OperatorVerb::kEvict:
      RestartOrEvict(command, *found);
      break;
    case OperatorVerb::kPause:
    case OperatorVerb::kResume:
      break;  // not about one replica alone; done above
  }
}

Result<> Fleet::State::Admit(const OperatorCommand& command, const Found& found) const {
  const Replica& replica = *found.replica;
  const std::string what = fmt::format("{} {}", VerbName(command.verb), replica.name);
  if (command.force && command.reason.empty()) {
    return Fail(Code::kInvalidArgument, what + ": force needs a reason",
                {.reason = reasons::kReasonMissing, .subject = "reason"});
  }
  if (command.verb == OperatorVerb::kUndrain) return {};
  if (command.verb != OperatorVerb::kDrain) {
    if (!may_act())
      return Fail(Code::kUnavailable, fmt::format("{}: fairlead is {}", what, PhaseName(phase_)),
                  {.reason = reasons::kNotServingYet, .subject = replica.name});
    if (replica.facts.id == options_.self) {
      return Fail(Code::kFailedPrecondition, what + ": it is fairlead itself",
                  {.reason = reasons::kIsFairlead, .subject = replica.name});
    }
    if (options_.observe_only) {
      return Fail(Code::kFailedPrecondition,
                  what + ": this host only observes (policy.observe_only)",
                  {.reason = reasons::kObserveOnly, .subject = replica.name});
    }
    if (replica.act) {
      return Fail(Code::kFailedPrecondition,
                  fmt::format("{}: a {} is under way ({})", what,
                              ActKindName(replica.act->entry.kind), RepairCode(replica)),
                  {.reason = reasons::kActUnderWay, .subject = replica.name});
    }
  }
  if (const Result<> alone = AdmitAlone(command, replica, what); !alone) return alone;
  // The only replica cannot be spared, and still a person may restart it: the answer says what that
  // costs.
  const bool is_only =
      found.service->replicas.size() == 1 && command.verb == OperatorVerb::kRestart;
  if (command.force || is_only) return {};
  if (!BreaksMinAvailable(*found.service, replica, RotationsOf(*found.service))) return {};
  return Fail(
      Code::kFailedPrecondition,
      fmt::format(
          "{}: fewer than {} would be available (fairlead.repair.min-available); to do it all the "
          "same, force it with a reason",
          what, MinAvailable(*found.service, replica.spec.repair)),
      {.reason = reasons::kMinAvailable, .subject = replica.name});
}

// Acts that would take more along than the replica itself need a person's word for it.
Result<> Fleet::State::AdmitAlone(const OperatorCommand& command, const Replica& replica,
                                  const std::string& what) const {
  if (command.force || command.verb == OperatorVerb::kDrain) return {};
  if (command.verb == OperatorVerb::kEvict && replica.facts.auto_remove) {
    return Fail(Code::kFailedPrecondition,
                what +
                    ": the engine removes the container when it stops (AutoRemove); to do it all "
                    "the same, force it with a reason",
                {.reason = reasons::kAutoRemove, .subject = replica.name});
  }
  const std::string sharers = StrandedSharersOf(replica);
  const bool ends_it = replica.facts.status == EngineStatus::kRunning ||
                       replica.facts.status == EngineStatus::kPaused;
  if (sharers.empty() || !ends_it) return {};
  return Fail(
      Code::kFailedPrecondition,
      fmt::format("{}: {} shares its network and would lose it; to do it all the same, force "
                  "it with a reason, and restart those after it",
                  what, sharers),
      {.reason = reasons::kNetworkShared, .subject = replica.name});
}

void Fleet::State::Drain(const OperatorCommand& command, const Found& found) {
  SetIntent(*found.service, *found.replica, IntentKind::kDrained, command.actor, command.reason);
  found.service->drains.push_back({.command = command.command,
                                   .container = found.replica->facts.id,
                                   .deadline = now_ + found.replica->spec.drain_timeout});
}

void Fleet::State::Undrain(const OperatorCommand& command, const Found& found) {
  found.replica->has_given_up = false;
  if (found.service->intent_of(*found.replica) != IntentKind::kNone) {
    SetIntent(*found.service, *found.replica, IntentKind::kNone, command.actor, command.reason);
  }
  Answer(command.command, {}, found.service, found.replica);
}

void Fleet::State::RestartOrEvict(const OperatorCommand& command, const Found& found) {
  Service& service = *found.service;
  Replica& replica = *found.replica;
  replica.has_given_up = false;
  const bool evicts = command.verb == OperatorVerb::kEvict;
  const bool is_up = replica.is_up();
  if (evicts && !is_up) {
    SetIntent(service, replica, IntentKind::kEvicted, command.actor, command.reason);
    Answer(command.command, {}, &service, &replica);
    return;
  }
  if (!evicts && service.intent_of(replica) == IntentKind::kEvicted) {
    SetIntent(service, replica, IntentKind::kNone, command.actor, "restarted by " + command.actor);
  }
  std::string cause = "operator: " + (command.reason.empty() ? std::string(VerbName(command.verb))
                                                             : command.reason);
  const Rotations rotations = RotationsOf(service);
  if (rotations.at(replica.facts.id).is_in && OthersIn(rotations, replica.facts.id) == 0)
    cause += "; no other replica serves: callers will see a gap";
  Permit(service, replica,
         {.kind = evicts ? ActKind::kStop : (is_up ? ActKind::kRestart : ActKind::kStart),
          .cause = std::move(cause),
          .actor = command.actor,
          .by_operator = true,
          .leaves_stopped = evicts,
          .command = command.command});
}

void Fleet::State::SetIntent(Service& service, Replica& replica, IntentKind kind,
                             const std::string& actor, const std::string& reason) {
  Intent& intent = service.places[replica.place].intent;
  intent = {.service = service.name,
            .replica = replica.place,
            .container = replica.facts.id,
            .kind = kind,
            .actor = actor,
            .reason = reason,
            .at = now_};
  effects_.records.emplace_back(intent);
}

// A drain is done when nobody is told about the replica and everybody knows.
void Fleet::State::AnswerDrains(Service& service) {
  std::erase_if(service.drains, [&](const PendingDrain& drain) {
    const auto found = service.replicas.find(drain.container);
    if (found == service.replicas.end()) {
      Answer(drain.command, {}, &service, nullptr);
      return true;
    }
    const Replica& replica = found->second;
    const bool is_withdrawn = service.intent_of(replica) != IntentKind::kDrained;
    if (is_withdrawn) {
      Answer(drain.command,
             Fail(Code::kAborted, fmt::format("drain {}: it was undrained", replica.name),
                  {.reason = reasons::kUndrained, .subject = replica.name}),
             &service, &replica);
      return true;
    }
    if (IsAdoptedWithout(service, replica)) {
      Answer(drain.command, {}, &service, &replica);
      return true;
    }
    if (drain.deadline > now_) return false;
    Answer(drain.command,
           Fail(Code::kDeadlineExceeded,
                fmt::format("drain {}: not every client has taken the list without it within {}; "
                            "it stays drained",
                            replica.name, FormatDuration(replica.spec.drain_timeout)),
                {.reason = reasons::kClientsBehind, .subject = replica.name}),
           &service, &replica);
    return true;
  });
}

void Fleet::State::Answer(std::uint64_t command, Result<> answer, const Service* service,
                          const Replica* replica) {
  Note note;
  note.kind = NoteKind::kCommandAnswered;
  if (service) note.service = service->name;
  if (replica) {
    note.replica = replica->name;
    note.container = replica->facts.id;
  }
  note.code = answer ? "OK" : std::string(CodeName(answer.error().code));
  note.outcome = answer ? "succeeded" : answer.error().Text();
  note.text = answer ? "command done" : "command refused or failed: " + answer.error().message;
  if (const auto asked = asked_.extract(command)) {
    note.actor = asked.mapped().actor;
    note.cause = asked.mapped().reason;
    note.text = fmt::format("{} by {}: {}", WhatWasAsked(asked.mapped()), Printable(note.actor),
                            answer ? "done" : "refused or failed: " + answer.error().message);
  }
  note.command = command;
  note.answer = std::move(answer);
  effects_.notes.push_back(std::move(note));
}

}  // namespace fairlead::fleet

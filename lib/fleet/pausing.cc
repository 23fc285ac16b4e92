// Pauses of repairs: whom a command means, what it changes, and why a wish is held by one.
//
// A pause holds wishes and nothing else: checks, rotation, drains, and acts that a person asks for
// go on, and so does a repair that had its turn before.
#include <algorithm>

#include <fmt/format.h>

#include "base/error_reasons.h"
#include "base/text.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

constexpr std::size_t kScopesShown = 5;

// What a person types to end it.
std::string ResumeCommand(const Pause& pause) {
  switch (pause.scope) {
    case PauseScope::kHost:
      return "fairlead resume";
    case PauseScope::kProject:
      return "fairlead resume --project " + pause.service.project;
    case PauseScope::kService:
      return "fairlead resume --service " + pause.service.Text();
    case PauseScope::kReplica:
      return "fairlead resume " + pause.replica;
  }
  return "";
}

bool Covers(const Pause& pause, const ServiceName& service) {
  return pause.scope == PauseScope::kHost ||
         (pause.service.project == service.project &&
          (pause.scope == PauseScope::kProject || pause.service.service == service.service));
}

std::string ScopesOf(const std::vector<Pause>& pauses) {
  std::string text;
  for (std::size_t i = 0; i < std::min(pauses.size(), kScopesShown); ++i)
    text += (i == 0 ? "" : ", ") + pauses[i].Text();
  return pauses.size() > kScopesShown ? text + " ..." : text;
}

std::unexpected<Error> NotFound(std::string_view what, const std::string& name,
                                std::string_view next) {
  return Fail(Code::kNotFound,
              fmt::format("find {} {}: there is none; {}", what, Printable(name, 80), next),
              {.reason = reasons::kNoSuchScope, .subject = Printable(name, 80)});
}

}  // namespace

std::string Fleet::State::IntentCode(const Service& service, const Replica& replica) const {
  switch (service.intent_of(replica)) {
    case IntentKind::kDrained:
      return "drained";
    case IntentKind::kEvicted:
      return "evicted";
    case IntentKind::kNone:
      break;
  }
  if (!pauses_.Over(service.name, replica.place).empty()) return "repairs-paused";
  return replica.spec.repair.mode == spec::RepairMode::kObserve ? "observe" : "none";
}

// The scope that the command names, which must be there; a pause of something that is gone by now
// can still be resumed.
Result<Pause> Fleet::State::PauseNamed(const OperatorCommand& command) {
  Pause pause{.scope = command.scope,
              .service = {},
              .replica = {},
              .is_withdrawn = command.verb == OperatorVerb::kResume,
              .actor = command.actor,
              .reason = command.reason,
              .at = now_};
  const std::string& name = command.replica;
  const std::vector<Pause> known = pauses_.all();
  const auto is_known = [&](const auto& fits) {
    return std::any_of(known.begin(), known.end(), [&](const Pause& other) {
      return other.scope == command.scope && fits(other);
    });
  };
  switch (command.scope) {
    case PauseScope::kHost:
      return pause;
    case PauseScope::kProject: {
      pause.service.project = name;
      const bool is_there =
          std::any_of(services_.begin(), services_.end(),
                      [&](const auto& entry) { return entry.first.project == name; }) ||
          is_known([&](const Pause& other) { return other.service.project == name; });
      if (!is_there) return NotFound("project", name, "`fairlead services` lists SERVICE.PROJECT");
      return pause;
    }
    case PauseScope::kService: {
      std::set<ServiceName> found;
      const auto consider = [&](const ServiceName& service) {
        if (service.Text() == name || service.service == name) found.insert(service);
      };
      for (const auto& [service, unused] : services_) consider(service);
      for (const Pause& other : known) {
        if (other.scope == PauseScope::kService) consider(other.service);
      }
      if (found.empty()) return NotFound("service", name, "`fairlead services` lists them");
      if (found.size() > 1) {
        return Fail(Code::kInvalidArgument,
                    fmt::format("find service {}: {} projects have one; write SERVICE.PROJECT",
                                Printable(name, 80), found.size()),
                    {.reason = reasons::kAmbiguousName, .subject = "name"});
      }
      pause.service = *found.begin();
      return pause;
    }
    case PauseScope::kReplica: {
      for (const Pause& other : known) {
        if (other.scope != PauseScope::kReplica || other.replica != name) continue;
        pause.service = other.service;
        pause.replica = name;
        return pause;
      }
      const Result<Found> found = Resolve(name);
      const bool is_service = std::any_of(services_.begin(), services_.end(), [&](const auto& one) {
        return one.first.Text() == name || one.first.service == name;
      });
      if (!found && found.error().code == Code::kNotFound && is_service)
        return NotFound("replica", name, "of a service: --service " + Printable(name, 80));
      if (!found) return std::unexpected(found.error());
      pause.service = found->service->name;
      pause.replica = found->replica->place;
      return pause;
    }
  }
  return pause;
}

void Fleet::State::PauseOrResume(const OperatorCommand& command) {
  const Result<Pause> pause = PauseNamed(command);
  if (!pause) {
    Answer(command.command, std::unexpected(pause.error()), nullptr, nullptr);
    return;
  }
  if (pause->is_withdrawn && !pauses_.Withdraw(*pause)) {
    const std::string scopes = ScopesOf(pauses_.all());
    Answer(command.command,
           Fail(Code::kFailedPrecondition,
                fmt::format("resume {}: repairs of it were not paused; paused are: {}",
                            pause->Text(), scopes.empty() ? "none" : scopes),
                {.reason = reasons::kNotPaused, .subject = pause->Text()}),
           nullptr, nullptr);
    return;
  }
  if (!pause->is_withdrawn && !pauses_.Set(*pause)) {
    Answer(command.command,
           Fail(Code::kResourceExhausted,
                fmt::format("pause {}: {} pauses are in force already; resume some of them",
                            pause->Text(), kPausesMax),
                {.reason = reasons::kTooManyPauses, .subject = pause->Text()}),
           nullptr, nullptr);
    return;
  }
  effects_.records.emplace_back(*pause);
  TouchPaused(*pause);
  NotePause(*pause);
  Answer(command.command, {}, nullptr, nullptr);
}

void Fleet::State::TouchPaused(const Pause& pause) {
  for (const auto& [name, service] : services_) {
    if (Covers(pause, name)) Touch(service);
  }
}

void Fleet::State::NotePause(const Pause& pause) {
  Note note;
  note.kind = NoteKind::kPauseChanged;
  if (pause.scope >= PauseScope::kService) note.service = pause.service;
  note.replica = pause.replica;
  note.code = pause.is_withdrawn ? "resumed" : "paused";
  const std::string why = pause.reason.empty() ? "" : ": " + Printable(pause.reason);
  note.text = fmt::format("repairs of {} are {} by {}{}", pause.Text(), note.code,
                          Printable(pause.actor), why);
  note.actor = pause.actor;
  note.cause = pause.reason;
  effects_.notes.push_back(std::move(note));
}

// "uid 0 paused repairs of project shop 5m ago: a rollout; to go on: fairlead resume --project
// shop"
std::string Fleet::State::WhyPaused(const ServiceName& service, const Replica& replica) const {
  std::string text;
  for (const Pause& pause : pauses_.Over(service, replica.place)) {
    const auto ago = std::chrono::floor<std::chrono::seconds>(now_ - pause.at);
    const std::string why = pause.reason.empty() ? "" : ": " + Printable(pause.reason);
    text += fmt::format("{}{} paused repairs of {} {} ago{}; to go on: {}",
                        text.empty() ? "" : "; ", Printable(pause.actor), pause.Text(),
                        FormatDuration(ago), why, ResumeCommand(pause));
  }
  return text;
}

}  // namespace fairlead::fleet

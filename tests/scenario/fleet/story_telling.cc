// How a FleetStory tells what came out of a step.
#include <fmt/format.h>

#include "base/text.h"
#include "fleet_story.h"

namespace fairlead::fleet::testing {
namespace {

std::string_view KindName(ActKind kind) {
  return kind == ActKind::kRestart ? "restart" : kind == ActKind::kStart ? "start" : "stop";
}

std::string_view StateName(ActState state) {
  switch (state) {
    case ActState::kPermitted:
      return "permitted";
    case ActState::kSucceeded:
      return "succeeded";
    case ActState::kFailed:
      return "failed";
    case ActState::kDropped:
      return "dropped";
  }
  return "";
}

std::string_view IntentName(IntentKind kind) {
  switch (kind) {
    case IntentKind::kNone:
      return "none";
    case IntentKind::kDrained:
      return "drained";
    case IntentKind::kEvicted:
      return "evicted";
  }
  return "";
}

}  // namespace

std::string FleetStory::KeyOf(const ContainerId& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? id.value : found->second;
}

// "api/1" in its first life, "api/1@2" in its second.
std::string FleetStory::Life(const Generation& generation) const {
  const std::string life = generation.started_at.substr(generation.started_at.find('-') + 1);
  return KeyOf(generation.id) + (life == "1" ? "" : "@" + life);
}

void FleetStory::Tell(const Effects& effects) {
  for (const ServiceViewPtr& view : effects.views) {
    revisions_[view->name.service] = view->revision;
    told_ += fmt::format("view {} r{}:", view->name.service, view->revision);
    for (const Endpoint& endpoint : view->endpoints) {
      told_ += " " + Life(endpoint.generation);
      if (endpoint.priority > 0) told_ += fmt::format("(priority {})", endpoint.priority);
      if (endpoint.is_panic) told_ += "(panic)";
      if (endpoint.host_network) told_ += "(host)";
    }
    if (view->endpoints.empty()) told_ += " none";
    told_ += "\n";
  }
  for (const ServiceName& name : effects.views_dropped)
    told_ += "view " + name.service + " dropped\n";
  for (const Record& record : effects.records) TellRecord(record);
  for (const CheckOrder& order : effects.checks) TellCheck(order);
  for (const ProcessOrder& order : effects.processes) TellProcess(order);
  for (const TrafficOrder& order : effects.traffic) TellTraffic(order);
  for (const CutCallers& cut : effects.cuts) {
    told_ += fmt::format("cut the callers of {} on port {}, unanswered for {}\n",
                         Life(cut.generation), cut.port, FormatDuration(cut.unanswered_for));
  }
  for (const ContainerId& id : effects.looks) told_ += fmt::format("look at {}\n", id.value);
  for (const Act& act : effects.acts) {
    acts_.push_back(act);
    told_ += fmt::format("act {}: {} {}, {} to answer\n", act.id.value, KindName(act.kind),
                         Life(act.generation), FormatDuration(act.call_deadline));
  }
  for (const Note& note : effects.notes) TellNote(note);
}

void FleetStory::TellRecord(const Record& record) {
  if (const auto* entry = std::get_if<LedgerEntry>(&record)) {
    told_ +=
        fmt::format("ledger {}: {} {} {} for {} ({}){}\n", entry->id.value, KindName(entry->kind),
                    entry->replica, StateName(entry->state), entry->actor, entry->cause,
                    entry->outcome.empty() ? "" : ": " + entry->outcome);
    return;
  }
  if (const auto* pause = std::get_if<Pause>(&record)) {
    told_ +=
        fmt::format("{} of {} by {}{}\n", pause->is_withdrawn ? "no more pause" : "pause",
                    pause->Text(), pause->actor, pause->reason.empty() ? "" : ": " + pause->reason);
    return;
  }
  if (const auto* life = std::get_if<StoppedLife>(&record)) {
    told_ += fmt::format("{} stop of {}\n", life->is_withdrawn ? "forgets the" : "remembers the",
                         Life(life->generation));
    return;
  }
  const auto& intent = std::get<Intent>(record);
  told_ += fmt::format("intent {}: {} by {}{}\n", intent.replica, IntentName(intent.kind),
                       intent.actor, intent.reason.empty() ? "" : ": " + intent.reason);
}

void FleetStory::TellCheck(const CheckOrder& order) {
  if (const auto* begin = std::get_if<BeginChecks>(&order)) {
    const std::string_view way = begin->target.is_published               ? ", published"
                                 : !begin->target.inside                  ? ""
                                 : begin->target.inside->obstacle.empty() ? ", from inside"
                                                                          : ", no way there";
    told_ += fmt::format("check {} at {}:{}{}\n", Life(begin->target.generation), begin->target.ip,
                         begin->target.port, way);
  } else if (const auto* end = std::get_if<EndChecks>(&order)) {
    told_ += fmt::format("no more checks of {}\n", Life(end->generation));
  } else {
    const auto& soon = std::get<CheckSoon>(order);
    told_ += fmt::format("check {} in {}\n", Life(soon.generation), FormatDuration(soon.after));
  }
}

void FleetStory::TellProcess(const ProcessOrder& order) {
  if (const auto* begin = std::get_if<BeginProcessWatch>(&order)) {
    told_ += fmt::format("watch process {} of {}\n", begin->pid, Life(begin->generation));
  } else {
    told_ +=
        fmt::format("no more watching of {}\n", Life(std::get<EndProcessWatch>(order).generation));
  }
}

void FleetStory::TellTraffic(const TrafficOrder& order) {
  if (const auto* begin = std::get_if<BeginTrafficWatch>(&order)) {
    told_ += fmt::format("count callers of {} on port {}\n", Life(begin->generation), begin->port);
  } else {
    told_ +=
        fmt::format("no more counting of {}\n", Life(std::get<EndTrafficWatch>(order).generation));
  }
}

void FleetStory::TellNote(const Note& note) {
  if (note.kind == NoteKind::kViewPublished) return;  // the view itself is told above
  if (note.kind == NoteKind::kCommandAnswered) {
    told_ += fmt::format("answer {}: {}\n", note.command,
                         note.answer ? "OK" : note.answer.error().Text());
    return;
  }
  told_ += fmt::format("- {} {}: {}\n", NoteKindName(note.kind), note.code, note.text);
}

void FleetStory::TellReport(const std::string& service) {
  const auto report = fleet().Report(NameOf(service));
  if (!report) {
    told_ += "no such service\n";
    return;
  }
  told_ += fmt::format(
      "{}: {} in rotation, at least {} by our acts, r{}, adopted {}\n", service,
      report->in_rotation, report->available_minimum, report->revision,
      report->adopted_revision ? "r" + std::to_string(*report->adopted_revision) : "never");
  for (const ReplicaReport& one : report->replicas) {
    told_ += fmt::format(
        "  {} {} {}: {}, {}, {}, intent {}, repair {}, {}, {} restarts{}\n", one.name,
        Life(one.generation), one.address.empty() ? "nowhere" : one.address, one.presence,
        one.readiness, one.liveness, one.intent, one.repair,
        !one.in_rotation ? "out(" + one.out_reason + ")"
        : one.is_standby ? "in(standby)"
                         : "in",
        one.restarts_in_window, one.last_cause.empty() ? "" : ", last " + one.last_cause);
    if (!one.departure.empty())
      told_ += fmt::format("    {}: {}\n", one.departure, one.departure_evidence);
  }
}

void FleetStory::TellExplanation(const std::string& name) {
  const Result<Explanation> explained = fleet().Explain(name);
  if (!explained) {
    told_ += explained.error().Text() + "\n";
    return;
  }
  const auto measures = [&](const std::vector<Measure>& all) {
    for (const Measure& one : all)
      told_ += fmt::format("  {}: {} [{}]\n", one.what, one.value, one.source);
  };
  if (explained->is_of_service) measures(explained->measures);
  for (const ReplicaExplanation& one : explained->replicas) {
    told_ += one.rotation + "\n";
    measures(one.measures);
    for (const RecentCheck& check : one.checks) {
      told_ += fmt::format("  check {} in {}, {} ago\n", spec::CheckClassName(check.check_class),
                           FormatDuration(check.latency), FormatDuration(now_ - check.at));
    }
    told_ += fmt::format("  next {}{}: {}{}\n", one.next.state,
                         one.next.act.empty() ? "" : ", " + one.next.act, one.next.text,
                         one.next.at ? ", in " + FormatDuration(*one.next.at - now_) : "");
    for (const WeighedHold& hold : one.holds) {
      told_ += fmt::format("  {} {}: {}{}{}\n", hold.holds ? "held by" : "not held by", hold.code,
                           hold.measured,
                           hold.until ? ", until in " + FormatDuration(*hold.until - now_) : "",
                           hold.advice.empty() ? "" : "; " + hold.advice);
    }
    for (const PastAct& act : one.acts) {
      told_ += fmt::format("  act {}: {} by {} because of {}, {}; {}; {}\n", act.entry.id.value,
                           KindName(act.entry.kind), act.entry.actor, act.entry.cause,
                           StateName(act.entry.state),
                           act.verified.empty() ? "not verified" : act.verified,
                           act.evidence.empty() ? "no checks known" : act.evidence);
    }
  }
}

void FleetStory::TellServices() {
  for (const ServiceName& name : fleet().services()) told_ += name.Text() + " is shown\n";
}

void FleetStory::TellDiagnostics() {
  for (const ContainerDiagnostics& one : fleet().Diagnostics()) {
    for (const spec::Diagnostic& diagnostic : one.diagnostics) {
      told_ += fmt::format("{}: {} {}\n", one.container_name, diagnostic.code, diagnostic.message);
    }
  }
}

}  // namespace fairlead::fleet::testing

#include "controller/controller.h"

#include <utility>
#include <variant>

#include "base/error_reasons.h"
#include "runtime/clock.h"

namespace fairlead::controller {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

bool ChangesDiagnostics(const fleet::Event& event) {
  return std::holds_alternative<fleet::ContainerObserved>(event) ||
         std::holds_alternative<fleet::ContainerGone>(event);
}

}  // namespace

Controller::Controller(runtime::IoThread& loop, Inbox& inbox, fleet::FleetOptions options,
                       fleet::Remembered remembered, Hands hands)
    : loop_(loop),
      inbox_(inbox),
      hands_(std::move(hands)),
      fleet_(std::move(options), std::move(remembered), runtime::Now()),
      timer_(loop.context()),
      reports_timer_(loop.context()) {
  ShowPauses();
  inbox_.SetConsumer([this] { loop_.Post([this] { Drain(); }); });
}

void Controller::Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done) {
  std::uint64_t id = 0;
  {
    runtime::MutexLock lock(commands_mutex_);
    if (commands_.size() < kCommandsPendingMax) {
      id = next_command_++;
      commands_[id] = std::move(done);
    }
  }
  if (id == 0) {
    done(Fail(Code::kResourceExhausted,
              "take operator command: too many are under way; try again later",
              {.reason = reasons::kTooManyCommands}));
    return;
  }
  command.command = id;
  if (inbox_.Post(std::move(command))) return;
  const auto refused = TakeCommand(id);
  refused(Fail(Code::kResourceExhausted,
               "take operator command: the daemon is overloaded; try again",
               {.reason = reasons::kTooManyCommands}));
}

template <class Answer>
void Controller::Ask(std::string_view what, std::function<Result<Answer>()> question,
                     std::function<void(Result<Answer>)> done) {
  if (explanations_.fetch_add(1) >= kExplanationsMax) {
    explanations_.fetch_sub(1);
    done(Fail(Code::kResourceExhausted, std::string(what) + ": too many ask at once; try again",
              {.reason = reasons::kTooManyQuestions}));
    return;
  }
  loop_.Post([this, question = std::move(question), done = std::move(done)] {
    Result<Answer> answer = question();
    explanations_.fetch_sub(1);
    done(std::move(answer));
  });
}

void Controller::Explain(std::string name, std::function<void(Result<fleet::Explanation>)> done) {
  Ask<fleet::Explanation>(
      "explain", [this, name = std::move(name)] { return fleet_.Explain(name); }, std::move(done));
}

void Controller::TryOut(fleet::OperatorCommand command,
                        std::function<void(Result<fleet::TrialRun>)> done) {
  Ask<fleet::TrialRun>(
      "try command", [this, command = std::move(command)] { return fleet_.TryOut(command); },
      std::move(done));
}

std::function<void(Result<>)> Controller::TakeCommand(std::uint64_t id) {
  runtime::MutexLock lock(commands_mutex_);
  auto pending = commands_.extract(id);
  return pending ? std::move(pending.mapped()) : nullptr;
}

void Controller::Drain() {
  bool diagnostics_changed = false;
  std::vector<Taken> taken;
  for (fleet::Event& event : inbox_.TakeAll()) {
    const TimePoint now = runtime::Now();
    diagnostics_changed |= ChangesDiagnostics(event);
    fleet::Effects effects = fleet_.Step(event, now);
    Publish(effects);
    taken.push_back({.event = std::move(event),
                     .effects = std::move(effects),
                     .at = now,
                     .phase = fleet_.phase()});
    if (taken.size() < kStepsAhead) continue;
    for (Taken& one : std::exchange(taken, {})) CarryOut(std::move(one));
  }
  for (Taken& one : taken) CarryOut(std::move(one));
  if (diagnostics_changed) hands_.board.SetDiagnostics(fleet_.Diagnostics());
  WriteCursor();
}

void Controller::Publish(fleet::Effects& effects) {
  if (effects.views.empty() && effects.views_dropped.empty()) return;
  hands_.publisher.Publish(std::move(effects.views), std::move(effects.views_dropped));
}

void Controller::CarryOut(Taken taken) {
  const TimePoint now = taken.at;
  fleet::Effects& effects = taken.effects;
  if (taken.phase != phase_) {
    phase_ = taken.phase;
    hands_.board.EditStatus([&](DaemonStatus& status) {
      status.phase = phase_;
      status.phase_since = now;
    });
  }
  if (phase_ == fleet::Phase::kServing && !is_gate_open_) {
    is_gate_open_ = true;
    hands_.publisher.OpenGate();
  }
  if (const Result<> written = Write(effects.records); !written)
    RememberUnrecorded(taken.event, effects.notes, written.error());
  Order(effects);
  MarkReports(effects.reports_changed);
  for (fleet::Note& note : effects.notes) Tell(std::move(note), now);
  ArmTimer(effects.wake_at);
}

void Controller::Order(fleet::Effects& effects) {
  for (const fleet::CheckOrder& order : effects.checks) {
    std::visit(
        Overloaded{[&](const fleet::BeginChecks& begin) { hands_.prober.Begin(begin.target); },
                   [&](const fleet::EndChecks& end) { hands_.prober.End(end.generation); },
                   [&](const fleet::CheckSoon& soon) {
                     hands_.prober.CheckSoon(soon.generation, soon.after);
                   }},
        order);
  }
  for (fleet::ProcessOrder& order : effects.processes) hands_.process(std::move(order));
  for (fleet::TrafficOrder& order : effects.traffic) hands_.traffic(std::move(order));
  for (fleet::CutCallers& cut : effects.cuts) hands_.cut(std::move(cut));
  for (const ContainerId& id : effects.looks) hands_.look(id);
  for (fleet::Act& act : effects.acts) {
    if (unrecorded_acts_.erase(act.id) == 0) {
      hands_.act(std::move(act));
    } else {
      inbox_.Post(fleet::ActionFinished{
          .act = act.id,
          .generation = act.generation,
          .outcome = Fail(Code::kFailedPrecondition, "carry out act: it could not be recorded",
                          {.reason = reasons::kNotRecorded})});
    }
  }
}

Result<> Controller::Write(const std::vector<fleet::Record>& records) {
  if (records.empty()) return {};
  Result<> written = hands_.store.Write(records);
  if (written) return written;
  for (const fleet::Record& record : records) {
    const auto* entry = std::get_if<fleet::LedgerEntry>(&record);
    if (entry != nullptr && entry->state == fleet::ActState::kPermitted)
      unrecorded_acts_.insert(entry->id);
  }
  fleet::Note note;
  note.kind = fleet::NoteKind::kDiagnostic;
  note.code = "store-not-writable";
  note.text = written.error().message + "; nothing is repaired until it can be recorded";
  hands_.tell(hands_.board.Record(std::move(note), runtime::ToWall(runtime::Now())));
  return written;
}

void Controller::WriteCursor() {
  const std::optional<store::EventCursor> cursor = inbox_.TakeCursor();
  if (!cursor) return;
  // Without it a restart takes more deaths for unseen ones; the acts' records tell of a full disk.
  [[maybe_unused]] const Result<> written = hands_.store.WriteCursor(*cursor);
}

void Controller::RememberUnrecorded(const fleet::Event& event,
                                    const std::vector<fleet::Note>& notes, const Error& error) {
  Error told = error;
  told.reason = reasons::kNotRecorded;
  if (const auto* command = std::get_if<fleet::OperatorCommand>(&event))
    unrecorded_commands_.insert_or_assign(command->command, told);
  for (const fleet::Note& note : notes) {
    if (note.kind == fleet::NoteKind::kCommandAnswered)
      unrecorded_commands_.insert_or_assign(note.command, told);
  }
}

void Controller::MarkReports(const std::vector<ServiceName>& changed) {
  if (changed.empty()) return;
  const bool is_armed = !reports_stale_.empty();
  reports_stale_.insert(changed.begin(), changed.end());
  if (is_armed) return;
  reports_timer_.expires_after(kReportsRefresh);
  reports_timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) RefreshReports();
  });
}

void Controller::RefreshReports() {
  for (const ServiceName& name : std::exchange(reports_stale_, {})) {
    std::optional<fleet::ServiceReport> report = fleet_.Report(name);
    hands_.board.SetService(
        name, report ? std::make_shared<const fleet::ServiceReport>(std::move(*report)) : nullptr);
  }
}

void Controller::Tell(fleet::Note note, TimePoint now) {
  if (note.kind == fleet::NoteKind::kPhaseChanged) {
    hands_.board.EditStatus([&](DaemonStatus& status) { status.phase_reason = note.text; });
  }
  if (note.kind == fleet::NoteKind::kBrakeChanged) {
    hands_.board.EditStatus([&](DaemonStatus& status) {
      if (status.brake.empty()) status.brake_since = now;
      status.brake = note.code == "off" ? "" : note.text;
    });
  }
  if (note.kind == fleet::NoteKind::kPauseChanged) ShowPauses();
  std::function<void(Result<>)> done;
  if (note.kind == fleet::NoteKind::kCommandAnswered) {
    const auto unrecorded = unrecorded_commands_.extract(note.command);
    if (unrecorded && note.answer) note.answer = std::unexpected(unrecorded.mapped());
    done = TakeCommand(note.command);
  }
  if (done) RefreshReports();
  const Result<> answer = note.answer;
  hands_.tell(hands_.board.Record(std::move(note), runtime::ToWall(now)));
  if (done) done(answer);
}

void Controller::ShowPauses() {
  hands_.board.EditStatus([&](DaemonStatus& status) { status.pauses = fleet_.pauses(); });
}

void Controller::ArmTimer(std::optional<TimePoint> wake_at) {
  if (!wake_at) return;
  timer_.expires_after(*wake_at - runtime::Now());
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) inbox_.Post(fleet::Tick{});
  });
}

}  // namespace fairlead::controller

#include "controller/status_board.h"

#include <optional>
#include <utility>

namespace fairlead::controller {

StatusBoard::StatusBoard(DaemonStatus first, Submitter submit, Explainer explain, Trier try_out)
    : submit_(std::move(submit)),
      explain_(std::move(explain)),
      try_out_(std::move(try_out)),
      status_(std::move(first)) {}

DaemonStatus StatusBoard::Status() const {
  runtime::MutexLock lock(mutex_);
  DaemonStatus status = status_;
  status.services = static_cast<int>(services_.size());
  status.replicas = 0;
  status.replicas_in_rotation = 0;
  for (const auto& [name, report] : services_) {
    status.replicas += static_cast<int>(report->replicas.size());
    status.replicas_in_rotation += report->in_rotation;
  }
  if (journal_ != nullptr) status.journal = journal_->Status();
  return status;
}

std::vector<std::shared_ptr<const fleet::ServiceReport>> StatusBoard::Services() const {
  runtime::MutexLock lock(mutex_);
  std::vector<std::shared_ptr<const fleet::ServiceReport>> reports;
  reports.reserve(services_.size());
  for (const auto& [name, report] : services_) reports.push_back(report);
  return reports;
}

std::vector<fleet::ContainerDiagnostics> StatusBoard::Diagnostics() const {
  runtime::MutexLock lock(mutex_);
  return diagnostics_;
}

void StatusBoard::Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done) {
  submit_(std::move(command), std::move(done));
}

void StatusBoard::Explain(std::string name, std::function<void(Result<fleet::Explanation>)> done) {
  explain_(std::move(name), std::move(done));
}

void StatusBoard::TryOut(fleet::OperatorCommand command,
                         std::function<void(Result<fleet::TrialRun>)> done) {
  try_out_(std::move(command), std::move(done));
}

std::vector<RecordedEvent> StatusBoard::EventsAfter(std::uint64_t after,
                                                    std::size_t count_max) const {
  if (journal_ != nullptr && !events_.Covers(after)) {
    std::vector<RecordedEvent> older = journal_->Between(after, events_.first_id(), count_max);
    if (!older.empty()) return older;
  }
  return events_.After(after, count_max);
}

std::uint64_t StatusBoard::EventsSince(runtime::WallTime since) const {
  // What is in memory alone is younger than what the journal has.
  std::optional<std::uint64_t> first;
  if (journal_ != nullptr) first = journal_->FirstSince(since);
  if (!first) first = events_.FirstSince(since);
  return first ? *first - 1 : events_.last_id();
}

void StatusBoard::KeepIn(store::Journal& journal) {
  journal_ = &journal;
  const store::JournalStart start = journal.Start();
  events_.GoOn(start.first_id, start.follows);
}

RecordedEvent StatusBoard::Record(fleet::Note note, runtime::WallTime at) {
  RecordedEvent event = events_.Append(std::move(note), at);
  if (journal_ != nullptr) journal_->Append(event);
  return event;
}

std::shared_ptr<void> StatusBoard::OnEvent(std::function<void()> wake) {
  return events_.OnAppend(std::move(wake));
}

void StatusBoard::SetService(const ServiceName& name,
                             std::shared_ptr<const fleet::ServiceReport> report) {
  bool is_new_list = true;
  {
    runtime::MutexLock lock(mutex_);
    const auto found = services_.find(name);
    if (found != services_.end() && report != nullptr)
      is_new_list = found->second->revision != report->revision;
    if (report == nullptr) {
      services_.erase(name);
    } else {
      services_[name] = std::move(report);
    }
  }
  if (is_new_list) events_.WakeFollowers();
}

void StatusBoard::SetDiagnostics(std::vector<fleet::ContainerDiagnostics> diagnostics) {
  runtime::MutexLock lock(mutex_);
  diagnostics_ = std::move(diagnostics);
}

void StatusBoard::EditStatus(const std::function<void(DaemonStatus&)>& edit) {
  runtime::MutexLock lock(mutex_);
  edit(status_);
}

}  // namespace fairlead::controller

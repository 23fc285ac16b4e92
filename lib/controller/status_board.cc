#include "controller/status_board.h"

#include <utility>

namespace fairlead::controller {

StatusBoard::StatusBoard(DaemonStatus first, Submitter submit)
    : submit_(std::move(submit)), status_(std::move(first)) {}

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

std::vector<RecordedEvent> StatusBoard::EventsAfter(std::uint64_t after,
                                                    std::size_t count_max) const {
  return events_.After(after, count_max);
}

std::shared_ptr<void> StatusBoard::OnEvent(std::function<void()> wake) {
  return events_.OnAppend(std::move(wake));
}

void StatusBoard::SetService(const ServiceName& name,
                             std::shared_ptr<const fleet::ServiceReport> report) {
  runtime::MutexLock lock(mutex_);
  if (report == nullptr) {
    services_.erase(name);
  } else {
    services_[name] = std::move(report);
  }
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

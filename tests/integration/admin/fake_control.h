// FakeControl: a daemon that holds state and answers commands as a test says. No mocks.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "controller/control.h"

namespace fairlead::testing {

class FakeControl final : public controller::Control {
 public:
  // --- what a test sets ---------------------------------------------------------------------
  controller::DaemonStatus status;
  std::vector<std::shared_ptr<const fleet::ServiceReport>> services;
  std::vector<fleet::ContainerDiagnostics> diagnostics;
  // Answers for replicas; one that is not listed is held until Release().
  std::map<std::string, Result<>> answers;
  std::size_t events_max = 10'000;

  void AddService(const std::string& project, const std::string& service, int replicas) {
    fleet::ServiceReport report;
    report.name = {.project = project, .service = service};
    report.port = 50051;
    report.revision = 7;
    report.in_rotation = replicas;
    report.available_minimum = replicas / 2;
    for (int n = 1; n <= replicas; ++n) {
      fleet::ReplicaReport replica;
      replica.name = report.name.Text() + "/" + std::to_string(n);
      replica.generation.id = ContainerId(std::string(64, static_cast<char>('a' + n % 6)));
      replica.container_name = project + "-" + service + "-" + std::to_string(n);
      replica.address = "172.31.0." + std::to_string(n) + ":50051";
      replica.presence = "running";
      replica.readiness = "ready";
      replica.liveness = "alive";
      replica.intent = "none";
      replica.repair = "idle";
      replica.in_rotation = true;
      replica.rotation_since = runtime::Now();
      report.replicas.push_back(replica);
    }
    services.push_back(std::make_shared<const fleet::ServiceReport>(std::move(report)));
    status.services += 1;
    status.replicas += replicas;
    status.replicas_in_rotation += replicas;
  }

  void Record(std::string code, runtime::WallTime at = runtime::ToWall(runtime::Now())) {
    std::vector<std::function<void()>> wakes;
    {
      const std::lock_guard lock(mutex_);
      controller::RecordedEvent event;
      event.follows = last_id_;
      last_id_ = std::max(last_id_ + 1, std::exchange(skipped_to_, 0));
      event.id = last_id_;
      event.at = at;
      event.note.kind = fleet::NoteKind::kRotationChanged;
      event.note.service = {.project = "shop", .service = "user-service"};
      event.note.replica = "user-service.shop/2";
      event.note.code = std::move(code);
      event.note.text = "because the test says so";
      events_.push_back(std::move(event));
      while (events_.size() > events_max) events_.pop_front();
      for (const auto& wake : wakes_) wakes.push_back(*wake);
    }
    for (const auto& wake : wakes) wake();
  }

  // Puts another report in a service's place and tells of it.
  void ReplaceService(std::size_t index, fleet::ServiceReport report) {
    {
      const std::lock_guard lock(mutex_);
      services.at(index) = std::make_shared<const fleet::ServiceReport>(std::move(report));
    }
    Record("view-published");
  }

  // Answers the commands that were held.
  void Release(Result<> answer) {
    std::vector<std::function<void(Result<>)>> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (const auto& done : held) done(answer);
  }

  std::vector<fleet::OperatorCommand> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }

  // --- what the admin plane sees ------------------------------------------------------------
  controller::DaemonStatus Status() const override {
    const std::lock_guard lock(mutex_);
    return status;
  }
  std::vector<std::shared_ptr<const fleet::ServiceReport>> Services() const override {
    const std::lock_guard lock(mutex_);
    return services;
  }
  std::vector<fleet::ContainerDiagnostics> Diagnostics() const override { return diagnostics; }

  void Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done) override {
    Result<> answer;
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(command);
      const auto found = answers.find(command.replica);
      if (found == answers.end()) {
        held_.push_back(std::move(done));
        return;
      }
      answer = found->second;
    }
    done(answer);
  }

  // Explains what `explanations` has.
  std::map<std::string, fleet::Explanation> explanations;
  void Explain(std::string name, std::function<void(Result<fleet::Explanation>)> done) override {
    const auto found = explanations.find(name);
    if (found == explanations.end()) {
      done(Fail(Code::kNotFound, "explain " + name + ": there is no such replica or service"));
    } else {
      done(found->second);
    }
  }

  // Tries what `trials` has.
  std::map<std::string, fleet::TrialRun> trials;
  void TryOut(fleet::OperatorCommand command,
              std::function<void(Result<fleet::TrialRun>)> done) override {
    const auto found = trials.find(command.replica);
    if (found == trials.end()) {
      done(Fail(Code::kFailedPrecondition, "try " + command.replica + ": min-available"));
    } else {
      done(found->second);
    }
  }

  std::vector<controller::RecordedEvent> EventsAfter(std::uint64_t after,
                                                     std::size_t count_max) const override {
    const std::lock_guard lock(mutex_);
    std::vector<controller::RecordedEvent> found;
    for (const auto& event : events_) {
      if (event.id > after && found.size() < count_max) found.push_back(event);
    }
    return found;
  }

  std::uint64_t EventsSince(runtime::WallTime since) const override {
    const std::lock_guard lock(mutex_);
    for (const auto& event : events_) {
      if (event.at >= since) return event.id - 1;
    }
    return last_id_;
  }

  // The next event has this id; those between were never given.
  void SkipTo(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    skipped_to_ = id;
  }

  std::shared_ptr<void> OnEvent(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    auto kept = std::make_shared<std::function<void()>>(std::move(wake));
    wakes_.push_back(kept);
    return std::shared_ptr<void>(kept.get(), [this, kept](void*) {
      const std::lock_guard relock(mutex_);
      wakes_.remove(kept);
    });
  }

  void SetPhase(fleet::Phase phase) {
    {
      const std::lock_guard lock(mutex_);
      status.phase = phase;
    }
    Record("phase");
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::uint64_t skipped_to_ = 0;
  std::deque<controller::RecordedEvent> events_;
  std::list<std::shared_ptr<std::function<void()>>> wakes_;
  std::vector<fleet::OperatorCommand> commands_;
  std::vector<std::function<void(Result<>)>> held_;
};

}  // namespace fairlead::testing

// StatusBoard: the controller's face to the admin plane: immutable snapshots, events, commands.
//
// Why: readers must never wait for the core or stop it. The controller replaces one service's
// report at a time; a reader takes shared pointers.
// Threads: the Control half from any thread, the Set half from the controller's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "controller/control.h"
#include "controller/event_log.h"
#include "runtime/mutex.h"

namespace fairlead::controller {

class StatusBoard : public Control {
 public:
  using Submitter = std::function<void(fleet::OperatorCommand, std::function<void(Result<>)>)>;

  using Explainer =
      std::function<void(std::string, std::function<void(Result<fleet::Explanation>)>)>;

  using Trier =
      std::function<void(fleet::OperatorCommand, std::function<void(Result<fleet::TrialRun>)>)>;

  // `submit` hands a command, `explain` and `try_out` a question to the controller; called on the
  // admin plane's threads.
  StatusBoard(DaemonStatus first, Submitter submit, Explainer explain, Trier try_out);

  DaemonStatus Status() const override;
  std::vector<std::shared_ptr<const fleet::ServiceReport>> Services() const override;
  std::vector<fleet::ContainerDiagnostics> Diagnostics() const override;
  void Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done) override;
  void Explain(std::string name, std::function<void(Result<fleet::Explanation>)> done) override;
  void TryOut(fleet::OperatorCommand command,
              std::function<void(Result<fleet::TrialRun>)> done) override;
  std::vector<RecordedEvent> EventsAfter(std::uint64_t after, std::size_t count_max) const override;
  std::uint64_t EventsSince(runtime::WallTime since) const override;
  std::shared_ptr<void> OnEvent(std::function<void()> wake) override;

  // Events go to `journal` from now on, and are read from it where memory does not reach. Before
  // anything is recorded or read; `journal` must outlive that.
  void KeepIn(store::Journal& journal);

  // Replaces or, with nullptr, removes one service's report.
  void SetService(const ServiceName& name, std::shared_ptr<const fleet::ServiceReport> report);
  void SetDiagnostics(std::vector<fleet::ContainerDiagnostics> diagnostics);
  // Changes the daemon's status in place; the counts of services and replicas are derived.
  void EditStatus(const std::function<void(DaemonStatus&)>& edit);
  RecordedEvent Record(fleet::Note note, runtime::WallTime at);

 private:
  const Submitter submit_;
  const Explainer explain_;
  const Trier try_out_;
  store::Journal* journal_ = nullptr;  // set before there are threads, or never
  EventLog events_;
  mutable runtime::Mutex mutex_;
  DaemonStatus status_ FAIRLEAD_GUARDED_BY(mutex_);
  std::map<ServiceName, std::shared_ptr<const fleet::ServiceReport>> services_
      FAIRLEAD_GUARDED_BY(mutex_);
  std::vector<fleet::ContainerDiagnostics> diagnostics_ FAIRLEAD_GUARDED_BY(mutex_);
};

}  // namespace fairlead::controller

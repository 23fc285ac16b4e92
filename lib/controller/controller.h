// Controller: owns the core. Takes facts from the mailbox, lets the core decide, carries it out.
//
// Why: one owner, one order. Whatever happens outside becomes a value in the mailbox; the core
// steps; its effects are carried out in the order that their contract demands: publish, record,
// act, tell.
// Threads: Submit and BeginStop from any thread; all else on the core loop.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/inbox.h"
#include "controller/status_board.h"
#include "fleet/fleet.h"
#include "health/prober.h"
#include "runtime/io_thread.h"
#include "store/store.h"
#include "xds/publisher.h"

namespace fairlead::controller {

// Operator commands waiting for their end; more are refused.
inline constexpr std::size_t kCommandsPendingMax = 256;

// Steps whose records, orders and notes may wait for the views of those after them: a burst of
// deaths fits in, and the first waits no longer than some milliseconds.
inline constexpr std::size_t kStepsAhead = 64;

inline constexpr Duration kReportsRefresh = std::chrono::milliseconds(50);

// What the controller acts through. All must outlive the loop's last handler.
struct Hands {
  health::Prober& prober;
  xds::Publisher& publisher;
  store::Store& store;
  StatusBoard& board;
  std::function<void(fleet::Act)> act;               // hands an act to the executor
  std::function<void(fleet::TrafficOrder)> traffic;  // hands an order to the traffic watch
  std::function<void(fleet::CutCallers)> cut;        // hands an order to the caller cutter
  std::function<void(fleet::ProcessOrder)> process;  // hands an order to the watch of processes
  std::function<void(const ContainerId&)> look;      // has the observer inspect a container
  std::function<void(const RecordedEvent&)> tell;    // writes one event to the log
};

class Controller {
 public:
  // Takes the inbox's mail from now on. `inbox` and what `hands` refers to must outlive the loop.
  Controller(runtime::IoThread& loop, Inbox& inbox, fleet::FleetOptions options,
             fleet::Remembered remembered, Hands hands);

  // `done` is called on the core loop, once.
  void Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done);
  // What the core says of a replica or a service; `done` is called on the core loop, once, or at
  // once with kResourceExhausted.
  void Explain(std::string name, std::function<void(Result<fleet::Explanation>)> done);
  // The same about what a command would do.
  void TryOut(fleet::OperatorCommand command, std::function<void(Result<fleet::TrialRun>)> done);
  // Sets the core's stop: no new acts from now on, views stay as they are.
  void BeginStop() { inbox_.Post(fleet::Stopping{}); }

 private:
  // Has `question` answered on the core loop, unless too many are open; `what` is asked for.
  template <class Answer>
  void Ask(std::string_view what, std::function<Result<Answer>()> question,
           std::function<void(Result<Answer>)> done);
  // Whom to answer; null when nobody waits (any more). Any thread.
  std::function<void(Result<>)> TakeCommand(std::uint64_t id);
  // A step that was taken and whose views are published; the rest of its effects waits.
  struct Taken {
    fleet::Event event;  // what the effects came of
    fleet::Effects effects;
    TimePoint at{};
    fleet::Phase phase = fleet::Phase::kConfigured;  // after it
  };
  // Takes what has come, publishing as it goes; only then writes, acts and tells, in the order of
  // the steps: callers learn of the last of twenty deaths before the first is on disk and in the
  // log.
  void Drain();
  void Publish(fleet::Effects& effects);
  void CarryOut(Taken taken);
  void Order(fleet::Effects& effects);
  // Writes the records; returns the error that keeps the acts they permit from being carried out.
  Result<> Write(const std::vector<fleet::Record>& records);
  // Writes up to where the engine's events were heard, if that is news.
  void WriteCursor();
  // What could not be recorded has not been done: the command that `event` is, and those that
  // `notes` answer, are answered with `error`, now or in a later step.
  void RememberUnrecorded(const fleet::Event& event, const std::vector<fleet::Note>& notes,
                          const Error& error);
  // Reports are rebuilt for readers at most every kReportsRefresh, and before a command is
  // answered: a health result changes them, and there are thousands of those each second.
  void MarkReports(const std::vector<ServiceName>& changed);
  void RefreshReports();
  void Tell(fleet::Note note, TimePoint now);
  // Tells readers which pauses are in force.
  void ShowPauses();
  void ArmTimer(std::optional<TimePoint> wake_at);

  runtime::IoThread& loop_;
  Inbox& inbox_;
  const Hands hands_;
  std::atomic<int> explanations_ = 0;  // asked for and not yet answered
  runtime::Mutex commands_mutex_;
  std::map<std::uint64_t, std::function<void(Result<>)>> commands_
      FAIRLEAD_GUARDED_BY(commands_mutex_);
  std::uint64_t next_command_ FAIRLEAD_GUARDED_BY(commands_mutex_) = 1;
  // Core loop only from here.
  fleet::Fleet fleet_;
  fleet::Phase phase_ = fleet::Phase::kConfigured;
  bool is_gate_open_ = false;
  std::set<fleet::ActId> unrecorded_acts_;              // their permission could not be written
  std::map<std::uint64_t, Error> unrecorded_commands_;  // not yet answered; what went wrong
  std::set<ServiceName> reports_stale_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer reports_timer_;
};

}  // namespace fairlead::controller

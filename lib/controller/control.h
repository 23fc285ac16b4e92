// Control: what the admin plane may see and ask of the running daemon.
//
// Why an interface: the admin service is tested without an engine, and sees immutable values only.
// Threads: all of it from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/inventory_status.h"
#include "fleet/effects.h"
#include "fleet/event.h"
#include "fleet/explanation.h"
#include "fleet/report.h"
#include "fleet/trial_run.h"
#include "runtime/clock.h"
#include "store/journal.h"

namespace fairlead::controller {

// What became of a webhook's events; totals since the daemon's start.
struct WebhookStatus {
  std::string url;  // without what may be secret in it
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;   // refused, or given up
  std::uint64_t dropped = 0;  // thrown away unsent
  std::uint64_t waiting = 0;  // now
  std::string trouble;        // why the last try failed; empty: it did not
};

// One file that another program reads; totals since the daemon's start.
struct FileSinkStatus {
  std::string output;
  std::uint64_t written = 0;  // put in its place, and its reader told
  std::uint64_t refused = 0;  // tries that failed: by the template, the check, the reader, the disk
  std::string changed;        // by the last that was written
  std::string trouble;        // why the file is not as it should be; empty: it is
};

struct DaemonStatus {
  fleet::Phase phase = fleet::Phase::kConfigured;
  std::string phase_reason;  // why it is stale or not yet serving
  TimePoint phase_since{};
  std::string brake;  // why nothing is repaired and no list shrinks; empty: it is off
  TimePoint brake_since{};
  TimePoint started_at{};
  std::string engine_endpoint;
  std::string engine_version;  // empty while never reached
  std::string engine_api_version;
  int services = 0;
  int replicas = 0;
  int replicas_in_rotation = 0;
  InventoryStatus inventory;
  // How the end of a process is noticed, the quickest first: "pidfd", "probe", "engine events".
  std::vector<std::string> death_signals;
  std::string death_signals_off;  // what is missing among them, why, and what to do; empty: nothing
  // Why callers that wait on a silent replica are not cut loose, and what to do; empty: they are.
  std::string cut_off;
  std::uint64_t callers_reset = 0;   // their connections, since the daemon's start
  std::vector<fleet::Pause> pauses;  // in force, the widest scopes first
  store::JournalStatus journal;
  std::vector<WebhookStatus> webhooks;
  std::vector<std::string> http_addresses;  // "127.0.0.1:18080", or "https://..."; none
  std::string http_token_path;              // what lets requests over HTTP act
  std::vector<FileSinkStatus> file_sinks;
};

using RecordedEvent = store::RecordedEvent;

// Questions to the core that wait for it: each costs it a look at one service.
inline constexpr int kExplanationsMax = 64;

class Control {
 public:
  virtual ~Control() = default;

  virtual DaemonStatus Status() const = 0;
  virtual std::vector<std::shared_ptr<const fleet::ServiceReport>> Services() const = 0;  // ordered
  virtual std::vector<fleet::ContainerDiagnostics> Diagnostics() const = 0;

  // Calls `done` once, from the controller's thread, when the command is refused, done or failed.
  // A restart or evict is done when the act has ended (and the replica is back, for a restart).
  virtual void Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done) = 0;

  // Calls `done` once, from the controller's thread, with what the core says of a replica or a
  // service (Fleet::Explain). At most kExplanationsMax at once, more are kResourceExhausted.
  virtual void Explain(std::string name, std::function<void(Result<fleet::Explanation>)> done) = 0;

  // Calls `done` likewise with what `command` would do (Fleet::TryOut); counts as an explanation.
  virtual void TryOut(fleet::OperatorCommand command,
                      std::function<void(Result<fleet::TrialRun>)> done) = 0;

  // Recorded events with id > `after`, oldest first, at most `count_max`: of this life of the
  // daemon and, as far as the journal reaches, of earlier ones.
  virtual std::vector<RecordedEvent> EventsAfter(std::uint64_t after,
                                                 std::size_t count_max) const = 0;
  // The id after which those of `since` and later begin. A clock that was set back may leave some
  // older ones among them.
  virtual std::uint64_t EventsSince(runtime::WallTime since) const = 0;
  // Calls `wake` after every append, and when a list of endpoints in Services() is new, until the
  // returned handle is destroyed.
  virtual std::shared_ptr<void> OnEvent(std::function<void()> wake) = 0;
};

}  // namespace fairlead::controller

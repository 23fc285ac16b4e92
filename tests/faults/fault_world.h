// FaultWorld: a host whose engine can be made to fail, and the daemon's engine half on top of it.
//
//   FakeEngine ◀─ FaultProxy ◀─ HttpEngine ◀─ Observer, Executor ─▶ Inbox ─▶ Controller, Fleet
//                                                    SqliteStore, scripted prober, recording
//                                                    publisher
//
// Why: rows of the fault table must run the code that ships against an engine that misbehaves, in
// one process and in milliseconds. Only what asks replicas and what tells callers is replaced;
// every list counts as adopted at once. Threads: a test's own. The engine and the proxy live on a
// thread of the world's, to be touched only inside Do(); the daemon has its threads. Everything
// public may be called by the test. Waiting: Until() polls with a deadline and says what was seen
// last. Nothing sleeps for a fixed time, and no time of the daemon is shortened but what its
// options offer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/observer.h"
#include "docker/limits.h"
#include "fleet/fleet.h"
#include "spec/check.h"
#include "support/fake_engine.h"
#include "support/fault_proxy.h"

namespace fairlead::test {

// The observer's times, a hundred times shorter; what guards against a busy machine stays long.
controller::ObserverOptions QuickObserver();
// Deadlines of calls that the fake answers in a millisecond.
docker::EngineLimits QuickLimits();

struct WorldOptions {
  std::uint64_t seed = 1;              // of all chance in the world and the daemon
  std::string shape = "docker-20.10";  // see EngineShape
  bool over_tcp = false;               // the daemon's way to the engine; only TCP can be reset
  std::string state_dir;               // "": a fresh one, removed at the end
  controller::ObserverOptions observer = QuickObserver();
  docker::EngineLimits limits = QuickLimits();
  fleet::FleetOptions core;
};

// What the daemon was told and what it did, in order. Replicas by number, so that rows read well.
struct Witness {
  std::vector<std::string> foreign_acts;  // "kill 2", "stop 2": taken for somebody else's
  std::vector<std::string> acts;          // "restart 2": what the core ordered
  std::vector<fleet::Act> orders;         // the same with their deadlines
  std::vector<std::string> rotations;     // each list of user-service as published: "1 2 3"
  std::vector<std::string> phases;        // "serving", "stale" ...
  std::vector<std::string> notes;         // "presence-changed 2 exited": all that the core told
  int syncs = 0;                          // full lists with every inspect that they asked for
};

class FaultWorld {
 public:
  explicit FaultWorld(WorldOptions options = {});
  ~FaultWorld();
  FaultWorld(const FaultWorld&) = delete;
  FaultWorld& operator=(const FaultWorld&) = delete;

  // A running replica "user-service.shop/<number>" with a drain timeout of 0 s; `more` goes over
  // its labels. Its container id.
  std::string AddReplica(int number, std::map<std::string, std::string> more = {});
  // The same in state "created", with its event, as the API makes one; its container has `name`.
  // From now on the number means this one: IdOf, Say.
  std::string CreateReplica(int number, const std::string& name,
                            std::map<std::string, std::string> more = {});
  std::string IdOf(int number) const { return ids_.at(number); }
  // What checks of this replica say from now on; "serving" before.
  void Say(int number, spec::CheckClass outcome);

  // Changes the world, on its thread, and waits until it is done.
  void Do(const std::function<void(FakeEngine&, FaultProxy&)>& change);
  // A figure of the world.
  template <class T>
  T Ask(const std::function<T(FakeEngine&, FaultProxy&)>& question) {
    T answer{};
    Do([&](FakeEngine& engine, FaultProxy& proxy) { answer = question(engine, proxy); });
    return answer;
  }

  void StartDaemon();
  // Ends it as a SIGTERM would; its store stays. StartDaemon() begins another life.
  void StopDaemon();
  // Starts it and waits until `rotation` is published: "1 2 3".
  void Serve(const std::string& rotation);

  // What callers are told: "1 3"; "-" before the first list.
  std::string Rotation() const;
  std::string Phase() const;  // "serving", "stale" ...
  std::uint64_t MissedEvents() const;
  // How far the engine is known, with the reason that people are shown.
  controller::InventoryStatus Inventory() const;
  // What people are shown of a replica; an empty one when there is none of that number.
  fleet::ReplicaReport Report(int number) const;
  Witness Seen() const;
  // The daemon stands still, as after a SIGSTOP, until `meanwhile` returns. kAllButReader leaves
  // the thread that reads the event stream at work.
  enum class Held { kAll, kAllButReader };
  void HoldStill(Held held, const std::function<void()>& meanwhile);
  void Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done);
  // The same for a replica by number, and its answer; kDeadlineExceeded after 30 s.
  Result<> Command(fleet::OperatorVerb verb, int number, bool force = false);
  // What the engine was asked to do with a replica: "stop", "restart", "start" ..., in order.
  std::vector<std::string> PostsAbout(int number);
  int TimesTold(const std::string& note) const;  // of Witness::notes, which hold it whole

  // Polls until it holds; false, and a failed test that says what was seen, after 30 s.
  bool Until(const std::string& what, const std::function<bool()>& holds) const;
  bool UntilRotation(const std::string& rotation) const;
  bool UntilPhase(const std::string& phase) const;
  // Waits for one more complete look at the engine than there was at the call.
  bool UntilSyncedAgain() const;
  // The same for the lists that come every now and then while all is well: two whole ones.
  bool UntilListedAgain();
  bool UntilTold(const std::string& note, int times = 1) const;

 private:
  struct World;
  struct Daemon;
  std::string NumberOf(const std::string& container) const;
  void Place(int number, const std::string& id, const std::string& ip);
  std::string LastSeen() const;

  const WorldOptions options_;
  std::string directory_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Daemon> daemon_;
  std::map<int, std::string> ids_;
  std::map<int, spec::CheckClass> says_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, int> numbers_;
  Witness witness_;
};

// Runs `story` with seeds 1 to `times`, ten times as many under FAIRLEAD_SOAK, and stops at the
// first that fails, whose seed it prints. FAIRLEAD_SEED=7 runs that one alone.
void Repeat(int times, const std::function<void(std::uint64_t seed)>& story);
// The same with ten stories side by side, for those that wait for the core's own seconds.
void RepeatSideBySide(int times, const std::function<void(std::uint64_t seed)>& story);

}  // namespace fairlead::test

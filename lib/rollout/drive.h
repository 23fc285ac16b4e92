// Drive: a rollout from its first look to its end, over a Site that sees and acts.
//
// Why apart from the plan: the plan says what is next; this carries it out, waits, and knows when
// patience is over. The Site is an interface so that tests can interrupt it after any act.
// Threads: the caller's; blocks in the Site.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rollout/plan.h"

namespace fairlead::rollout {

// The world of one service: its containers, Compose, and the daemon.
class Site {
 public:
  virtual ~Site() = default;
  // What is there now. Containers that vanish meanwhile are simply not in it.
  virtual Result<Sight> Look() = 0;
  // Has Compose make containers up to `total` without starting them; what is there stays as it is.
  virtual Result<> Make(int total) = 0;
  // The same, and starts all.
  virtual Result<> Start(int total) = 0;
  // Takes a replica out of rotation, waits for its callers, stops and removes it.
  // kFailedPrecondition or kAborted: not now, perhaps later. Nothing when somebody else removed it.
  virtual Result<> Retire(const Replica& replica) = 0;
  // Removes one that does not serve, running or not.
  virtual Result<> Discard(const Replica& replica) = 0;
  // Why it does not serve, in lines for people: last checks, last lines of its log.
  virtual std::string Evidence(const Replica& replica) = 0;
  virtual TimePoint Now() = 0;
  virtual void Wait(Duration duration) = 0;
  // A line of progress for people.
  virtual void Tell(const std::string& line) = 0;
};

struct Order {
  std::string service;          // "user-service.shop", for people
  int replicas = 1;             // in the end
  bool is_scale_typed = false;  // a person has said the number, and more than the file may run now
  int batch = 1;
  Duration patience{};  // for one new replica to serve, and for one old one to go
  bool is_dry_run = false;
};

struct Report {
  int replaced = 0;                  // old ones that were removed by this run
  int replicas = 0;                  // up to date, in the end
  std::vector<std::string> planned;  // dry run: the steps, in words
};

// Longest wait for callers to take a list before the next old replica goes all the same; its own
// drain waits again. As long as drain.timeout is by default.
inline constexpr Duration kAdoptionPatience = std::chrono::seconds(10);
// Between two looks. A look costs some 30 ms of the engine's and two processes' time.
inline constexpr Duration kLookInterval = std::chrono::milliseconds(200);

// kInvalidArgument: somebody scaled by hand, and has to say how many there shall be.
// kFailedPrecondition: a new replica did not serve in time (the message has the evidence), or an
// old one could not be spared. Other codes: Compose, the engine or the daemon failed. Whatever it
// was, it may be run again.
Result<Report> Drive(Site& site, const Order& order);

}  // namespace fairlead::rollout

// Next: the one thing that a rollout has to do now, from what containers there are.
//
// Why a function of the present alone: a rollout is interrupted by Ctrl-C, kill -9, a lost session,
// an engine that goes away. Nothing is remembered from one run to the next, so whoever runs it
// again goes on where it stood, and two runs that see the same do the same. Invariants, of any
// sequence of steps (tests/unit/rollout holds them under interruption anywhere):
//   - a replica that serves is retired only while more than the wanted number are there, or enough
//     new ones serve;
//   - no step is taken on an old replica while a new one does not serve;
//   - a new one that did not serve in time goes, and what is old stays.
// Threads: any; pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace fairlead::rollout {

// A container of the service, made by `docker compose up`.
struct Replica {
  std::string id;             // the engine's full id
  std::string name;           // "user-service.shop/2"
  int number = 0;             // Compose's, from 1; gaps are usual
  std::string revision;       // configuration hash and image id; equal = made of the same
  bool has_started = true;    // false: made and never run
  bool is_up = false;         // runs, is paused, or the engine is starting it again
  bool serves = false;        // callers are told about it, and not only because too few others are
  bool is_set_aside = false;  // a person (or a rollout before) drained or evicted it
};

struct Goal {
  std::string revision;  // what Compose makes now
  int replicas = 1;      // in the end, >= 1
  int batch = 1;         // how many new ones may stand beside them, >= 1
};

// What has been waited for long enough.
struct Patience {
  bool is_over_for_new = false;       // a new one that does not serve
  bool is_over_for_adoption = false;  // callers that do not take the list
};

// Have Compose run `total` containers; `count` of them are started by that.
struct StartNew {
  int total = 0;
  int count = 0;
  bool operator==(const StartNew&) const = default;
};
// New ones run and do not serve yet.
struct AwaitNew {
  std::vector<std::string> ids;
  bool operator==(const AwaitNew&) const = default;
};
// They serve, and not every caller has the list with them.
struct AwaitAdoption {
  bool operator==(const AwaitAdoption&) const = default;
};
// Drain, stop and remove one that may serve.
struct Retire {
  std::string id;
  bool operator==(const Retire&) const = default;
};
// Remove one that does not run.
struct Discard {
  std::string id;
  bool operator==(const Discard&) const = default;
};
// These new ones did not serve in time. They are removed if others are left to serve in their
// place.
struct GiveUp {
  std::vector<std::string> ids;
  bool removes = false;
  bool operator==(const GiveUp&) const = default;
};
struct Done {
  bool operator==(const Done&) const = default;
};

using Step = std::variant<StartNew, AwaitNew, AwaitAdoption, Retire, Discard, GiveUp, Done>;

// What is there now: the containers in any order, and whether every known caller has taken the
// list.
struct Sight {
  std::vector<Replica> replicas;
  bool is_adopted = true;
};

Step Next(const Sight& sight, const Goal& goal, const Patience& patience);

// All steps from here to Done, if each new one serves; without the waits. For --dry-run.
std::vector<Step> Preview(Sight sight, const Goal& goal);

// What stands against a rollout to `wanted` replicas that nobody has spelled out: more of one
// revision run than that, so somebody scaled by hand. 0: nothing; else how many run.
int ScaledByHand(const Sight& sight, int wanted);

}  // namespace fairlead::rollout

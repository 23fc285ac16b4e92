// Inventory: which containers exist, which of them must be looked at again, and what was missed.
//
// Why: events are hints. An event marks an id dirty and nothing else; an id is dirty once, however
// many events name it, so memory is bounded by containers and never by events. Questions are asked
// in the order in which they came up, one about one container at a time, and a container that is
// named all the time is asked about at a fixed rate, so that a storm about one costs the engine and
// the others nothing.
// Threads: none; pure bookkeeping of the observer, with time as an argument.
// Invariants: every question has a number, and an answer counts only against what was asked before
// it: the newer inspect beats the older list. The first sync waits for the containers that its list
// named or that were to be looked at when it came, and only for answers to questions asked after
// it: what turns dirty later holds nothing up. A question that came to nothing is asked once more
// before the sync goes on without it: a busy engine must not make a host look empty, and one
// container that cannot be inspected must not hold up the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "docker/engine.h"
#include "spec/container_facts.h"
#include "spec/names.h"

namespace fairlead::controller {

inline constexpr std::size_t kIdsTrackedMax = 20'000;  // far above what one engine runs
// A list does not show a restart. So each regular list has this share of the managed containers
// inspected in turn, and never fewer than kSweepLeast: all of them within ten lists (5 min), for
// 0.05 % of a core of the engine at 500.
inline constexpr std::size_t kSweepShare = 10;
inline constexpr std::size_t kSweepLeast = 8;
// Inspects that a container which has just failed one may take up at once: each may last its whole
// deadline, and the others' must go on.
inline constexpr std::size_t kDoubtfulInFlightMax = 2;

// How long after one look at a container the next may follow.
struct LookSpacing {
  // After what tells of another state (die, start, pause ...): such events cost the engine
  // milliseconds each, so this only stops a loop.
  Duration change = std::chrono::milliseconds(10);
  // After all else. A loop of renames makes 800 events a second; it may cost ten inspects.
  Duration hint = std::chrono::milliseconds(100);
  // After an inspect that failed; doubles with each further failure up to `failure_most`.
  Duration failure = std::chrono::seconds(1);
  Duration failure_most = std::chrono::seconds(30);
};

// What makes one life of one container in one place: a difference here is a change, and one that no
// event has named was missed.
struct Identity {
  EngineStatus status = EngineStatus::kCreated;
  std::string started_at;
  int restart_count = 0;
  std::int64_t pid = 0;
  std::vector<NetworkAddress> networks;
  static Identity Of(const ContainerFacts& facts);
  bool operator==(const Identity&) const = default;
};

class Inventory {
 public:
  enum class Urgency { kHint, kChange };
  // An inspect to be made now. `number` grows with each question.
  struct Look {
    ContainerId id;
    std::uint64_t number = 0;
  };

  explicit Inventory(LookSpacing spacing = {}) : spacing_(spacing) {}

  // An event named this container. Ids known to be none of our business are skipped. False when the
  // tracking limit is hit: only a full list can help now.
  bool Mark(const ContainerId& id, Urgency urgency, TimePoint now);
  // Marks everything we manage (a network changed).
  void MarkAllKnown(TimePoint now);

  // The next inspect, now in flight; nothing when none is due or `in_flight_max` are.
  std::optional<Look> Next(TimePoint now, std::size_t in_flight_max);
  // When time alone lets Next have one more; nothing when nobody waits for that.
  std::optional<TimePoint> NextDue(TimePoint now) const;

  enum class Outcome { kManaged, kNotOurs, kGone, kFailed, kUnanswered };
  // The inspect ended; it showed a container that asks to be managed, or not, or failed; or there
  // was no engine to answer it, which says nothing about the container: it is asked about again.
  void Done(const Look& look, Outcome outcome, TimePoint now, Identity identity = {});
  // Keeps track of a container that no list names, because it does not ask to be managed: from now
  // on its inspects count as managed, and each list has it inspected. Ends when it is gone.
  void Follow(const ContainerId& id, TimePoint now);
  bool is_followed(const ContainerId& id) const { return followed_.contains(id); }
  // The container is destroyed: nothing is remembered of it but that it must be looked at.
  void Forget(const ContainerId& id);

  // Call when a list is asked for, and hand the number to Reconcile with its answer.
  std::uint64_t BeginList() { return ++last_number_; }
  // A full list is in. Marks what is new or differs, and a share of the rest; returns the ids that
  // are gone. What was inspected after the list was asked for knows better than the list.
  // Differences that no event had announced, also those that such an inspect finds, count as missed
  // events, unless this is the first list of a session.
  std::vector<ContainerId> Reconcile(const std::vector<docker::ContainerSummary>& listed,
                                     std::uint64_t number, bool first, TimePoint now);

  // Everything that the first list of the session named has been answered since, or asked twice.
  bool is_complete() const { return awaited_.empty(); }
  std::size_t in_flight() const { return in_flight_; }
  bool is_idle() const { return due_.empty() && in_flight_ == 0; }
  std::uint64_t missed_events() const { return missed_events_; }
  // Containers whose last inspect failed: nobody knows what they are now.
  std::size_t undecided() const { return undecided_; }

 private:
  using Slot = std::tuple<TimePoint, std::uint64_t, ContainerId>;
  struct Entry {
    std::optional<Identity> identity;  // by the last inspect; none: not known to be ours
    std::optional<Slot> slot;          // when it is to be asked about
    bool is_in_flight = false;
    bool is_dirty_again = false;  // named while in flight: the answer may be older
    Urgency urgency_again = Urgency::kHint;
    bool is_told = false;     // an event has named it since the last look began
    bool is_counted = false;  // as missed, until the look that follows
    bool is_first = false;    // the coming answer belongs to a session's first list
    int failures = 0;
    TimePoint looked_at{};
    std::uint64_t looked_number = 0;  // of the last answer
    std::uint64_t flight_number = 0;  // of the question that is in flight
  };
  using Entries = std::map<ContainerId, Entry>;

  struct Awaited {
    std::uint64_t number = 0;    // an answer counts that was asked for after this
    bool is_asked_once = false;  // in vain
  };

  bool Plan(const ContainerId& id, Urgency urgency, TimePoint now);
  void TakeAwaited(const Look& look, bool is_answered);
  void Schedule(const ContainerId& id, Entry& entry, TimePoint due);
  void Unschedule(Entry& entry);
  void Erase(Entries::iterator entry);
  // Asks again about what was asked before the list: its answer may be older than the list.
  void AskAgainSince(std::uint64_t number);
  void Sweep(TimePoint now);
  void TakeIdentity(Entry& entry, Identity identity);
  void TakeFailure(const ContainerId& id, Entry& entry, TimePoint now);
  bool IsNamed(const Entry& entry) const { return entry.is_told || entry.is_dirty_again; }

  const LookSpacing spacing_;
  Entries entries_;
  std::set<Slot> due_;
  std::size_t in_flight_ = 0;
  std::size_t doubtful_in_flight_ = 0;
  std::size_t undecided_ = 0;
  ContainerId sweep_after_;                   // where the next sweep goes on
  std::map<ContainerId, Awaited> awaited_;    // by the first sync
  std::unordered_set<std::string> not_ours_;  // labels are fixed at creation
  std::set<ContainerId> followed_;            // kept track of without a label of ours
  std::uint64_t last_number_ = 0;
  std::uint64_t last_order_ = 0;
  std::uint64_t missed_events_ = 0;
};

}  // namespace fairlead::controller

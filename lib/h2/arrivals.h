// Arrivals: connections that were accepted and wait to be begun: peers take turns, and one that
// offends goes at a pace.
//
// Why: the kernel's queue is first come, first served, so whoever connects ten thousand times
// stands before everybody else; to take a connection out of it costs a fifth of beginning one. And
// whoever is cut off for what it does is back at once: without a pace it costs us thousands of
// connections a second, each as dear as an honest client's. Who shares an offender's address waits
// with it, in the order in which they came; what is open already is not touched.
// Threads: none; pure but for the sockets that it closes. Limits: ArrivalLimits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "h2/frame_meter.h"
#include "h2/limits.h"
#include "h2/peer.h"
#include "runtime/file_descriptor.h"

namespace fairlead::h2 {

struct Arrival {
  runtime::FileDescriptor socket;
  Peer peer;
};

class Arrivals {
 public:
  explicit Arrivals(const ArrivalLimits& limits) : limits_(limits) {}

  // Takes a connection that was accepted. False: it is closed, for offender_waiting_max.
  // REQUIRES: !is_full().
  bool Add(Arrival arrival, TimePoint now);
  // Whose turn it is; nothing: nobody's at this moment.
  std::optional<Arrival> Next(TimePoint now);
  // When Next() has one: a time that may have passed; nothing: nobody waits.
  std::optional<TimePoint> DueAt() const;
  // The peer was cut off for what it did. True: it is an offender.
  bool Offended(const Peer& peer, TimePoint now);

  bool is_full() const { return waiting_ >= limits_.waiting_max; }
  // How many had to wait because their peer is an offender.
  std::uint64_t paced() const { return paced_; }

 private:
  struct Record {
    explicit Record(const ArrivalLimits& limits)
        : offences(limits.offences_per_second_max, std::chrono::seconds(1)) {}
    std::list<Arrival> waiting;
    RateBudget offences;
    std::optional<TimePoint> calm_at;     // of one that has offended: when that is forgotten
    std::optional<TimePoint> slow_until;  // of an offender
    TimePoint next_begin_at{};
  };
  using Records = std::map<std::string, Record>;

  bool IsOffender(const Record& record, TimePoint now) const {
    return record.slow_until && now < *record.slow_until;
  }
  // Gives it its next turn in `ready`: it has one waiting.
  void Queue(Records::iterator place, TimePoint now, std::deque<Records::iterator>& ready);
  Records::iterator TakeReady();
  void ForgetCalm(TimePoint now);

  const ArrivalLimits limits_;
  Records records_;
  // In the order of their turns: those that had none waiting before, and after them the others; so
  // who comes seldom does not wait for as many as there are who come all the time.
  std::deque<Records::iterator> fresh_;
  std::deque<Records::iterator> ready_;
  int fresh_in_a_row_ = 0;
  std::multimap<TimePoint, Records::iterator> paced_until_;  // offenders that wait for time
  std::size_t waiting_ = 0;
  std::uint64_t paced_ = 0;
};

}  // namespace fairlead::h2

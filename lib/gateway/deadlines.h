// Deadlines: the ends of time of all calls behind one timer.
//
// Why: nearly every call ends long before its time, so a timer of its own would be set and taken
// back for nothing. This one wakes for the earliest that there was when it was set.
// Threads: one loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>

#include "base/time.h"

namespace fairlead::gateway {

class Deadlines {
 public:
  class Call {
   public:
    // Its time is over, and it has no place any more.
    virtual void OnDeadline() = 0;

   protected:
    ~Call() = default;
  };
  using Place = std::multimap<TimePoint, Call*>::iterator;

  explicit Deadlines(boost::asio::io_context& context) : timer_(context) {}

  // The call must live until Remove() or OnDeadline().
  Place Add(TimePoint when, Call& call);
  void Remove(Place place) { calls_.erase(place); }

 private:
  void Arm(TimePoint when);
  void Expire();

  std::multimap<TimePoint, Call*> calls_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> armed_for_;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fairlead::gateway

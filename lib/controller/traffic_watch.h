// TrafficWatch: tells the core how many client connections a draining replica still has.
//
// Why: a drain should end when the last caller is gone, not when a timer says so. A gRPC client
// that dropped an endpoint closes its connection when its last call on it ends.
// Threads: lives on the engine loop; Take from any thread. `count` is called on the loop and may
// block it for a millisecond.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>

#include "base/result.h"
#include "fleet/effects.h"
#include "fleet/event.h"

namespace fairlead::controller {

// Between two looks at one replica: short beside a restart, long beside the look itself.
inline constexpr Duration kTrafficPoll = std::chrono::milliseconds(100);

class TrafficWatch {
 public:
  // Counts the connections of others to the replica; an error means "cannot tell".
  using Count = std::function<Result<int>(const fleet::BeginTrafficWatch&)>;

  TrafficWatch(boost::asio::io_context& loop, Count count,
               std::function<void(fleet::TrafficObserved)> observed);

  void Take(fleet::TrafficOrder order);

 private:
  void Begin(fleet::BeginTrafficWatch target);
  void Look();

  boost::asio::io_context& loop_;
  const Count count_;
  const std::function<void(fleet::TrafficObserved)> observed_;
  std::map<Generation, fleet::BeginTrafficWatch> targets_;
  boost::asio::steady_timer timer_;
};

}  // namespace fairlead::controller

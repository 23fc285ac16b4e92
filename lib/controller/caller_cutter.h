// CallerCutter: has the callers of a silent replica cut loose, by several looks, and tells the core
// once what came of it.
//
// Why looks: a frozen server is seen at the first; whether one that hangs still answers somebody
// shows only in what it sends between two of them.
// Threads: lives on the engine loop; Take from any thread. A look is called on the loop and may
// block it for some milliseconds.
// Invariant: each order that was taken is answered exactly once, unless the loop ends before.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/result.h"
#include "fleet/effects.h"
#include "fleet/event.h"

namespace fairlead::controller {

// Between two looks at one replica: three make the moment in which an answer must show.
inline constexpr Duration kCutLookEvery = std::chrono::milliseconds(50);

// So often: whose callers still get answers after a second is not one that answers nobody.
inline constexpr int kCutLooksMax = 20;

// What one look did; the callers' connections are the sum.
struct CutCount {
  int reset = 0;
  int undecided = 0;  // another look will tell
  int left = 0;
};

class CallerCutter {
 public:
  // One look at what an order names; remembers what the looks before it saw.
  using Look = std::function<Result<CutCount>()>;
  using Begin = std::function<Look(const fleet::CutCallers&)>;
  using Done = std::function<void(fleet::CallersCut)>;

  CallerCutter(boost::asio::io_context& loop, Begin begin, Done done);

  void Take(fleet::CutCallers order);

 private:
  struct Job;
  void LookOnce(const std::shared_ptr<Job>& job);

  boost::asio::io_context& loop_;
  const Begin begin_;
  const Done done_;
};

}  // namespace fairlead::controller

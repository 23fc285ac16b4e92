// LoopWatch: asks each loop once a second how late it begins what it is given.
//
// Why: a loop that stands still makes lists late, and shows in nothing else.
// Threads: its own context's; `post` hands work to another loop, where the delay is told.
// Invariant: a loop that has not answered is not asked again; its delay is told when it does.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace fairlead::daemon {

class LoopWatch {
 public:
  struct Loop {
    std::string name;
    std::function<void(std::function<void()> work)> post;
  };
  using Told = std::function<void(const std::string& loop, Duration late)>;

  LoopWatch(boost::asio::io_context& context, std::vector<Loop> loops, Told told);
  void Start();

 private:
  void Ask();

  boost::asio::steady_timer timer_;
  const std::vector<Loop> loops_;
  const Told told_;
  // By loop; shared with work that may run after the watch.
  std::vector<std::shared_ptr<std::atomic<bool>>> is_asked_;
};

}  // namespace fairlead::daemon

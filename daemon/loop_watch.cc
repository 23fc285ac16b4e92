#include "loop_watch.h"

#include <utility>

#include "runtime/clock.h"

namespace fairlead::daemon {
namespace {

constexpr Duration kInterval = std::chrono::seconds(1);

}  // namespace

LoopWatch::LoopWatch(boost::asio::io_context& context, std::vector<Loop> loops, Told told)
    : timer_(context), loops_(std::move(loops)), told_(std::move(told)) {
  for (std::size_t i = 0; i < loops_.size(); ++i)
    is_asked_.push_back(std::make_shared<std::atomic<bool>>(false));
}

void LoopWatch::Start() {
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    Ask();
    Start();
  });
}

void LoopWatch::Ask() {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    const std::shared_ptr<std::atomic<bool>> is_asked = is_asked_.at(i);
    if (is_asked->exchange(true)) continue;
    loops_.at(i).post([is_asked, told = told_, name = loops_.at(i).name, asked = runtime::Now()] {
      told(name, runtime::Now() - asked);
      is_asked->store(false);
    });
  }
}

}  // namespace fairlead::daemon

#include "controller/traffic_watch.h"

#include <boost/asio/post.hpp>
#include <utility>
#include <variant>

namespace fairlead::controller {

TrafficWatch::TrafficWatch(boost::asio::io_context& loop, Count count,
                           std::function<void(fleet::TrafficObserved)> observed)
    : loop_(loop), count_(std::move(count)), observed_(std::move(observed)), timer_(loop) {}

void TrafficWatch::Take(fleet::TrafficOrder order) {
  boost::asio::post(loop_, [this, order = std::move(order)] {
    if (const auto* begin = std::get_if<fleet::BeginTrafficWatch>(&order)) Begin(*begin);
    if (const auto* end = std::get_if<fleet::EndTrafficWatch>(&order))
      targets_.erase(end->generation);
  });
}

void TrafficWatch::Begin(fleet::BeginTrafficWatch target) {
  const bool is_running = !targets_.empty();
  targets_[target.generation] = std::move(target);
  if (!is_running) Look();
}

void TrafficWatch::Look() {
  for (const auto& [generation, target] : targets_) {
    const Result<int> connections = count_(target);
    if (connections) observed_({.generation = generation, .client_connections = *connections});
  }
  if (targets_.empty()) return;
  timer_.expires_after(kTrafficPoll);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) Look();
  });
}

}  // namespace fairlead::controller

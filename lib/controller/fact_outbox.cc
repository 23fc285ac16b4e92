#include "controller/fact_outbox.h"

#include <utility>

namespace fairlead::controller {

FactOutbox::FactOutbox(boost::asio::io_context& loop, Duration retry,
                       std::function<bool(fleet::Event)> deliver)
    : retry_(retry), deliver_(std::move(deliver)), timer_(loop) {}

bool FactOutbox::Give(fleet::Event fact) {
  if (facts_.size() >= kUndeliveredMax) return false;
  facts_.push_back(std::move(fact));
  if (!is_retrying_) Deliver();
  return true;
}

void FactOutbox::Deliver() {
  is_retrying_ = false;
  for (; !facts_.empty(); facts_.pop_front()) {
    if (deliver_(facts_.front())) continue;
    is_retrying_ = true;
    timer_.expires_after(retry_);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code error) {
      if (!error && !alive.expired()) Deliver();
    });
    return;
  }
}

}  // namespace fairlead::controller

#include "runtime/deadline.h"

#include <algorithm>
#include <chrono>

namespace fairlead::runtime {
namespace {

using boost::system::error_code;

constexpr Duration kDeadlineMax = std::chrono::hours(48);

}  // namespace

Deadline::Deadline(Socket& socket, Duration after)
    : state_(std::make_shared<State>()), timer_(socket.get_executor()) {
  state_->socket = &socket;
  timer_.expires_after(std::min(after, kDeadlineMax));
  timer_.async_wait([state = state_](const error_code& error) {
    if (error || state->socket == nullptr) return;
    state->has_passed = true;
    error_code ignored;
    state->socket->close(ignored);
  });
}

Deadline::~Deadline() {
  state_->socket = nullptr;
}

}  // namespace fairlead::runtime

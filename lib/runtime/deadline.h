// Deadline: closes a socket when time is up, so that whatever waits on it ends.
//
// Why: a frozen peer accepts connections and never answers; every wait must end by itself.
// Asio of Boost 1.81 has no cancel_after.
// Threads: one; the socket's loop. The socket must outlive the Deadline.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/time.h"
#include "runtime/connection.h"

namespace fairlead::runtime {

class Deadline {
 public:
  // `after` is cut to two days, beyond which the timer's clock could overflow.
  Deadline(Socket& socket, Duration after);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // True once the socket was closed by this deadline and not by anything else.
  bool has_passed() const { return state_->has_passed; }

 private:
  // Shared with the timer's handler, which may run after the Deadline is gone.
  struct State {
    Socket* socket = nullptr;
    bool has_passed = false;
  };
  std::shared_ptr<State> state_;
  boost::asio::steady_timer timer_;
};

}  // namespace fairlead::runtime

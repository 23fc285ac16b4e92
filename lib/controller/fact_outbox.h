// FactOutbox: facts on their way to the core, in order, while the core's mailbox is full.
//
// Why: a person's stop that is lost would be taken for a crash, and a container that is gone is
// told once only. So what the core cannot take now waits here and is told again.
// Threads: the owner's loop.
// Invariant: holds at most kUndeliveredMax facts; the order of Give is the order of delivery.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include "base/time.h"
#include "fleet/event.h"

namespace fairlead::controller {

// Far more than one engine tells while a full mailbox is worked off; beyond it only a new list can
// help.
inline constexpr std::size_t kUndeliveredMax = 4'096;

class FactOutbox {
 public:
  // False from `deliver`: not now.
  FactOutbox(boost::asio::io_context& loop, Duration retry,
             std::function<bool(fleet::Event)> deliver);

  // False when nothing more can be kept: the fact is lost.
  bool Give(fleet::Event fact);

 private:
  void Deliver();

  const Duration retry_;
  const std::function<bool(fleet::Event)> deliver_;
  boost::asio::steady_timer timer_;
  std::deque<fleet::Event> facts_;
  bool is_retrying_ = false;
  // A timer's handler may be on its way already when this is destroyed.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::controller

// Turns: connections over TCP that were accepted and wait to be begun (h2/arrivals.h), mostly not
// at all: addresses take turns, and one that is cut off again and again goes at a pace.
//
// Threads: the server's loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "h2/arrivals.h"
#include "h2/limits.h"
#include "h2/peer.h"
#include "runtime/file_descriptor.h"

namespace fairlead::http {

class Turns {
 public:
  using Begin = std::function<void(runtime::FileDescriptor socket, const h2::Peer& peer)>;

  Turns(boost::asio::io_context& context, const h2::ArrivalLimits& limits, Begin begin);

  // False: it is closed, as more of its peer's wait than may: of an offender's, or, while half of
  // all places to wait in are taken, of anybody's. REQUIRES: !is_full().
  bool Add(runtime::FileDescriptor socket, h2::Peer peer);
  bool is_full() const { return arrivals_->is_full(); }
  // The peer was cut off for what it did, or turned away.
  void Offended(const h2::Peer& peer);
  // Closes all that wait.
  void Stop();

 private:
  void Schedule();
  void BeginSome();

  const h2::ArrivalLimits limits_;
  const Begin begin_;
  std::optional<h2::Arrivals> arrivals_;
  std::map<std::string, std::size_t> waiting_of_;  // by address
  std::size_t waiting_ = 0;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> set_for_;
  TimePoint not_before_{};
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::http

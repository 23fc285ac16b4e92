// EventSubscriber: one open event stream of a fake engine, with its queue and its bad luck.
//
// Why a queue: dockerd keeps at most 1,024 records for a reader that does not read, and then skips
// without a word; a fake that wrote at once would wait for the reader instead.
// Threads: the context's loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>

#include "base/rng.h"
#include "support/fake/fake_event.h"
#include "support/fake/http_text.h"

namespace fairlead::test {

inline constexpr std::size_t kEventsQueuedMax = 1024;

// What becomes of events on their way, in percent; by seed.
struct EventLuck {
  int lost = 0;
  int doubled = 0;
  int held = 0;  // told only after the next one
  std::chrono::nanoseconds delay{};
};

class EventSubscriber : public std::enable_shared_from_this<EventSubscriber> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  EventSubscriber(std::shared_ptr<Socket> socket, const HttpRequest& request, std::string separator,
                  std::uint64_t seed);

  // Begins to write; must be called once.
  void Run();

  bool Wants(const FakeEvent& event) const;
  // A record, which gets its chunk, its separator and its luck.
  void Tell(std::string record, const EventLuck& luck);
  void Write(std::string bytes);  // exactly these
  void End();                     // the proper end, after what is queued
  void Cut();                     // at once

  bool is_open() const { return is_open_; }
  int api() const { return api_; }
  std::size_t queued() const { return queue_.size(); }
  std::uint64_t skipped() const { return skipped_; }

 private:
  boost::asio::awaitable<void> Pump();
  boost::asio::awaitable<void> WatchForHangUp();

  std::shared_ptr<Socket> socket_;
  boost::asio::steady_timer wake_;
  const int api_;
  const std::string separator_;
  std::set<std::string> types_;    // empty: all
  std::set<std::string> actions_;  // empty: all
  std::deque<std::string> queue_;
  std::string held_;
  std::chrono::nanoseconds delay_{};
  Rng rng_;
  bool is_open_ = true;
  bool is_ending_ = false;
  std::uint64_t skipped_ = 0;
};

}  // namespace fairlead::test

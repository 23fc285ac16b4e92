#include "docker/kept_connections.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <utility>
#include <vector>

namespace fairlead::docker {
namespace {

using TimerTime = asio::steady_timer::time_point;

// Nothing to read and not at its end: as a connection is between two questions.
bool IsQuiet(Connection& connection) {
  char byte = 0;
  const ssize_t bytes =
      ::recv(connection.socket.native_handle(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  return bytes < 0 && errno == EAGAIN;
}

}  // namespace

struct KeptConnections::Idle {
  struct Entry {
    std::unique_ptr<Connection> connection;
    TimerTime until;
  };

  Idle(asio::io_context& context, std::shared_ptr<bool> rush_is_over)
      : timer(context), is_over(std::move(rush_is_over)) {}

  // Runs until none is left; whoever is taken or kept meanwhile costs the timer nothing.
  static void Watch(std::shared_ptr<Idle> self) {
    self->timer.expires_at(self->entries.front().until);
    self->timer.async_wait([self](const boost::system::error_code& error) {
      if (error) return;
      const TimerTime now = asio::steady_timer::clock_type::now();
      const bool is_idle = std::ranges::any_of(
          self->entries, [&](const Entry& entry) { return entry.until <= now; });
      if (is_idle) *self->is_over = true;
      if (is_idle) self->entries.clear();
      if (!self->entries.empty()) Watch(self);
    });
  }

  asio::steady_timer timer;
  const std::shared_ptr<bool> is_over;
  std::vector<Entry> entries;  // in the order in which they were kept
};

KeptConnections::KeptConnections(asio::io_context& context, std::size_t most, Duration idle_max)
    : context_(context), most_(most), idle_max_(idle_max) {}

KeptConnections::~KeptConnections() {
  Drop();
}

std::size_t KeptConnections::idle() const {
  const auto idle = idle_.lock();
  return idle ? idle->entries.size() : 0;
}

std::unique_ptr<Connection> KeptConnections::Take() {
  const auto idle = idle_.lock();
  while (idle && !idle->entries.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle->entries.back().connection);
    idle->entries.pop_back();
    if (IsQuiet(*connection)) return connection;
  }
  return nullptr;
}

void KeptConnections::Put(std::unique_ptr<Connection> connection, std::uint64_t age) {
  if (age != age_ || *is_over_ || idle() >= most_) return;
  auto idle = idle_.lock();
  const bool is_watched = idle != nullptr;
  if (!is_watched) {
    idle = std::make_shared<Idle>(context_, is_over_);
    idle_ = idle;
  }
  idle->entries.push_back({.connection = std::move(connection),
                           .until = asio::steady_timer::clock_type::now() + idle_max_});
  if (!is_watched) Idle::Watch(std::move(idle));
}

void KeptConnections::Drop() {
  ++age_;
  if (const auto idle = idle_.lock()) idle->entries.clear();
  idle_.reset();
  is_over_ = std::make_shared<bool>(false);
}

}  // namespace fairlead::docker

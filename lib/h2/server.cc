#include "h2/server.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/rng.h"
#include "h2/connection_age.h"
#include "h2/listener.h"
#include "h2/room.h"
#include "h2/server_connection.h"
#include "h2/server_loop.h"
#include "h2/transport.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

namespace {

// Time limits are coarse on purpose: one timer per server, none per connection or stream. A sweep
// is at most a quarter of the shortest limit late, and comes at most once and at least 100 times
// a second.
Duration SweepInterval(const ServerLimits& limits) {
  Duration shortest = std::min({limits.handshake_timeout, limits.write_stall_timeout,
                                limits.ping_interval, limits.ping_timeout});
  if (limits.idle_time_max > Duration::zero()) shortest = std::min(shortest, limits.idle_time_max);
  if (limits.connection_age_max > Duration::zero()) {
    shortest = std::min({shortest, limits.connection_age_max, limits.connection_age_grace});
  }
  return std::clamp<Duration>(shortest / 4, std::chrono::milliseconds(10), std::chrono::seconds(1));
}

// Whoever takes most places has more than one in so many.
constexpr std::size_t kLookedAtForRoom = 64;

}  // namespace

class Server::Impl {
 public:
  Impl(runtime::EventLoop& event_loop, const ServerLimits& limits, Router& router,
       std::function<void(const Peer&)> offended)
      : offended_(std::move(offended)),
        loop_(
            event_loop, limits, router, [this](ServerConnection& connection) { Reap(connection); },
            [this](const Peer& peer) { return Offended(peer); }),
        interval_(SweepInterval(limits)),
        timer_(event_loop, [this] { Sweep(); }),
        chance_(static_cast<std::uint64_t>(runtime::Now().time_since_epoch().count())) {
    WaitForSweep();
  }

  Result<> ListenUnix(const std::string& path, unsigned mode) {
    return Keep(Listener::Unix(loop_.poller, path, mode, loop_.limits.arrivals,
                               Acceptor(MakePlainTransport)));
  }

  Result<std::uint16_t> ListenTcp(const std::string& ip, std::uint16_t port,
                                  TransportMaker transports) {
    if (!transports) transports = MakePlainTransport;
    Result<> kept =
        Keep(Listener::Tcp(loop_.poller, ip, port, loop_.limits.arrivals, Acceptor(transports)));
    if (!kept) return std::unexpected(kept.error());
    return listeners_.back()->port();
  }

  void Adopt(int descriptor, Peer peer, std::span<const std::byte> read) {
    Accept(descriptor, std::move(peer), [read](int connected) {
      return MakeBegunTransport(connected, Bytes(read.begin(), read.end()));
    });
  }

  void Drain() {
    listeners_.clear();
    for (const std::unique_ptr<ServerConnection>& connection : connections_) connection->GoAway();
  }

  ServerCounters counters() const {
    ServerCounters counters = loop_.counters;
    for (const std::unique_ptr<Listener>& listener : listeners_) {
      counters.accepts_held_back += listener->held_back();
      counters.connections_paced += listener->paced();
    }
    return counters;
  }

 private:
  Listener::Told Acceptor(TransportMaker transports) {
    return {.accepted = [this, transports = std::move(transports)](
                            int descriptor,
                            Peer peer) { Accept(descriptor, std::move(peer), transports); },
            .refused = [this](const Peer&) { ++loop_.counters.connections_refused; }};
  }

  bool Offended(const Peer& peer) {
    if (offended_) offended_(peer);
    bool is_offender = false;
    for (const std::unique_ptr<Listener>& listener : listeners_)
      is_offender = listener->Offended(peer) || is_offender;
    return is_offender;
  }

  Result<> Keep(Result<std::unique_ptr<Listener>> listener) {
    if (!listener) return std::unexpected(listener.error());
    listeners_.push_back(std::move(*listener));
    return {};
  }

  void Accept(int descriptor, Peer peer, const TransportMaker& transports) {
    peer.connection = ++loop_.counters.connections_accepted;
    std::size_t& of_peer = connections_of_[KeyOf(peer)];
    if (of_peer >= loop_.limits.connections_per_peer_max ||
        (connections_.size() >= loop_.limits.connections_max && !MakeRoom(peer, of_peer))) {
      if (of_peer == 0) connections_of_.erase(KeyOf(peer));
      ++loop_.counters.connections_refused;
      close(descriptor);
      Offended(peer);
      return;
    }
    ++of_peer;
    auto connection = std::make_unique<ServerConnection>(loop_, transports(descriptor),
                                                         std::move(peer), AgesAt());
    ServerConnection& started = *connection;
    started.slot = connections_.size();
    connections_.push_back(std::move(connection));
    ++loop_.counters.connections_open;
    if (!started.Start()) {
      ++loop_.counters.connections_refused;
      Reap(started);
    }
  }

  // Ends a connection without a call for one of `newcomer`, which has so many. It is gone at the
  // end of the turn.
  bool MakeRoom(const Peer& newcomer, std::size_t its_others) {
    const TimePoint now = runtime::Now();
    std::size_t looked_at = 0;
    for (std::size_t i = 0; i < connections_.size() && looked_at < kLookedAtForRoom; ++i) {
      next_look_ = (next_look_ + 1) % connections_.size();
      ServerConnection& one = *connections_[next_look_];
      if (one.is_dead()) continue;  // of this turn's, as a rule
      ++looked_at;
      const std::optional<Duration> idle = one.IdleTime(now);
      if (!idle) continue;
      const std::string key = KeyOf(one.peer());
      const std::size_t others = its_others - (key == KeyOf(newcomer) ? 1 : 0);
      if (!MakesRoom(connections_of_.at(key), others, *idle, loop_.limits.idle_enough)) continue;
      ++loop_.counters.connections_refused;
      one.Dismiss();
      return true;
    }
    return false;
  }

  std::optional<TimePoint> AgesAt() {
    const Duration most = loop_.limits.connection_age_max;
    if (most <= Duration::zero()) return std::nullopt;
    return runtime::Now() + AgeOf(most, chance_);
  }

  void Reap(ServerConnection& connection) {
    const auto of_peer = connections_of_.find(KeyOf(connection.peer()));
    if (--of_peer->second == 0) connections_of_.erase(of_peer);
    --loop_.counters.connections_open;
    const std::size_t slot = connection.slot;
    std::swap(connections_[slot], connections_.back());
    connections_[slot]->slot = slot;
    connections_.pop_back();
  }

  void WaitForSweep() { timer_.Set(runtime::Now() + interval_); }

  void Sweep() {
    const TimePoint now = runtime::Now();
    for (const std::unique_ptr<Listener>& listener : listeners_) listener->Resume();
    std::uint32_t may_age = loop_.limits.connections_aged_per_sweep_max;
    for (const std::unique_ptr<ServerConnection>& connection : connections_) {
      connection->Sweep(now);
      if (may_age > 0 && connection->AgeOut(now)) --may_age;
    }
    WaitForSweep();
  }

  const std::function<void(const Peer&)> offended_;
  ServerLoop loop_;
  std::vector<std::unique_ptr<ServerConnection>> connections_;
  std::map<std::string, std::size_t> connections_of_;
  std::size_t next_look_ = 0;  // by MakeRoom(), last
  std::vector<std::unique_ptr<Listener>> listeners_;
  const Duration interval_;
  runtime::LoopTimer timer_;
  Rng chance_;  // of ages
};

Server::Server(runtime::EventLoop& event_loop, ServerLimits limits, Router& router,
               std::function<void(const Peer&)> offended)
    : impl_(std::make_unique<Impl>(event_loop, limits, router, std::move(offended))) {}
Server::~Server() = default;

Result<> Server::ListenUnix(const std::string& path, unsigned mode) {
  return impl_->ListenUnix(path, mode);
}
Result<std::uint16_t> Server::ListenTcp(const std::string& ip, std::uint16_t port,
                                        TransportMaker transports) {
  return impl_->ListenTcp(ip, port, std::move(transports));
}
void Server::Adopt(int descriptor, Peer peer, std::span<const std::byte> read) {
  impl_->Adopt(descriptor, std::move(peer), read);
}
void Server::Drain() {
  impl_->Drain();
}
ServerCounters Server::counters() const {
  return impl_->counters();
}

}  // namespace fairlead::h2

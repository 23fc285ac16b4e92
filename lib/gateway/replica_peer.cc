#include "gateway/replica_peer.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/backoff.h"
#include "runtime/clock.h"

namespace fairlead::gateway {
namespace {

// A replica in rotation answers checks, so a failed connect is soon mended or soon out of the list.
constexpr DoublingBackoff kReconnect = {.first = std::chrono::milliseconds(100),
                                        .most = std::chrono::seconds(1)};
// Until the replica has said its SETTINGS, TLS's handshake included.
constexpr Duration kConnectTimeMax = std::chrono::seconds(1);

std::uint64_t SeedOf(const Address& address) {
  const auto now = static_cast<std::uint64_t>(runtime::Now().time_since_epoch().count());
  return now ^ std::hash<std::string>{}(address.ip) ^ address.port;
}

}  // namespace

ReplicaPeer::ReplicaPeer(boost::asio::io_context& context, Address address,
                         h2::TransportMaker transports, TlsTold told)
    : context_(context),
      address_(std::move(address)),
      transports_(std::move(transports)),
      tls_told_(std::move(told)),
      timer_(context),
      rng_(SeedOf(address_)) {}

void ReplicaPeer::Connect() {
  is_ready_ = false;
  // Of this connection only: one that was given up has nothing to say any more.
  const auto told = [this](void (ReplicaPeer::*act)(), const auto& holder) {
    return [weak = weak_from_this(), holder, act] {
      const auto self = weak.lock();
      if (self && self->link_ && self->link_ == holder->lock()) ((*self).*act)();
    };
  };
  const auto holder = std::make_shared<std::weak_ptr<ReplicaLink>>();
  link_ = std::make_shared<ReplicaLink>(
      context_, ReplicaLink::Told{.ready = told(&ReplicaPeer::OnReady, holder),
                                  .room = told(&ReplicaPeer::TellWatchers, holder),
                                  .over = told(&ReplicaPeer::OnOver, holder)});
  *holder = link_;
  timer_.expires_after(kConnectTimeMax);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (error) return;
    if (const auto self = weak.lock(); self && !self->is_ready_) self->OnOver();
  });
  link_->Connect(address_, transports_);
}

std::shared_ptr<ReplicaLink> ReplicaPeer::LinkWithRoom() const {
  return link_ && link_->CanOpen() ? link_ : nullptr;
}

void ReplicaPeer::OnReady() {
  timer_.cancel();
  is_ready_ = true;
  ready_at_ = runtime::Now();
  has_failed_ = false;
  failures_ = 0;
  NoteTls("");
  TellWatchers();
}

void ReplicaPeer::OnOver() {
  // Not let go from within what it is doing.
  const std::shared_ptr<ReplicaLink> former = std::exchange(link_, nullptr);
  if (!is_ready_) {
    has_failed_ = true;
    NoteTls(former ? former->tls_trouble() : "");
    ConnectAfter(kReconnect.first + kReconnect.Jittered(failures_++, rng_));
  } else if (runtime::Now() - ready_at_ < kReconnect.first) {
    ConnectAfter(kReconnect.first);  // else who sends everybody away would be asked without end
  } else {
    Connect();
  }
  TellWatchers();
}

void ReplicaPeer::ConnectAfter(Duration pause) {
  timer_.expires_after(pause);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (error) return;
    if (const auto self = weak.lock()) self->Connect();
  });
}

// What fails in another way since then is no trouble of TLS's, and does not show that it is over.
void ReplicaPeer::NoteTls(const std::string& trouble) {
  tls_trouble_ = trouble;
  const bool is_over = is_ready_ && !told_tls_trouble_.empty();
  if (trouble.empty() && !is_over) return;
  const TlsNews news{.trouble = trouble, .is_new = trouble != told_tls_trouble_};
  told_tls_trouble_ = trouble;
  if (tls_told_) tls_told_(address_, news);
}

void ReplicaPeer::TellWatchers() {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
  const std::vector<std::weak_ptr<Watcher>> watchers = watchers_;
  for (const std::weak_ptr<Watcher>& watcher : watchers) {
    if (const auto told = watcher.lock()) told->OnPeerChange();
  }
}

}  // namespace fairlead::gateway

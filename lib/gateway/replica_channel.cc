#include "gateway/replica_channel.h"

#include <cstdint>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::gateway {

ReplicaPool::ReplicaPool(boost::asio::io_context& context, Options options)
    : context_(context),
      options_(std::move(options)),
      deadlines_(context),
      rng_(static_cast<std::uint64_t>(runtime::Now().time_since_epoch().count())) {}

std::shared_ptr<ReplicaChannel> ReplicaPool::Open(const ServiceName& name,
                                                  const spec::RetrySpec& retry,
                                                  const std::vector<Address>& addresses) {
  std::erase_if(peers_, [](const auto& peer) { return peer.second.expired(); });
  std::vector<std::shared_ptr<ReplicaPeer>> peers;
  for (const Address& address : addresses) {
    std::weak_ptr<ReplicaPeer>& known = peers_[address];
    std::shared_ptr<ReplicaPeer> peer = known.lock();
    if (!peer) {
      peer = MakePeer(address);
      known = peer;
      peer->Connect();
    }
    peers.push_back(std::move(peer));
  }
  const auto channel =
      std::make_shared<ReplicaChannel>(shared_from_this(), name.Text(), retry, peers);
  for (const std::shared_ptr<ReplicaPeer>& peer : peers) peer->Watch(channel);
  return channel;
}

std::shared_ptr<ReplicaPeer> ReplicaPool::MakePeer(const Address& address) {
  h2::TransportMaker transports;
  if (address.tls) transports = options_.tls_transports(*address.tls);
  return std::make_shared<ReplicaPeer>(context_, address, std::move(transports), options_.tls_told);
}

void ReplicaPool::TellLimitHit(std::string_view limit) const {
  if (options_.limit_hit) options_.limit_hit(limit);
}

ReplicaChannel::ReplicaChannel(std::shared_ptr<ReplicaPool> pool, std::string authority,
                               const spec::RetrySpec& retry,
                               std::vector<std::shared_ptr<ReplicaPeer>> peers)
    : pool_(std::move(pool)),
      authority_(std::move(authority)),
      retry_(retry),
      peers_(std::move(peers)) {}

ReplicaChannel::Picked ReplicaChannel::Pick() {
  Picked picked;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    const std::size_t at = (next_ + i) % peers_.size();
    picked.may_come = picked.may_come || !peers_[at]->has_failed();
    picked.link = peers_[at]->LinkWithRoom();
    if (!picked.link) continue;
    next_ = at + 1;
    break;
  }
  return picked;
}

std::string ReplicaChannel::tls_trouble() const {
  for (const std::shared_ptr<ReplicaPeer>& peer : peers_) {
    if (!peer->tls_trouble().empty()) return peer->tls_trouble();
  }
  return "";
}

bool ReplicaChannel::Wait(std::weak_ptr<Waiter> waiter) {
  if (waiting_.size() >= pool_->options().waiting_max)
    std::erase_if(waiting_, [](const auto& one) { return one.expired(); });
  if (waiting_.size() >= pool_->options().waiting_max) {
    pool_->TellLimitHit("replica-queue");
    return false;
  }
  waiting_.push_back(std::move(waiter));
  return true;
}

// Whoever finds nothing waits again, behind those before it.
void ReplicaChannel::OnPeerChange() {
  const std::vector<std::weak_ptr<Waiter>> waiting = std::exchange(waiting_, {});
  for (const std::weak_ptr<Waiter>& waiter : waiting) {
    if (const auto call = waiter.lock()) call->OnChange();
  }
}

}  // namespace fairlead::gateway

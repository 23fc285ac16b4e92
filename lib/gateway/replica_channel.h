// ReplicaChannel: the replicas of one service that a call may go to, with the rules that its labels
// ask for; and ReplicaPool, what all channels share.
//
// How: each call goes to the next replica that is connected and has room, as gRPC's round robin
// does. While none is, calls wait if one may yet be, and fail if all have failed. A new channel for
// a changed list has the connections of the former one.
// Threads: the gateway's loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "gateway/deadlines.h"
#include "gateway/replica_link.h"
#include "gateway/replica_peer.h"
#include "gateway/service_now.h"
#include "h2/transport.h"
#include "spec/names.h"
#include "spec/service_spec.h"

namespace fairlead::gateway {

class ReplicaChannel;

class ReplicaPool final : public std::enable_shared_from_this<ReplicaPool> {
 public:
  struct Options {
    std::size_t waiting_max = 0;        // of one channel
    std::size_t message_bytes_max = 0;  // of an answer's message
    std::function<void(std::string_view limit)> limit_hit = {};
    // Of connections to a replica that speaks TLS; empty: there are none such.
    std::function<h2::TransportMaker(const ReplicaTls& tls)> tls_transports = {};
    ReplicaPeer::TlsTold tls_told = {};
  };
  // `context` outlives it, and each channel and call.
  ReplicaPool(boost::asio::io_context& context, Options options);

  // Begins to connect to those that are not connected.
  std::shared_ptr<ReplicaChannel> Open(const ServiceName& name, const spec::RetrySpec& retry,
                                       const std::vector<Address>& addresses);

  boost::asio::io_context& context() const { return context_; }
  const Options& options() const { return options_; }
  Deadlines& deadlines() { return deadlines_; }
  Rng& rng() { return rng_; }
  void TellLimitHit(std::string_view limit) const;

 private:
  std::shared_ptr<ReplicaPeer> MakePeer(const Address& address);

  boost::asio::io_context& context_;
  const Options options_;
  Deadlines deadlines_;
  Rng rng_;  // of retries' pauses
  std::map<Address, std::weak_ptr<ReplicaPeer>> peers_;
};

class ReplicaChannel final : public ReplicaPeer::Watcher {
 public:
  // A call that waits for a connection.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    // It is to pick again.
    virtual void OnChange() = 0;
  };
  struct Picked {
    std::shared_ptr<ReplicaLink> link;  // null: none has room
    bool may_come = false;              // not all replicas have failed
  };

  ReplicaChannel(std::shared_ptr<ReplicaPool> pool, std::string authority,
                 const spec::RetrySpec& retry, std::vector<std::shared_ptr<ReplicaPeer>> peers);

  Picked Pick();
  // False: too many wait ("replica-queue").
  bool Wait(std::weak_ptr<Waiter> waiter);
  // Why a replica could not be connected, where that was TLS; empty: of none.
  std::string tls_trouble() const;

  ReplicaPool& pool() const { return *pool_; }
  const std::string& authority() const { return authority_; }
  const spec::RetrySpec& retry() const { return retry_; }

 private:
  void OnPeerChange() override;

  const std::shared_ptr<ReplicaPool> pool_;
  const std::string authority_;
  const spec::RetrySpec retry_;
  const std::vector<std::shared_ptr<ReplicaPeer>> peers_;
  std::size_t next_ = 0;
  std::vector<std::weak_ptr<Waiter>> waiting_;  // first come first
};

}  // namespace fairlead::gateway

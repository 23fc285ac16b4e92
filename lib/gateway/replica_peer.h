// ReplicaPeer: one replica's address, and the connection to it that new calls go to.
//
// How: it connects at once and for as long as somebody holds it, with a back-off while that fails.
// A connection that its server ends (GOAWAY) or that breaks is followed by another at once; the
// calls that are still on the old one hold it.
// Threads: the gateway's loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "gateway/replica_link.h"
#include "gateway/service_now.h"

namespace fairlead::gateway {

class ReplicaPeer final : public std::enable_shared_from_this<ReplicaPeer> {
 public:
  // Who has calls for it.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    // There may be a connection now, or room on it, or none any more.
    virtual void OnPeerChange() = 0;
  };

  ReplicaPeer(boost::asio::io_context& context, Address address);

  // Once, after the constructor.
  void Connect();
  void Watch(std::weak_ptr<Watcher> watcher) { watchers_.push_back(std::move(watcher)); }

  // Where a call can be opened right now; or null.
  std::shared_ptr<ReplicaLink> LinkWithRoom() const;
  // It could not be connected at the last try, and could not since.
  bool has_failed() const { return has_failed_; }

 private:
  void OnReady();
  void OnOver();
  void ConnectAfter(Duration pause);
  void TellWatchers();

  boost::asio::io_context& context_;
  const Address address_;
  std::shared_ptr<ReplicaLink> link_;  // null: between two tries
  bool is_ready_ = false;
  TimePoint ready_at_{};
  bool has_failed_ = false;
  int failures_ = 0;
  boost::asio::steady_timer timer_;  // of a try, and between two
  Rng rng_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace fairlead::gateway

// ReplicaPeer: one replica's address, and the connection to it that new calls go to.
//
// How: it connects at once and for as long as somebody holds it, with a back-off while that fails.
// A connection that its server ends (GOAWAY) or that breaks is followed by another at once; the
// calls that are still on the old one hold it. Over TLS each connection is made with the files as
// they are then, so a pair or an authority that was replaced is followed without a call's end.
// Threads: the gateway's loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "gateway/replica_link.h"
#include "gateway/service_now.h"
#include "h2/transport.h"

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

  // A connection came to nothing because of TLS, each time; or one came about after that.
  struct TlsNews {
    std::string trouble;  // why; empty: it came about
    bool is_new = true;   // not what was told before
  };
  using TlsTold = std::function<void(const Address& address, const TlsNews& news)>;

  // `transports` are as the address asks for; empty: plaintext.
  ReplicaPeer(boost::asio::io_context& context, Address address, h2::TransportMaker transports,
              TlsTold told);

  // Once, after the constructor.
  void Connect();
  void Watch(std::weak_ptr<Watcher> watcher) { watchers_.push_back(std::move(watcher)); }

  // Where a call can be opened right now; or null.
  std::shared_ptr<ReplicaLink> LinkWithRoom() const;
  // It could not be connected at the last try, and could not since.
  bool has_failed() const { return has_failed_; }
  // Why it could not, where that was TLS; else empty.
  const std::string& tls_trouble() const { return tls_trouble_; }

 private:
  void OnReady();
  void OnOver();
  void ConnectAfter(Duration pause);
  void TellWatchers();
  void NoteTls(const std::string& trouble);

  boost::asio::io_context& context_;
  const Address address_;
  const h2::TransportMaker transports_;
  const TlsTold tls_told_;
  std::shared_ptr<ReplicaLink> link_;  // null: between two tries
  bool is_ready_ = false;
  TimePoint ready_at_{};
  bool has_failed_ = false;
  std::string tls_trouble_;
  std::string told_tls_trouble_;  // and not its end
  int failures_ = 0;
  boost::asio::steady_timer timer_;  // of a try, and between two
  Rng rng_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace fairlead::gateway

// GatewayPlane: the listener on which services that ask for it are answered for, over gRPC and over
// HTTP and JSON.
//
// Threads: Start, Stop and the destructor from main; views from whoever publishes; connections are
// accepted, HTTP/1.1 spoken and the gateway asked on one loop of the plane's own, HTTP/2 spoken on
// another, TLS on a third thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/config.h"
#include "filesink/adoption_join.h"
#include "gateway/gateway.h"
#include "gateway/h2_front.h"
#include "http/server.h"
#include "http_listener.h"
#include "metrics/meter.h"
#include "replica_calls.h"
#include "runtime/io_thread.h"
#include "runtime/loop_thread.h"
#include "runtime/mutex.h"
#include "telemetry/log.h"
#include "tls/live_profile.h"
#include "tls/profile.h"
#include "xds/publisher.h"
#include "xds/transport_security.h"

namespace fairlead::daemon {

class GatewayPlane {
 public:
  // What its TCP addresses speak TLS with, and whom to tell of it.
  struct Tls {
    tls::Profile profile;
    tls::LiveProfile::Tell profile_news;
    // As HttpListener::Tls says.
    front::PeerNews peer_news;
  };

  // Of replicas that are called over TLS: what they are shown, who may have signed what they show,
  // and whom to expect.
  struct Trust {
    std::vector<tls::Profile> profiles;  // as checks have them
    xds::TlsExpectations expectations;
  };

  // All but `trust` outlive the plane. `config` says whether there is a gateway at all.
  GatewayPlane(const config::GatewayConfig& config, const Trust& trust, xds::AdoptionSink& adoption,
               metrics::Meter& meter, telemetry::Logger& log);
  ~GatewayPlane();  // as Stop with no time to spare

  // Discovery's word on adoption; a list is adopted when the gateway has done with it, too.
  xds::AdoptionSink& adoption() { return join_; }
  // Where views go: through the gateway, where there is one, and on to discovery.
  xds::Publisher& PassOnTo(xds::Publisher& discovery);
  // Listens wherever the config says, which may be nowhere; or says why not.
  Result<> Start(std::optional<Tls> tls);
  // Takes no more requests, and lets answers under way end for at most `patience`. Views still go
  // on to discovery. Idempotent.
  void Stop(Duration patience);

 private:
  // Hands views on, whether there is a gateway or not.
  class Passage final : public xds::Publisher {
   public:
    Passage(filesink::AdoptionJoin& join, xds::TlsExpectations expectations)
        : join_(join), expectations_(std::move(expectations)) {}
    void PassOnTo(xds::Publisher& next) { next_ = &next; }
    // Null: past it. It may end once this has returned.
    void LeadThrough(gateway::Gateway* gateway);
    void Publish(std::vector<fleet::ServiceViewPtr> changed,
                 std::vector<ServiceName> dropped) override;
    void OpenGate() override { next_->OpenGate(); }

   private:
    filesink::AdoptionJoin& join_;
    const xds::TlsExpectations expectations_;
    xds::Publisher* next_ = nullptr;
    runtime::Mutex mutex_;
    gateway::Gateway* gateway_ FAIRLEAD_GUARDED_BY(mutex_) = nullptr;
  };

  // The HTTP/2 of the listener: the connections that begin so.
  struct Http2;

  static HttpListener::Tls ListenerTls(Tls tls);
  void MakeHttp2();
  // Whoever begins with HTTP/2 on the listener.
  void TakeHttp2(int descriptor, const http::Peer& peer, std::string read);
  gateway::Gateway::Options GatewayOptions();
  void TellTls(const std::string& replica, const gateway::ReplicaPeer::TlsNews& news);
  http::Told Told();
  gateway::H2Front::Told FrontTold();
  void StopHttp2(Duration patience);
  void TellConnections();

  const config::GatewayConfig config_;
  const ReplicaTransports transports_;  // the loop's
  metrics::Meter& meter_;
  telemetry::Logger& log_;
  filesink::AdoptionJoin join_;
  Passage passage_;
  runtime::IoThread loop_{"fl-gateway"};
  std::optional<runtime::LoopThread> http2_loop_;  // where there is a gateway
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<Http2> http2_;
  std::unique_ptr<HttpListener> listener_;
  // Of each protocol.
  std::atomic<std::size_t> http1_connections_ = 0;
  std::atomic<std::size_t> http2_connections_ = 0;
  bool is_stopped_ = false;
};

}  // namespace fairlead::daemon

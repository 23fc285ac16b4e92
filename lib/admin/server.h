// AdminServer: the admin API of the daemon on its listeners: Admin, reflection and health.
//
// Health (grpc.health.v1): "" and "fairlead.admin.v1.Admin" are SERVING while the API answers;
// "fairlead.ready" is SERVING while the daemon's phase is serving.
// Peers: all come by a front::Front, which reads what they send before gRPC does. On unix sockets
// each process passes the PeerGate, and records name its user; on loopback TCP there is no such
// check (see listen_address.h). With `tls` TCP is by TLS, and records name who the caller's
// certificate says it is. What each may `access` says
// (AccessGuard); reflection and health tell everybody. Limits: requests of 1 MiB, 8 KiB of
// metadata, 32 calls per connection, 64 MiB for the whole server, 64 commands and 64 event streams
// at once. Threads: Start and Stop from one thread; calls are served on gRPC's own threads.
#pragma once

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/policy.h"
#include "admin/access_guard.h"
#include "admin/bootstrap_source.h"
#include "admin/call_meter.h"
#include "admin/client_messages.h"
#include "admin/diagnoser.h"
#include "admin/load_source.h"
#include "admin/peer_gate.h"
#include "admin/settings_source.h"
#include "base/result.h"
#include "base/time.h"
#include "controller/control.h"
#include "front/front.h"
#include "telemetry/log.h"
#include "tls/live_profile.h"

namespace fairlead::admin {

class AdminServer {
 public:
  struct Tls {
    tls::Profile profile;
    tls::LiveProfile::Tell tell = {};  // what its files come to; on the front's thread
  };
  struct Options {
    std::vector<std::string> listen;  // as ParseListenAddress reads them; at least one
    std::string version;              // of the daemon, shown by GetStatus
    BootstrapSource bootstrap;
    ClientSource clients = {};
    Diagnoser diagnoser = {};
    SettingsSource settings = {};
    LoadSource loads = {};
    PeerGate::Rules peers = {};
    PeerGate::Sources peer_sources = {};
    access::Policy access = access::DefaultPolicy(0);  // who may what
    AccessRefused access_refused = {};  // a call was; on gRPC's threads; may be empty
    CallEnded call_ended = {};          // on gRPC's threads; may be empty
    std::optional<Tls> tls = {};        // of the TCP addresses
    front::PeerNews peer_news = {};
  };

  // `control` and `log` must outlive the server.
  AdminServer(Options options, controller::Control& control, telemetry::Logger& log);
  ~AdminServer();  // as Stop with no time to spare
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Listens on every address or on none. kInvalidArgument: a bad address; kFailedPrecondition: an
  // address in use or not permitted.
  Result<> Start();

  // Who may what from now on, for calls that begin after this. From any thread, but not beside
  // Start or Stop.
  void SetAccess(access::Policy policy);

  // Where it listens, in the order of the options, with the real port where 0 was asked for.
  // Empty before Start.
  std::vector<std::string> addresses() const;

  // A way in for other faces of this API inside the process. What it says of who asks (PeerBook) is
  // believed. Between Start and Stop; calls on it after that fail.
  std::shared_ptr<grpc::Channel> InProcessChannel() const;

  // Ends event streams at once, lets other calls end for at most `patience`, then cuts them; acts
  // under way go on. Idempotent.
  void Stop(Duration patience);

 private:
  class Running;
  const Options options_;
  controller::Control& control_;
  telemetry::Logger& log_;
  std::unique_ptr<Running> running_;
};

}  // namespace fairlead::admin

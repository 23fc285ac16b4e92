#include "admin/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <chrono>
#include <mutex>
#include <utility>

#include "admin/access_guard.h"
#include "admin/event_feed.h"
#include "admin/listen_address.h"
#include "admin/peer_book.h"
#include "admin/service.h"
#include "admin/unix_acceptor.h"
#include "runtime/peer_groups.h"
#include "tlsfront/front.h"

namespace fairlead::admin {
namespace {

constexpr int kRequestBytesMax = 1 << 20;
constexpr int kMetadataBytesMax = 8 << 10;
constexpr int kCallsPerConnectionMax = 128;
constexpr std::size_t kServerBytesMax = 64U << 20;
// A peer that vanished without a word is found within keepalive interval + timeout.
constexpr int kKeepaliveMilliseconds = 60'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;
// Clients may ping as often as this; gRPC's own default of 5 min ends patient watchers.
constexpr int kPingIntervalMinMilliseconds = 10'000;

constexpr const char* kReadyService = "fairlead.ready";

// Nobody comes in without a certificate.
bool AsksWho(const std::optional<AdminServer::Tls>& tls) {
  return tls && tls->profile.client_auth == tls::ClientAuth::kRequire;
}

// gRPC keeps plugins in a process-wide list that must be filled once.
void RegisterPluginsOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kRequestBytesMax);
  grpc::ResourceQuota quota("admin");
  quota.Resize(kServerBytesMax);
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMilliseconds);
  // A second daemon must fail to listen, not share the port.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Figures of gRPC 1.51 measured: both cost CPU per call and serve nothing here.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
}

}  // namespace

// What exists between Start and Stop. Ends in reverse: streams, server, service, feed.
class AdminServer::Running {
 public:
  Running(const Options& options, controller::Control& control, telemetry::Logger& log)
      : gate_(options.peers, options.peer_sources),
        log_(log),
        guard_(options.access, peers_, options.access_refused),
        feed_(std::make_shared<EventFeed>(control, [this, &control] { ShowReadiness(control); })),
        service_(control, feed_, options.bootstrap, options.clients, options.version, guard_,
                 options.diagnoser, options.settings, options.loads),
        call_ended_(options.call_ended),
        tls_(options.tls) {}
  ~Running() { Stop(Duration::zero()); }

  Result<> Listen(const std::vector<ListenAddress>& wanted) {
    RegisterPluginsOnce();
    grpc::ServerBuilder builder;
    SetLimits(builder);
    builder.RegisterService(&service_);
    if (call_ended_) {
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> meters;
      meters.push_back(MakeCallMeter(call_ended_));
      builder.experimental().SetInterceptorCreators(std::move(meters));
    }
    std::vector<int> ports(wanted.size(), 0);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].is_unix) {
        if (Result<> bound = acceptor_.Listen(wanted[i].path); !bound) return bound;
      } else if (!tls_) {
        builder.AddListeningPort(wanted[i].grpc, grpc::InsecureServerCredentials(), &ports[i]);
      }
    }
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (server == nullptr) {
      std::string refused;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (!tls_ && !wanted[i].is_unix && ports[i] <= 0) refused += " " + wanted[i].grpc;
      }
      return Fail(Code::kFailedPrecondition,
                  "listen for the admin API on" + refused + ": in use or not permitted");
    }
    if (Result<> fronted = ListenByTls(wanted, *server, ports); !fronted) {
      front_.reset();  // before the server that it would hand over to
      return fronted;
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) addresses_.push_back(Real(wanted[i], ports[i]));
    server->GetHealthCheckService()->SetServingStatus(v1::Admin::service_full_name(), true);
    grpc::Server& serving = *server;
    {
      const std::lock_guard lock(mutex_);
      server_ = std::move(server);
    }
    return StartAccepting(serving);
  }

  void SetAccess(access::Policy policy) { guard_.SetPolicy(std::move(policy)); }

  void Stop(Duration patience) {
    feed_->Stop();
    acceptor_.Stop();
    if (front_) front_->StopListening();
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() +
                      std::chrono::duration_cast<std::chrono::system_clock::duration>(patience));
    if (front_) front_->Finish(tlsfront::kLastWordsPatience);
    front_.reset();
    const std::lock_guard lock(mutex_);
    server_.reset();
  }

  void ShowReadiness(const controller::Control& control) {
    const bool is_ready = control.Status().phase == fleet::Phase::kServing;
    const std::lock_guard lock(mutex_);
    if (server_ == nullptr) return;
    server_->GetHealthCheckService()->SetServingStatus(kReadyService, is_ready);
  }

  const std::vector<std::string>& addresses() const { return addresses_; }
  std::shared_ptr<grpc::Channel> InProcessChannel() const {
    return server_->InProcessChannel(grpc::ChannelArguments());
  }

 private:
  Result<> StartAccepting(grpc::Server& server) {
    return acceptor_.Start(
        [this](const runtime::PeerProcess& peer) { return gate_.Admit(peer); },
        [this, &server](int descriptor, const runtime::PeerProcess& peer) {
          peers_.Enter(descriptor, {.uid = peer.uid, .gids = runtime::PeerGroupsOf(descriptor)});
          grpc::AddInsecureChannelFromFd(&server, descriptor);
        },
        [this](const runtime::PeerProcess& peer, const Error& why) {
          log_.Warning("admin connection refused",
                       {{"pid", peer.pid}, {"uid", peer.uid}, {"error", why.message}});
        });
  }

  // What comes by TLS is handed to gRPC as what comes by the unix sockets is.
  Result<> ListenByTls(const std::vector<ListenAddress>& wanted, grpc::Server& server,
                       std::vector<int>& ports) {
    if (!tls_) return {};
    front_ = std::make_unique<tlsfront::Front>(
        tlsfront::Front::Options{.thread = "fl-admin-tls",
                                 .profile = tls_->profile,
                                 .protocol = tls::ServerProtocol::kHttp2},
        tlsfront::Front::Told{.taken =
                                  [this, &server](int descriptor, const tlsfront::Peer& peer) {
                                    peers_.Enter(descriptor,
                                                 {.address = peer.address, .names = peer.names});
                                    grpc::AddInsecureChannelFromFd(&server, descriptor);
                                  },
                              .refused =
                                  [this](const tlsfront::Peer& peer, const std::string& why) {
                                    if (tls_->refused) tls_->refused(peer.address, why);
                                  },
                              .profile = tls_->tell});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].is_unix) continue;
      const Result<std::uint16_t> port = front_->Listen(wanted[i].ip, wanted[i].port);
      if (!port)
        return Fail(Code::kFailedPrecondition, "listen for the admin API: " + port.error().message);
      ports[i] = *port;
    }
    return {};
  }

  static std::string Real(const ListenAddress& wanted, int port) {
    if (wanted.is_unix) return wanted.grpc;
    return wanted.grpc.substr(0, wanted.grpc.rfind(':') + 1) + std::to_string(port);
  }

  const PeerGate gate_;
  telemetry::Logger& log_;
  PeerBook peers_;
  AccessGuard guard_;
  UnixAcceptor acceptor_;  // hands over to server_, so Stop ends it first
  std::mutex mutex_;       // protects the pointer: the feed's thread reads it while Listen sets it
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> addresses_;
  const std::shared_ptr<EventFeed> feed_;
  AdminService service_;
  const CallEnded call_ended_;
  const std::optional<Tls> tls_;
  std::unique_ptr<tlsfront::Front> front_;  // hands over to server_, so Stop ends it first
};

AdminServer::AdminServer(Options options, controller::Control& control, telemetry::Logger& log)
    : options_(std::move(options)), control_(control), log_(log) {}

AdminServer::~AdminServer() {
  Stop(Duration::zero());
}

Result<> AdminServer::Start() {
  std::vector<ListenAddress> wanted;
  for (const std::string& text : options_.listen) {
    Result<ListenAddress> address = ParseListenAddress(text);
    if (!address) return std::unexpected(address.error());
    wanted.push_back(std::move(*address));
  }
  if (wanted.empty()) return Fail(Code::kInvalidArgument, "listen: the admin API needs an address");
  for (const ListenAddress& address : wanted) {
    if (!address.is_unix && !address.is_loopback && !AsksWho(options_.tls))
      return Fail(Code::kInvalidArgument,
                  "listen on " + address.grpc +
                      ": off loopback the admin API takes a TLS profile whose client_auth is "
                      "require");
    if (!address.is_unix && options_.tls) continue;
    if (!address.is_unix) {
      log_.Warning(
          "the admin API on TCP knows nobody; whoever is on this host comes in as loopback",
          {{"address", address.grpc}});
      continue;
    }
    if (Result<> prepared = PrepareSocket(address.path); !prepared) return prepared;
    if (IsOpenToOthers(address.path)) {
      log_.Warning("admin socket's directory can be entered by every user; use one of mode 0750",
                   {{"path", address.path}});
    }
  }
  auto running = std::make_unique<Running>(options_, control_, log_);
  if (Result<> listening = running->Listen(wanted); !listening) return listening;
  running->ShowReadiness(control_);
  running_ = std::move(running);
  for (const std::string& address : running_->addresses()) {
    log_.Info("admin API listens", {{"address", address}});
  }
  return {};
}

void AdminServer::SetAccess(access::Policy policy) {
  if (running_) running_->SetAccess(std::move(policy));
}

std::vector<std::string> AdminServer::addresses() const {
  return running_ ? running_->addresses() : std::vector<std::string>();
}

std::shared_ptr<grpc::Channel> AdminServer::InProcessChannel() const {
  return running_->InProcessChannel();
}

void AdminServer::Stop(Duration patience) {
  if (running_) running_->Stop(patience);
  running_.reset();
}

}  // namespace fairlead::admin

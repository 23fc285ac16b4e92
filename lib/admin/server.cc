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
#include "front/front.h"
#include "runtime/loop_thread.h"

namespace fairlead::admin {
namespace {

constexpr int kRequestBytesMax = 1 << 20;
constexpr int kMetadataBytesMax = 8 << 10;
// Half of all that may follow events (EventFeed::kReadersMax), and few enough that what one
// connection asks for at once holds up no other by more than some 2 ms.
constexpr int kCallsPerConnectionMax = 32;
constexpr std::size_t kServerBytesMax = 64U << 20;
// A peer that vanished without a word is found within keepalive interval + timeout.
constexpr int kKeepaliveMilliseconds = 60'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;
// Clients may ping as often as this; gRPC's own default of 5 min ends patient watchers.
constexpr int kPingIntervalMinMilliseconds = 10'000;

constexpr unsigned kSocketMode = 0660;

// What discovery has, and of requests what gRPC is told below.
constexpr front::GuardLimits kGuardLimits = {
    .header_list_bytes_max = 2 * kMetadataBytesMax,
    .calls_max = kCallsPerConnectionMax,
    .unfinished_bytes_max = 4 * kRequestBytesMax,
    // Clients of gRPC ping once in ten seconds, or once for each of the few answers under way.
    .control_frames_per_second_max = 200,
    // A call of gRPC's that is cancelled costs some 50 us, ten times as much as one of discovery's.
    .resets_per_minute_max = 100,
    // Somebody pages through events.
    .unread_timeout = std::chrono::minutes(10),
};
// Of one that is cut off again and again: what gRPC does for it until then, 32 calls and 100 resets
// at most, takes some 6 ms, and so 6 % of a core.
constexpr h2::ArrivalLimits kArrivalLimits = {
    .offender_pace = std::chrono::milliseconds(100),
    .offender_waiting_max = 20,  // two seconds at that pace
};
// Consoles and people are few; each connection costs gRPC some 0.1 ms and 11 KiB, whatever it is
// for.
constexpr front::Limits kConnectionLimits = {
    .arrivals = kArrivalLimits,
    .connections_max = 128,
    .connections_per_peer_max = 64,
};

constexpr const char* kReadyService = "fairlead.ready";

// Nobody comes in without a certificate.
bool AsksWho(const std::optional<AdminServer::Tls>& tls) {
  return tls && tls->profile.client_auth == tls::ClientAuth::kRequire;
}

access::Caller CallerFrom(const front::Peer& peer) {
  if (peer.process) return {.uid = peer.process->uid, .gids = peer.process->gids};
  return {.address = peer.address, .names = peer.names};
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
  // Figures of gRPC 1.51 measured: both cost CPU per call and serve nothing here.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
}

}  // namespace

// What exists between Start and Stop. Ends in reverse: streams, server, service, feed.
class AdminServer::Running {
 public:
  Running(const Options& options, controller::Control& control)
      : gate_(options.peers, options.peer_sources),
        guard_(options.access, peers_, options.access_refused),
        feed_(std::make_shared<EventFeed>(control, [this, &control] { ShowReadiness(control); })),
        service_(control, feed_, options.bootstrap, options.clients, options.version, guard_,
                 options.diagnoser, options.settings, options.loads),
        call_ended_(options.call_ended),
        tls_(options.tls),
        peer_news_(options.peer_news) {}
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
    // It listens nowhere itself: who comes is handed over by the front.
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (server == nullptr) return Fail(Code::kInternal, "start the admin API's server");
    server->GetHealthCheckService()->SetServingStatus(v1::Admin::service_full_name(), true);
    MakeFront(*server);
    {
      const std::lock_guard lock(mutex_);
      server_ = std::move(server);
    }
    for (const ListenAddress& address : wanted) {
      Result<std::string> listening = ListenOn(address);
      if (!listening)
        return Fail(Code::kFailedPrecondition,
                    "listen for the admin API: " + listening.error().message);
      addresses_.push_back(*std::move(listening));
    }
    return {};
  }

  void SetAccess(access::Policy policy) { guard_.SetPolicy(std::move(policy)); }

  void Stop(Duration patience) {
    feed_->Stop();
    if (server_ == nullptr) return;
    front_->StopListening();
    gate_thread_.Stop();
    server_->Shutdown(std::chrono::system_clock::now() +
                      std::chrono::duration_cast<std::chrono::system_clock::duration>(patience));
    front_->Finish(front::kLastWordsPatience);
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
  void MakeFront(grpc::Server& server) {
    front::Front::Options options{
        .thread = "fl-admin", .limits = kConnectionLimits, .guard = kGuardLimits};
    if (tls_) options.profile = tls_->profile;
    front_ = std::make_unique<front::Front>(
        std::move(options),
        front::Front::Told{.taken =
                               [this, &server](int descriptor, const front::Peer& peer) {
                                 peers_.Enter(descriptor, CallerFrom(peer));
                                 grpc::AddInsecureChannelFromFd(&server, descriptor);
                               },
                           .news = peer_news_,
                           .asks =
                               [this](const front::Peer& peer, front::Front::Verdict verdict) {
                                 Judge(*peer.process, std::move(verdict));
                               },
                           .profile = tls_ ? tls_->tell : tls::LiveProfile::Tell()});
  }

  // The gate may ask the engine, and whoever is inside already shall not wait for that.
  void Judge(const front::Peer::Process& process, front::Front::Verdict verdict) {
    gate_thread_.Post([this, process, verdict = std::move(verdict)]() mutable {
      verdict(gate_.Admit({.pid = process.pid, .uid = process.uid}));
    });
  }

  // Where it listens then, with the real port.
  Result<std::string> ListenOn(const ListenAddress& wanted) {
    if (wanted.is_unix) {
      if (Result<> listening = front_->ListenUnix(wanted.path, kSocketMode); !listening)
        return std::unexpected(listening.error());
      return wanted.text;
    }
    const Result<std::uint16_t> port = front_->Listen(wanted.ip, wanted.port);
    if (!port) return std::unexpected(port.error());
    return wanted.text.substr(0, wanted.text.rfind(':') + 1) + std::to_string(*port);
  }

  const PeerGate gate_;
  PeerBook peers_;
  AccessGuard guard_;
  std::mutex mutex_;  // protects the pointer: the feed's thread reads it while Listen sets it
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> addresses_;
  const std::shared_ptr<EventFeed> feed_;
  AdminService service_;
  const CallEnded call_ended_;
  const std::optional<Tls> tls_;
  const front::PeerNews peer_news_;
  std::unique_ptr<front::Front> front_;  // hands over to server_, so Stop ends it first
  runtime::LoopThread gate_thread_{"fl-admin-gate"};
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
                  "listen on " + address.text +
                      ": off loopback the admin API takes a TLS profile whose client_auth is "
                      "require");
    if (!address.is_unix && options_.tls) continue;
    if (!address.is_unix) {
      log_.Warning(
          "the admin API on TCP knows nobody; whoever is on this host comes in as loopback",
          {{"address", address.text}});
      continue;
    }
    if (Result<> prepared = PrepareSocket(address.path); !prepared) return prepared;
    if (IsOpenToOthers(address.path)) {
      log_.Warning("admin socket's directory can be entered by every user; use one of mode 0750",
                   {{"path", address.path}});
    }
  }
  auto running = std::make_unique<Running>(options_, control_);
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

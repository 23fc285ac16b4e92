// App: the wiring diagram of the daemon. Each part is built once, in start order; nothing else
// here.
//
// Threads: `core` owns the fleet; `engine` talks to the Docker Engine and `events` reads its event
// stream; `discovery` serves xDS; `probe` checks targets; `pidwatch` waits for ends of processes;
// `journal` writes events down and `webhook` posts them; `diagnose` asks for people; gRPC's own
// threads serve the admin plane, `certs` writes certificates of services, the HTTP plane, the
// gateway and DNS have a loop each. Start and Stop from main.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access_refusals.h"
#include "admin/server.h"
#include "base/result.h"
#include "certificates.h"
#include "config/config.h"
#include "confine/named_files.h"
#include "controller/caller_count.h"
#include "controller/caller_cutter.h"
#include "controller/client_locator.h"
#include "controller/controller.h"
#include "controller/executor.h"
#include "controller/inbox.h"
#include "controller/observer.h"
#include "controller/own_acts.h"
#include "controller/status_board.h"
#include "controller/traffic_watch.h"
#include "counted_checks.h"
#include "diagnosing.h"
#include "dns_plane.h"
#include "docker/engine.h"
#include "file_sinks.h"
#include "gateway_plane.h"
#include "h2/tls_server_transport.h"
#include "health/prober.h"
#include "http_plane.h"
#include "loop_watch.h"
#include "metrics/meter.h"
#include "netdiag/namespace_client.h"
#include "pidwatch/pid_watch.h"
#include "refused_peers.h"
#include "runtime/io_thread.h"
#include "runtime/loop_thread.h"
#include "service_certificates.h"
#include "settings.h"
#include "store/journal_thread.h"
#include "store/sqlite_store.h"
#include "telemetry/log.h"
#include "tls/live_profile.h"
#include "trust_bundles.h"
#include "webhook/webhooks.h"
#include "xds/server.h"

namespace fairlead::daemon {

// How long calls of the admin plane may take to end when the daemon stops; the whole stop takes
// at most 5 s.
inline constexpr Duration kStopPatience = std::chrono::seconds(2);

class App final : public xds::DiscoveryObserver {
 public:
  // The pairs with the daemon's other processes (own_processes.h), and what asks over one.
  struct Pairs {
    int actuator = -1;
    int namespaces = -1;
    int authority = -1;
    int sinks = -1;  // no file_sinks
    const confine::NamedFilesClient& files;
  };
  // `config` is valid; `settings`, `log` and the pairs outlive the app. `own_uid`: AccessOf().
  App(config::Config config, std::string version, Settings& settings, telemetry::Logger& log,
      Pairs pairs, std::uint32_t own_uid);
  ~App() override;

  // Starts everything or says why not. A missing engine is no error: it is waited for.
  Result<> Start();
  // Leaves containers and clients as they are. Idempotent.
  void Stop();

 private:
  Result<> OpenStore();
  void StartWebhooks();
  Result<> MakeEngine();
  void MakeFileSinks();
  std::optional<GatewayPlane::Tls> GatewayTls();
  Result<> StartDiscovery();
  Result<> StartDns();
  Result<> StartCore();
  // Has the observer inspect a container. Any thread.
  void LookAt(const ContainerId& id);
  Result<> StartAdmin();
  Result<> StartHttp();
  // Who may what, of a configuration that was read again.
  void TakeAccess(const config::AccessConfig& access);
  void WarnOfCertificatesWithoutARole(const access::Policy& policy);
  void WatchLoops();
  Result<std::string> Bootstrap(const admin::BootstrapQuestion& question) const;
  // Keeps the clients' bootstrap file beside the first unix socket of discovery.
  Result<> WriteBootstrapFile() const;
  void Tell(const controller::RecordedEvent& event);
  // A fact that the core does not know of; from any thread, until the core's loop stops.
  void RecordNote(fleet::Note note);
  // What discovery has counted, and what clients told of their calls, to the metrics. On the
  // discovery loop.
  void TellDiscovery();
  void TellLoads();
  // The same, into what a person asked for. On the core's loop, and answered there; the core does
  // not wait for discovery's.
  void AddCalls(fleet::Explanation found, std::function<void(Result<fleet::Explanation>)> done);
  // `plane` is who uses it: "checks", "discovery".
  void TellProfile(std::string_view plane, const tls::ProfileNews& news);
  tls::LiveProfile::Tell ProfileTeller(std::string_view plane);
  front::PeerNews PeerTeller(std::string_view plane);
  // What became of a certificate that we write.
  void TellServiceCertificate(const ca::KeeperNews& news);
  // Shows and logs how deaths are noticed.
  void TellDeathSignals(const pidwatch::Support& support);
  // Shows and logs it, where this host cannot reset connections.
  void TellWhetherCutsWork();
  void OnRefused(const xds::RefusedNote& note) override;
  void OnPlaced(const xds::PlacedNote& note) override;
  void OnDenied(const xds::DeniedNote& note) override;
  void OnPeerRefused(const std::string& address, const std::string& why) override;

  const config::Config config_;
  const std::string version_;
  Settings& settings_;
  telemetry::Logger& log_;
  const int actuator_;
  const int authority_;
  const std::uint32_t own_uid_;
  const confine::NamedFilesClient& files_;
  const int sinks_pair_;
  netdiag::NamespaceClient namespaces_;           // asked from several loops
  std::vector<std::string> discovery_addresses_;  // with real ports

  // In start order; destroyed in reverse. The engine outlives its loop, because calls that were cut
  // off are destroyed with the loop; what has timers on a loop goes before it.
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<store::JournalThread> journal_;  // in the store's directory
  fleet::Remembered remembered_;
  std::optional<store::EventCursor> cursor_;
  metrics::Meter meter_;
  Certificates certificates_;
  RefusedPeers refused_peers_{meter_, log_};
  AccessRefusals access_refusals_{meter_,
                                  [this](fleet::Note note) { RecordNote(std::move(note)); }};
  controller::StatusBoard board_;
  controller::Inbox inbox_;
  CountedChecks checks_{inbox_};
  controller::OwnActs own_acts_;
  controller::CallerCount caller_count_;  // the engine loop's; asks discovery
  std::unique_ptr<docker::Engine> engine_;
  runtime::IoThread core_loop_{"fl-core"};
  runtime::IoThread engine_loop_{"fl-engine"};
  runtime::IoThread events_loop_{"fl-events"};
  runtime::LoopThread discovery_loop_{"fl-discovery"};
  runtime::LoopThread probe_loop_{"fl-probe"};
  runtime::IoThread pidwatch_loop_{"fl-pidwatch"};
  runtime::IoThread webhook_loop_{"fl-webhook"};
  std::unique_ptr<webhook::Webhooks> webhooks_;
  std::unique_ptr<controller::EngineClientLocator> locator_;
  std::unique_ptr<DnsPlane> dns_;  // between the files' sinks and the inbox; asks the locator
  std::unique_ptr<FileSinks> file_sinks_;  // between the gateway and that; asks the engine
  std::unique_ptr<GatewayPlane> gateway_;  // between discovery and those
  std::unique_ptr<h2::ServerProfile> discovery_tls_;  // on the discovery loop; may be empty
  h2::ServerCounters discovery_counted_;              // on the discovery loop
  std::unique_ptr<xds::DiscoveryServer> discovery_;
  std::unique_ptr<TrustBundles> trust_bundles_;  // on the discovery loop
  std::unique_ptr<health::Prober> prober_;
  std::unique_ptr<pidwatch::PidWatch> pid_watch_;
  std::unique_ptr<controller::TrafficWatch> traffic_watch_;
  std::unique_ptr<controller::CallerCutter> caller_cutter_;
  std::unique_ptr<ServiceCertificates> service_certificates_;  // between observer and inbox
  std::unique_ptr<controller::Observer> observer_;
  std::unique_ptr<controller::Executor> executor_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<Diagnosing> diagnosing_;
  std::unique_ptr<admin::AdminServer> admin_;
  std::unique_ptr<HttpPlane> http_;
  std::unique_ptr<LoopWatch> loop_watch_;  // on the HTTP plane's loop
  bool is_stopped_ = false;
};

}  // namespace fairlead::daemon

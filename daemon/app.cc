#include "app.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <string>
#include <utility>

#include "access/discovery.h"
#include "access_policy.h"
#include "call_loads.h"
#include "caller_cut.h"
#include "client_count.h"
#include "container_name.h"
#include "docker/container_logs.h"
#include "docker/http_engine.h"
#include "metered_engine.h"
#include "netdiag/reach.h"
#include "runtime/boot_id.h"
#include "runtime/clock.h"
#include "self_container.h"
#include "tls_profiles.h"
#include "xds/viewer.h"

namespace fairlead::daemon {
namespace {

using metrics::Metric;

controller::DaemonStatus FirstStatus(const config::Config& config) {
  controller::DaemonStatus status;
  status.started_at = status.phase_since = runtime::Now();
  status.phase_reason = "waiting for the engine";
  status.engine_endpoint = config.engine_endpoint.Text();
  status.death_signals = {"probe", "engine events"};
  return status;
}

spec::HostPolicy PolicyOf(const config::Config& config) {
  spec::HostPolicy policy;
  policy.defaults = config.defaults;
  policy.projects_allowed = config.policy.projects;
  for (const auto& [name, profile] : config.tls_profiles) policy.tls_profiles.insert(name);
  policy.observe_only = config.policy.observe_only;
  return policy;
}

void WatchProcess(pidwatch::PidWatch& watch, const fleet::ProcessOrder& order) {
  if (const auto* begin = std::get_if<fleet::BeginProcessWatch>(&order)) {
    watch.Begin(begin->generation, begin->pid);
  } else {
    watch.End(std::get<fleet::EndProcessWatch>(order).generation);
  }
}

// The sockets of checks where the host has no way to the replica.
health::SocketInside SocketsInside(netdiag::NamespaceWork& work) {
  return [&work](const spec::NetworkNamespace& place, int family) -> Result<int> {
    Result<netdiag::FileDescriptor> made =
        work.SocketIn(place, {.family = family, .type = SOCK_STREAM | SOCK_NONBLOCK});
    if (!made) return std::unexpected(made.error());
    return made->Release();
  };
}

// Who is told which address: discovery's rules, about what the core would tell it. Not of many.
void AddSights(fleet::Explanation& explanation) {
  if (explanation.replicas.size() != 1) return;
  fleet::ReplicaExplanation& one = explanation.replicas.front();
  if (one.endpoint) one.sights = xds::SightsOf(*one.endpoint);
}

// What to write for those who are told of nothing.
void AddAdvice(std::vector<xds::ClientReport>& reports) {
  for (xds::ClientReport& report : reports) {
    if (report.is_unnamed) report.denied += "; " + access::DiscoveryAdvice(report.names, "");
  }
}

// For those who get events of many hosts.
std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

App::App(config::Config config, std::string version, Settings& settings, telemetry::Logger& log,
         Pairs pairs, std::uint32_t own_uid)
    : config_(std::move(config)),
      version_(std::move(version)),
      settings_(settings),
      log_(log),
      actuator_(pairs.actuator),
      authority_(pairs.authority),
      own_uid_(own_uid),
      files_(pairs.files),
      sinks_pair_(pairs.sinks),
      namespaces_(pairs.namespaces),
      certificates_(ProfileNamed(config_, config_.engine_tls)),
      board_(
          FirstStatus(config_),
          [this](fleet::OperatorCommand command, std::function<void(Result<>)> done) {
            controller_->Submit(std::move(command), std::move(done));
          },
          [this](std::string name, std::function<void(Result<fleet::Explanation>)> done) {
            controller_->Explain(std::move(name),
                                 [this, done = std::move(done)](Result<fleet::Explanation> found) {
                                   if (!found) return done(std::move(found));
                                   AddSights(*found);
                                   AddCalls(*std::move(found), done);
                                 });
          },
          [this](fleet::OperatorCommand command,
                 std::function<void(Result<fleet::TrialRun>)> done) {
            controller_->TryOut(std::move(command), std::move(done));
          }),
      inbox_(board_),
      caller_count_(
          [this](const fleet::BeginTrafficWatch& target) {
            return CountClients(namespaces_, target);
          },
          board_,
          [this](const ServiceName& service, TimePoint since) {
            bool are_over = false;
            discovery_loop_.RunAndWait(
                [&] { are_over = discovery_->AreCallsOver(service, since); });
            // The core hears "nobody is connected", and of the evidence only here.
            if (are_over)
              log_.Info("clients report that no call is open", {{"service", service.Text()}});
            return are_over;
          }) {}

App::~App() {
  Stop();
}

Result<> App::Start() {
  if (Result<> opened = OpenStore(); !opened) return opened;
  StartWebhooks();
  if (Result<> made = MakeEngine(); !made) return made;
  MakeFileSinks();
  gateway_ =
      std::make_unique<GatewayPlane>(config_.gateway,
                                     GatewayPlane::Trust{.profiles = CheckProfiles(config_),
                                                         .expectations = ExpectationsOf(config_)},
                                     file_sinks_->adoption(), meter_, log_);
  if (Result<> started = StartDiscovery(); !started) return started;
  if (Result<> started = gateway_->Start(GatewayTls()); !started) return started;
  if (Result<> started = StartDns(); !started) return started;
  if (Result<> started = StartCore(); !started) return started;
  if (Result<> started = StartAdmin(); !started) return started;
  settings_.TellTo([this](const config::Config& config) { TakeAccess(config.access); });
  return StartHttp();
}

void App::TakeAccess(const config::AccessConfig& access) {
  const access::Policy policy = AccessOf(access, own_uid_);
  WarnOfCertificatesWithoutARole(policy);
  admin_->SetAccess(policy);
  discovery_->SetProjects(SeenBy(access, config_.service_tls.trust_domain));
}

void App::WarnOfCertificatesWithoutARole(const access::Policy& policy) {
  if (config_.admin.tls.empty() || NamesACertificate(policy)) return;
  log_.Warning(
      "admin.tls is set, and no rule of access.viewers, access.operators or "
      "access.admins names a certificate: who shows one may nothing");
}

Result<> App::OpenStore() {
  Result<store::SqliteStore::Opened> opened = store::SqliteStore::Open(config_.state_dir);
  if (!opened) return std::unexpected(opened.error());
  for (const std::string& warning : opened->warnings)
    log_.Warning("state store", {{"warning", warning}});
  store_ = std::move(opened->store);
  Result<fleet::Remembered> remembered = store_->Load();
  if (!remembered) return std::unexpected(remembered.error());
  remembered_ = std::move(*remembered);
  Result<std::optional<store::EventCursor>> cursor = store_->LoadCursor();
  if (!cursor) return std::unexpected(cursor.error());
  cursor_ = std::move(*cursor);
  journal_ = std::make_unique<store::JournalThread>(
      store_->directory(), store::JournalLimits{},
      [this](const std::string& text) { log_.Warning("journal", {{"text", text}}); });
  board_.KeepIn(*journal_);
  return {};
}

void App::StartWebhooks() {
  std::vector<webhook::WebhookOptions> options;
  std::vector<controller::WebhookStatus> statuses;
  for (const config::Webhook& hook : config_.webhooks) {
    options.push_back({.url = hook.url, .kinds = hook.events, .secret_file = hook.secret_file});
    statuses.emplace_back().url = hook.url.Shown();
  }
  if (options.empty()) return;
  board_.EditStatus(
      [&](controller::DaemonStatus& status) { status.webhooks = std::move(statuses); });
  webhooks_ = std::make_unique<webhook::Webhooks>(
      webhook_loop_.context(), std::move(options), HostName(),
      static_cast<std::uint64_t>(runtime::Now().time_since_epoch().count()),
      webhook::WebhookLimits{},
      webhook::Webhooks::Told{.status =
                                  [this](std::size_t index, const controller::WebhookStatus& now) {
                                    board_.EditStatus([&](controller::DaemonStatus& status) {
                                      status.webhooks.at(index) = now;
                                    });
                                  },
                              .trouble =
                                  [this](const std::string& url, const std::string& text) {
                                    log_.Warning("webhook", {{"url", url}, {"text", text}});
                                  }});
}

Result<> App::MakeEngine() {
  Result<std::unique_ptr<docker::Engine>> engine = docker::MakeHttpEngine(
      engine_loop_.context(), config_.engine_endpoint.Text(), {},
      ProfileNamed(config_, config_.engine_tls), &events_loop_.context(), actuator_);
  if (!engine) return std::unexpected(engine.error());
  engine_ = MakeMeteredEngine(
      std::move(*engine), [this](std::string_view call, Code code, Duration took) {
        meter_.Count(Metric::kEngineCalls, {std::string(call), std::string(CodeName(code))});
        meter_.Observe(Metric::kEngineCallSeconds, took, {std::string(call)});
      });
  controller::ClientLocatorOptions options;
  options.policy = PolicyOf(config_);
  options.self = SelfContainer();
  locator_ = std::make_unique<controller::EngineClientLocator>(engine_loop_.context(), *engine_,
                                                               std::move(options));
  dns_ = std::make_unique<DnsPlane>(config_.dns, *locator_, inbox_, meter_, log_);
  return {};
}

void App::MakeFileSinks() {
  FileSinks::Told told;
  told.status = [this](std::size_t index, const controller::FileSinkStatus& now) {
    board_.EditStatus([&](controller::DaemonStatus& status) {
      if (status.file_sinks.size() <= index) status.file_sinks.resize(index + 1);
      status.file_sinks.at(index) = now;
    });
  };
  told.written = [this](const std::string& output, const std::string& changed) {
    log_.Info("file of lists is in force", {{"output", output}, {"changed", changed}});
  };
  told.trouble = [this](const std::string& output, const std::string& text) {
    if (text.empty()) {
      log_.Info("file of lists is as it should be again", {{"output", output}});
    } else {
      log_.Warning("file of lists", {{"output", output}, {"text", text}});
    }
  };
  file_sinks_ = std::make_unique<FileSinks>(config_.file_sinks, sinks_pair_, engine_loop_, *engine_,
                                            dns_->adoption(), std::move(told));
}

Result<> App::StartCore() {
  health::TlsSettings tls;
  tls.profiles = CheckProfiles(config_);
  tls.tell = ProfileTeller("checks");
  probe_loop_.RunAndWait([&] {
    prober_ = health::MakeProber(probe_loop_.loop(), {}, checks_, SocketsInside(namespaces_), tls);
  });
  executor_ = std::make_unique<controller::Executor>(
      engine_loop_.context(), *engine_, own_acts_,
      [this](fleet::ActionFinished finished) { inbox_.Post(std::move(finished)); },
      [this](const ContainerId& id) { LookAt(id); });
  pid_watch_ = std::make_unique<pidwatch::PidWatch>(
      pidwatch_loop_.context(),
      [this](const Generation& generation) { inbox_.Post(fleet::ProcessExited{generation}); },
      [this](const pidwatch::Support& support) { TellDeathSignals(support); });
  traffic_watch_ = std::make_unique<controller::TrafficWatch>(
      engine_loop_.context(),
      [this](const fleet::BeginTrafficWatch& target) {
        return caller_count_.Count(target, runtime::Now());
      },
      [this](fleet::TrafficObserved observed) { inbox_.Post(std::move(observed)); });
  caller_cutter_ = std::make_unique<controller::CallerCutter>(
      engine_loop_.context(),
      [this](const fleet::CutCallers& order) { return CutCallers(namespaces_, order); },
      [this](fleet::CallersCut cut) {
        board_.EditStatus([&](controller::DaemonStatus& status) {
          status.callers_reset += static_cast<std::uint64_t>(cut.reset);
        });
        inbox_.Post(std::move(cut));
      });
  TellWhetherCutsWork();
  // What an earlier life did is still echoed by the engine's history.
  for (const fleet::LedgerEntry& act : remembered_.acts) {
    if (act.state == fleet::ActState::kDropped) continue;
    own_acts_.Remember(act.generation.id, act.permitted_at, act.finished_at);
  }
  service_certificates_ = std::make_unique<ServiceCertificates>(
      authority_, inbox_,
      ServiceCertificates::Told{
          .news = [this](const ca::KeeperNews& news) { TellServiceCertificate(news); },
          .certificates =
              [this](std::vector<admin::CertificateInUse> all) {
                certificates_.TakeOurs(std::move(all));
              }});
  service_certificates_->Start();
  observer_ = std::make_unique<controller::Observer>(
      engine_loop_.context(), events_loop_.context(), *engine_, PolicyOf(config_),
      controller::ObserverOptions{
          .boot = runtime::BootId(),
          .cursor = std::move(cursor_),
          .seed = static_cast<std::uint64_t>(runtime::Now().time_since_epoch().count()),
          .refine = [this](ContainerFacts& facts) { netdiag::NoteReach(namespaces_, facts); },
          .on_events = [this](const controller::Digest& digest) { locator_->OnEvents(digest); }},
      own_acts_, *service_certificates_);

  fleet::FleetOptions options;
  options.observe_only = config_.policy.observe_only;
  options.max_concurrent_repairs = config_.policy.max_concurrent_repairs;
  options.panic_threshold_percent = config_.policy.panic_threshold_percent;
  options.self = SelfContainer();
  controller_ = std::make_unique<controller::Controller>(
      core_loop_, inbox_, options, std::move(remembered_),
      controller::Hands{
          .prober = *prober_,
          .publisher = *dns_,
          .store = *store_,
          .board = board_,
          .act = [this](fleet::Act act) { executor_->Run(std::move(act)); },
          .traffic = [this](fleet::TrafficOrder order) { traffic_watch_->Take(std::move(order)); },
          .cut = [this](fleet::CutCallers order) { caller_cutter_->Take(std::move(order)); },
          .process = [this](const fleet::ProcessOrder& order) { WatchProcess(*pid_watch_, order); },
          .look = [this](const ContainerId& id) { LookAt(id); },
          .tell = [this](const controller::RecordedEvent& event) { Tell(event); }});
  engine_loop_.RunAndWait([this] { observer_->Start(); });
  return {};
}

void App::LookAt(const ContainerId& id) {
  // An act may end while the daemon does.
  boost::asio::post(engine_loop_.context(), [this, id] {
    if (observer_) observer_->LookAt(id);
  });
}

Result<> App::StartAdmin() {
  admin::AdminServer::Options options;
  for (const config::ListenAddress& address : config_.admin.listen)
    options.listen.push_back(address.Text());
  options.version = version_;
  options.bootstrap = [this](const admin::BootstrapQuestion& question) {
    return Bootstrap(question);
  };
  options.clients = [this](const xds::ClientQuery& query) {
    std::vector<xds::ClientReport> reports;
    discovery_loop_.RunAndWait([&] { reports = discovery_->Clients(query); });
    AddAdvice(reports);
    return reports;
  };
  options.loads = [this] {
    admin::ServiceLoads loads;
    discovery_loop_.RunAndWait([&] { loads = LoadsByService(*discovery_); });
    return loads;
  };
  Diagnosing::Host host{
      .policy = PolicyOf(config_), .tls_profiles = {}, .logs = {}, .namespaces = namespaces_};
  for (const tls::Profile& profile : CheckProfiles(config_))
    host.tls_profiles.emplace(profile.name, profile);
  host.logs = [this](ContainerId id) {
    return docker::ReadLogs(engine_loop_.context(),
                            {.endpoint = config_.engine_endpoint.Text(),
                             .tls = ProfileNamed(config_, config_.engine_tls),
                             .actuator = actuator_,
                             .id = std::move(id)});
  };
  diagnosing_ = std::make_unique<Diagnosing>(board_, *engine_, engine_loop_, std::move(host));
  options.diagnoser = [this](admin::DiagnoseQuestion question,
                             std::function<bool(const diagnose::Step&)> tell,
                             std::function<void(Result<>)> done) {
    diagnosing_->Begin(std::move(question), std::move(tell), std::move(done));
  };
  options.settings = settings_.Source();
  options.settings.certificates = [this] { return certificates_.All(); };
  options.peers.own_container = SelfContainer().value;
  options.peers.allow_containers.insert(config_.admin.allow_containers.begin(),
                                        config_.admin.allow_containers.end());
  options.peer_sources.container_name = [this](const std::string& id) {
    return ContainerName(engine_loop_, *engine_, id);
  };
  options.access = AccessOf(config_.access, own_uid_);
  options.access_refused = [this](const access::Refusal& refusal) {
    access_refusals_.Tell(refusal);
  };
  options.call_ended = [this](const admin::EndedCall& call) {
    const std::string method(call.method);
    meter_.Count(Metric::kAdminCalls, {method, std::string(CodeName(call.code))});
    meter_.Observe(Metric::kAdminCallSeconds, call.took, {method});
  };
  if (auto profile = ProfileNamed(config_, config_.admin.tls)) {
    options.tls =
        admin::AdminServer::Tls{.profile = *std::move(profile), .tell = ProfileTeller("admin")};
  }
  options.peer_news = PeerTeller("admin");
  WarnOfCertificatesWithoutARole(options.access);
  admin_ = std::make_unique<admin::AdminServer>(std::move(options), board_, log_);
  return admin_->Start();
}

void App::Stop() {
  if (std::exchange(is_stopped_, true)) return;
  settings_.TellTo({});
  if (http_) http_->Stop(kStopPatience);
  if (gateway_) gateway_->Stop(kStopPatience);
  if (admin_) admin_->Stop(kStopPatience);
  // It asks the core and the engine.
  if (diagnosing_) diagnosing_->Stop();
  // The core first: it orders the other parts about, and must not meet one that has ended.
  if (controller_) controller_->BeginStop();
  core_loop_.RunAndWait([] {});
  core_loop_.Stop();
  // They ask the engine.
  if (file_sinks_) file_sinks_->Stop();
  if (dns_) dns_->Stop();
  // Each part ends on its own loop; then the loops end, and what was cut off is destroyed with
  // them.
  engine_loop_.RunAndWait([this] {
    observer_.reset();
    if (locator_) locator_->Stop();
    traffic_watch_.reset();
    caller_cutter_.reset();
  });
  if (service_certificates_) service_certificates_->Stop();
  webhook_loop_.RunAndWait([this] { webhooks_.reset(); });
  webhook_loop_.Stop();
  // What happened until the core's end is written down.
  if (journal_) journal_->Stop();
  probe_loop_.RunAndWait([this] { prober_.reset(); });
  pidwatch_loop_.RunAndWait([this] { pid_watch_.reset(); });
  discovery_loop_.RunAndWait([this] {
    trust_bundles_.reset();
    discovery_.reset();
    discovery_tls_.reset();
  });
  engine_loop_.Stop();
  events_loop_.Stop();
  probe_loop_.Stop();
  pidwatch_loop_.Stop();
  discovery_loop_.Stop();
  // The observer's last word came after the core had ended.
  if (const auto cursor = inbox_.TakeCursor()) {
    if (const Result<> written = store_->WriteCursor(*cursor); !written)
      log_.Warning("state store", {{"warning", written.error().message}});
  }
}

}  // namespace fairlead::daemon

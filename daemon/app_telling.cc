// What App tells: events and news of its parts, to the log, the metrics, webhooks and `status`.
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app.h"
#include "call_loads.h"
#include "loop_watch.h"
#include "metrics/state_samples.h"
#include "pidwatch/pid_watch.h"
#include "runtime/clock.h"

namespace fairlead::daemon {
namespace {

using metrics::Metric;

// As docker ps prints ids.
std::string ShortId(const std::string& id) {
  constexpr std::size_t kDigits = 12;
  return id.substr(0, kDigits);
}

}  // namespace

void App::Tell(const controller::RecordedEvent& event) {
  metrics::CountEvent(event.note, meter_);
  if (webhooks_) webhooks_->Offer(event);
  const fleet::Note& note = event.note;
  const std::string service = note.service.service.empty() ? "" : note.service.Text();
  const std::string_view kind = fleet::NoteKindName(note.kind);
  // While it is one of these, the daemon cannot see the engine.
  const bool is_blind = note.kind == fleet::NoteKind::kPhaseChanged &&
                        (note.code == fleet::PhaseName(fleet::Phase::kConfigured) ||
                         note.code == fleet::PhaseName(fleet::Phase::kStale));
  if (note.kind == fleet::NoteKind::kAccessRefused) {
    log_.Warning(
        kind,
        {{"actor", note.actor}, {"method", note.cause}, {"code", note.code}, {"text", note.text}});
  } else if (is_blind || note.kind == fleet::NoteKind::kDiagnostic) {
    log_.Warning(kind, {{"service", service},
                        {"replica", note.replica},
                        {"code", note.code},
                        {"text", note.text}});
  } else {
    log_.Info(kind, {{"service", service},
                     {"replica", note.replica},
                     {"code", note.code},
                     {"text", note.text}});
  }
}

void App::RecordNote(fleet::Note note) {
  // Events get their ids, and are written down, on one thread.
  core_loop_.Post([this, note = std::move(note)]() mutable {
    Tell(board_.Record(std::move(note), runtime::ToWall(runtime::Now())));
  });
}

void App::TellDeathSignals(const pidwatch::Support& support) {
  const bool is_on = support.state == pidwatch::Support::State::kOn;
  const std::string missing = is_on ? "" : "pidfd is off: " + support.reason;
  board_.EditStatus([&](controller::DaemonStatus& status) {
    status.death_signals = {"probe", "engine events"};
    if (is_on) status.death_signals.insert(status.death_signals.begin(), "pidfd");
    status.death_signals_off = missing;
  });
  if (is_on) {
    log_.Info("death signals", {{"on", "pidfd, probe, engine events"}});
  } else {
    log_.Warning("death signals", {{"on", "probe, engine events"}, {"text", missing}});
  }
}

void App::TellDiscovery() {
  meter_.Set(Metric::kDiscoveryStreams, static_cast<double>(discovery_->stream_count()));
  const h2::ServerCounters now = discovery_->counters();
  const auto count = [this](const std::string& limit, std::uint64_t hits, std::uint64_t before) {
    if (hits > before)
      meter_.Count(Metric::kDiscoveryLimitHits, {limit}, static_cast<double>(hits - before));
  };
  count("connections", now.connections_refused, discovery_counted_.connections_refused);
  count("streams", now.limit_hits, discovery_counted_.limit_hits);
  count("waiting", now.accepts_held_back, discovery_counted_.accepts_held_back);
  count("pace", now.connections_paced, discovery_counted_.connections_paced);
  discovery_counted_ = now;
  TellLoads();
}

void App::TellLoads() {
  const xds::DiscoveryServer::Loads loads = discovery_->loads();
  meter_.Set(Metric::kLoadReportStreams, static_cast<double>(loads.streams));
  std::vector<metrics::Sample> open;
  std::vector<metrics::Sample> ended;
  for (const auto& [name, total] : loads.services) {
    const std::size_t dot = name.find('.');
    const std::string service = name.substr(0, dot);
    const std::string project = dot == std::string::npos ? "" : name.substr(dot + 1);
    open.push_back({{project, service}, static_cast<double>(total.in_progress)});
    ended.push_back({{project, service, "succeeded"}, static_cast<double>(total.succeeded)});
    ended.push_back({{project, service, "failed"}, static_cast<double>(total.failed)});
    ended.push_back({{project, service, "dropped"}, static_cast<double>(total.dropped)});
  }
  meter_.Replace(Metric::kServiceCallsInProgress, open);
  meter_.Replace(Metric::kServiceCalls, ended);
}

void App::AddCalls(fleet::Explanation found, std::function<void(Result<fleet::Explanation>)> done) {
  discovery_loop_.Post([this, found = std::move(found), done = std::move(done)]() mutable {
    if (discovery_) AddLoads(*discovery_, found);
    core_loop_.Post(
        [found = std::move(found), done = std::move(done)]() mutable { done(std::move(found)); });
  });
}

void App::TellProfile(std::string_view plane, const tls::ProfileNews& news) {
  certificates_.Take(plane, news);
  if (news.is_first) return;
  if (news.is_taken) {
    log_.Info("TLS profile has new files", {{"profile", news.profile}, {"plane", plane}});
    return;
  }
  meter_.Count(Metric::kTlsFilesRefused, {news.profile, std::string(plane)});
  log_.Warning(
      news.keeps_former ? "TLS profile keeps its former files" : "TLS profile is of no use",
      {{"profile", news.profile}, {"plane", plane}, {"text", news.text}});
}

void App::TellServiceCertificate(const ca::KeeperNews& news) {
  switch (news.kind) {
    case ca::KeeperNews::Kind::kIssued:
      meter_.Count(Metric::kServiceCertificatesIssued, {news.who});
      log_.Info("certificate issued", {{"service", news.who}, {"text", news.text}});
      return;
    case ca::KeeperNews::Kind::kFailed:
      meter_.Count(Metric::kServiceCertificateFailures, {news.who});
      if (!news.is_repeated)
        log_.Warning("certificate of a service", {{"service", news.who}, {"text", news.text}});
      return;
    case ca::KeeperNews::Kind::kRemoved:
      log_.Info("certificate removed", {{"service", news.who}, {"text", news.text}});
      return;
    case ca::KeeperNews::Kind::kAuthority:
      log_.Info("authority of services", {{"text", news.text}});
      return;
  }
}

tls::LiveProfile::Tell App::ProfileTeller(std::string_view plane) {
  return [this, plane](const tls::ProfileNews& news) { TellProfile(plane, news); };
}

front::PeerNews App::PeerTeller(std::string_view plane) {
  return {.refused = [this, plane](
                         const front::Peer& peer,
                         const std::string& why) { refused_peers_.Tell(plane, peer.address, why); },
          .limit_hit =
              [this, plane](std::string_view limit, std::uint64_t times) {
                meter_.Count(Metric::kFrontLimitHits, {std::string(plane), std::string(limit)},
                             static_cast<double>(times));
              }};
}

void App::OnPeerRefused(const std::string& address, const std::string& why) {
  refused_peers_.Tell("discovery", address, why);
}

void App::TellWhetherCutsWork() {
  const Result<> can = namespaces_.CanReset();
  if (can) return;
  const std::string text = "off, their calls end by their own deadline: " + can.error().message;
  board_.EditStatus([&](controller::DaemonStatus& status) { status.cut_off = text; });
  log_.Warning("cutting callers of silent replicas loose", {{"text", text}});
}

void App::OnRefused(const xds::RefusedNote& note) {
  meter_.Count(Metric::kDiscoveryRefusals, {note.resource_type});
  log_.Warning("client refused a list", {{"client", note.client},
                                         {"node", note.node},
                                         {"user_agent", note.user_agent},
                                         {"type", note.resource_type},
                                         {"version", note.version},
                                         {"text", note.text}});
}

void App::OnDenied(const xds::DeniedNote& note) {
  access_refusals_.Tell(note);
}

void App::OnPlaced(const xds::PlacedNote& note) {
  const xds::ClientPlace& place = note.place;
  const std::string container = ShortId(place.container);
  if (place.is_off_host) {
    std::string seen = note.projects ? "" : "*";
    for (const std::string& project : note.projects.value_or(std::set<std::string>()))
      seen += (seen.empty() ? "" : ",") + project;
    log_.Info(
        "client is off this host",
        {{"client", note.client}, {"node", note.node}, {"reason", place.doubt}, {"sees", seen}});
    return;
  }
  if (!place.doubt.empty()) {
    log_.Warning("client counts as on the host", {{"client", note.client},
                                                  {"node", note.node},
                                                  {"container", container},
                                                  {"reason", place.doubt}});
    return;
  }
  if (note.is_first && container.empty()) return;  // a process of the host: nothing to tell
  std::string networks = place.viewer.is_on_host() ? "host" : "";
  for (const std::string& id : place.viewer.network_ids.value_or(std::set<std::string>()))
    networks += (networks.empty() ? "" : ",") + ShortId(id);
  log_.Info(note.is_first ? "client located" : "client has moved", {{"client", note.client},
                                                                    {"node", note.node},
                                                                    {"container", container},
                                                                    {"project", place.project},
                                                                    {"networks", networks}});
}

void App::WatchLoops() {
  const auto on = [](auto& loop) {
    return [&loop](std::function<void()> work) { loop.Post(std::move(work)); };
  };
  std::vector<LoopWatch::Loop> loops = {
      {"fl-core", on(core_loop_)},       {"fl-engine", on(engine_loop_)},
      {"fl-events", on(events_loop_)},   {"fl-discovery", on(discovery_loop_)},
      {"fl-probe", on(probe_loop_)},     {"fl-pidwatch", on(pidwatch_loop_)},
      {"fl-webhook", on(webhook_loop_)},
  };
  loop_watch_ = std::make_unique<LoopWatch>(
      http_->context(), std::move(loops), [this](const std::string& loop, Duration late) {
        meter_.Observe(Metric::kLoopDelaySeconds, late, {loop});
        if (loop != "fl-discovery" || !discovery_) return;
        TellDiscovery();
      });
  loop_watch_->Start();
}

}  // namespace fairlead::daemon

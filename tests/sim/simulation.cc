#include "sim/simulation.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

// After the last fault: longer than the longest backoff between repairs (5 min).
constexpr Duration kQuiet = 8min;
constexpr Duration kFirstFault = 30s;  // the host is whole before
constexpr int kClients = 4;
constexpr Duration kSoonBack = 1s;  // after a death at a fail point

// Streams of chance that do not disturb each other.
std::uint64_t SeedOf(std::uint64_t seed, std::uint64_t part) {
  return Rng(seed * 1'000 + part).Next();
}

std::string Text(Duration duration) {
  return fmt::format("{}ms",
                     std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace

Simulation::Simulation(SimOptions options)
    : options_(std::move(options)),
      trace_(options_.print),
      chance_(SeedOf(options_.seed, 1)),
      plan_([this] {
        if (options_.plan) return *options_.plan;
        Chance chance(SeedOf(options_.seed, 2));
        return DrawPlan(chance, timeline_.now() + kFirstFault,
                        timeline_.now() + options_.length - kQuiet, options_.replicas);
      }()),
      engine_(timeline_, trace_, Chance(SeedOf(options_.seed, 3)), plan_.rates),
      store_(timeline_, engine_) {
  engine_.SetWitness(this);
  MakeHost();
  rules_ = std::make_unique<Rules>(timeline_, engine_, trace_, fleet_options_);
  MakeClients();
}

Simulation::~Simulation() = default;

SimContainer Simulation::DrawContainer(const std::string& service, int number, std::uint16_t port) {
  SimContainer container;
  ContainerFacts& facts = container.facts;
  facts.name = fmt::format("shop-{}-{}", service, number);
  facts.network_mode = "shop_default";
  facts.networks = {{.network = "shop_default", .network_id = "n1", .ipv4 = "", .ipv6 = ""}};
  facts.labels = {{"fairlead.enable", "true"},
                  {"fairlead.port", std::to_string(port)},
                  {"com.docker.compose.project", "shop"},
                  {"com.docker.compose.service", service},
                  {"com.docker.compose.container-number", std::to_string(number)},
                  {"com.docker.compose.oneoff", "False"},
                  {"com.docker.compose.config-hash", "abc"}};
  return container;
}

Simulation::Labels Simulation::DrawLabels() {
  const Duration interval = chance_.OneOf(std::vector<Duration>{500ms, 1s, 1s, 1s, 2s});
  const int fall = 2 + static_cast<int>(chance_.Below(3));
  Labels labels = {
      {"fairlead.health.interval", Text(interval)},
      {"fairlead.health.timeout", Text(interval / (1 + chance_.Below(3)))},
      {"fairlead.health.rise", std::to_string(1 + chance_.Below(3))},
      {"fairlead.health.fall", std::to_string(fall)},
      {"fairlead.liveness.fall", std::to_string(fall + 3)},
      {"fairlead.health.start-period", chance_.OneOf(std::vector<std::string>{"0s", "5s", "30s"})},
      {"fairlead.repair", chance_.Percent(85)   ? "restart"
                          : chance_.Percent(50) ? "evict"
                                                : "observe"},
      {"fairlead.repair.min-available",
       chance_.OneOf(std::vector<std::string>{"50%", "50%", "0", "1", "100%", "70%"})},
      {"fairlead.repair.max-restarts", std::to_string(1 + chance_.Below(4))},
      {"fairlead.repair.window", chance_.OneOf(std::vector<std::string>{"10m", "2m", "1h"})},
      {"fairlead.repair.backoff", chance_.OneOf(std::vector<std::string>{"10s", "1s", "30s"})},
      {"fairlead.drain.timeout", chance_.OneOf(std::vector<std::string>{"0s", "2s", "10s"})}};
  if (chance_.Percent(60)) labels["fairlead.liveness.service"] = "alive";
  if (chance_.Percent(40)) labels["fairlead.retry.attempts"] = "2";
  if (chance_.Percent(20)) labels["fairlead.repair.cascade"] = "true";
  if (!ground_.empty() && chance_.Percent(20))
    labels["com.docker.compose.depends_on"] = ground_ + ":service_started:true";
  return labels;
}

void Simulation::DrawEngineSide(SimContainer& container) {
  container.facts.restart_policy =
      chance_.OneOf(std::vector{RestartPolicy::kNo, RestartPolicy::kNo, RestartPolicy::kAlways,
                                RestartPolicy::kUnlessStopped, RestartPolicy::kOnFailure});
  if (chance_.Percent(30)) container.facts.stop_timeout = std::chrono::seconds(chance_.Below(20));
}

int Simulation::MakeService(int most) {
  const std::string service = fmt::format("svc{}", services_.size());
  services_.push_back(service + ".shop");
  const int size = std::min<int>(1 + static_cast<int>(chance_.Below(8)), most);
  const Labels labels = DrawLabels();
  const bool is_ground = labels.contains("fairlead.repair.cascade");
  const bool has_lodger = chance_.Percent(is_ground ? 60 : 5);
  ContainerId first;
  for (int number = 1; number <= size; ++number) {
    SimContainer container = DrawContainer(service, number);
    container.facts.labels.insert(labels.begin(), labels.end());
    DrawEngineSide(container);
    const ContainerId id = engine_.Create(std::move(container));
    if (number == 1) first = id;
    engine_.Start(id);
  }
  if (has_lodger) MakeLodger(first, service, labels);
  if (is_ground) ground_ = service;
  return size + (has_lodger ? 1 : 0);
}

void Simulation::MakeLodger(const ContainerId& lender, const std::string& service, Labels labels) {
  services_.push_back(service + "-side.shop");
  SimContainer container = DrawContainer(service + "-side", 1, kLodgerPort);
  labels.erase("fairlead.repair.cascade");
  labels["fairlead.repair"] = chance_.Percent(80) ? "restart" : "observe";
  container.facts.labels.insert(labels.begin(), labels.end());
  container.facts.network_mode = "container:" + lender.value;
  container.facts.networks.clear();
  container.lender = lender;
  DrawEngineSide(container);
  const ContainerId id = engine_.Create(std::move(container));
  engine_.Find(lender)->lodger = id;
  engine_.Start(id);
}

void Simulation::MakeHost() {
  fleet_options_ = {.observe_only = chance_.Percent(3),
                    .max_concurrent_repairs = 1 + static_cast<int>(chance_.Below(4)),
                    .panic_threshold_percent = chance_.OneOf(std::vector{30, 50, 50, 70}),
                    .self = {}};
  for (int made = 0; made < options_.replicas;) made += MakeService(options_.replicas - made);
  // Ourselves, with labels as if somebody had not thought; and one that never asked for us.
  fleet_options_.self = engine_.Create(DrawContainer("fairlead", 1));
  engine_.Start(fleet_options_.self);
  SimContainer stranger = DrawContainer("stranger", 1);
  stranger.facts.labels.erase("fairlead.enable");
  stranger.facts.labels.erase("fairlead.port");
  engine_.Start(engine_.Create(std::move(stranger)));
}

void Simulation::MakeClients() {
  for (int number = 0; number < kClients; ++number) {
    std::vector<std::string> services;
    for (const std::string& service : services_) {
      if (chance_.Percent(60)) services.push_back(service);
    }
    clients_.push_back(std::make_unique<SimClient>(
        timeline_, Chance(SeedOf(options_.seed, 10 + static_cast<std::uint64_t>(number))),
        fmt::format("client-{}", number), services,
        [this](const SimClient& client, const std::string& service,
               const SimClient::Addresses& list) {
          trace_.Count(list.size());
          if (daemon_) rules_->OnApplied(client, service, list, daemon_->now());
        }));
  }
}

void Simulation::BeginLife() {
  if (daemon_) return;
  engine_.NobodyHasHeard();
  daemon_ = std::make_unique<SimDaemon>(
      SimDaemon::World{.timeline = timeline_,
                       .trace = trace_,
                       .chance = chance_,
                       .engine = engine_,
                       .store = store_,
                       .rules = *rules_,
                       .rates = plan_.rates,
                       .path = path_,
                       .fail_points = options_.fail_points},
      fleet_options_, ++lives_, [this] { timeline_.After(0ns, [this] { EndLife(kSoonBack); }); });
  for (const auto& client : clients_) client->OnDaemon(&daemon_->discovery());
}

void Simulation::EndLife(Duration away) {
  if (!daemon_) return;
  trace_.Tell(timeline_.now(), "daemon", "is killed");
  for (const auto& client : clients_) client->OnDaemon(nullptr);
  engine_.Unsubscribe();
  steps_ += daemon_->steps();
  checks_ += daemon_->checks();
  daemon_.reset();
  timeline_.After(away, [this] { BeginLife(); });
}

void Simulation::OnProcessEnded(const SimContainer& container) {
  if (daemon_) daemon_->OnProcessEnded(container);
}

void Simulation::OnOurActServed(fleet::ActId act, fleet::ActKind kind, SimContainer& container) {
  rules_->OnOurActServed(act, kind, container, clients_);
  if (daemon_) daemon_->OnOurActServed(kind);
}

// I12: what is kept is bounded by containers and acts, never by events.
void Simulation::WatchBounds() {
  timeline_.After(kBoundsApart, [this] {
    if (daemon_) {
      rules_->CheckBounds({.in_flight = daemon_->observer().in_flight(),
                           .own_acts = daemon_->own_acts(),
                           .acts_kept = store_.acts(),
                           .services = daemon_->fleet().services(),
                           .is_serving = daemon_->fleet().phase() == fleet::Phase::kServing,
                           .planned = timeline_.waiting() - faults_to_come_});
    }
    WatchBounds();
  });
}

void Simulation::Heal() {
  trace_.Tell(timeline_.now(), "world", "nothing goes wrong any more");
  plan_.rates = {};
  path_ = {};
  engine_.Calm();
  for (const auto& client : clients_) client->Calm();
  ResumeAll();
}

SimResult Simulation::Run() {
  const TimePoint begun = timeline_.now();
  const TimePoint healed = begun + options_.length - kQuiet;
  timeline_.RunUntil(begun + options_.first_life_after);
  BeginLife();
  WatchBounds();
  faults_to_come_ = plan_.faults.size();
  for (const Fault& fault : plan_.faults) {
    timeline_.At(fault.at, [this, &fault] {
      --faults_to_come_;
      Happen(fault);
    });
  }
  timeline_.RunUntil(healed);
  Heal();
  timeline_.RunUntil(begun + options_.length);
  if (daemon_) rules_->AtEnd(daemon_->fleet(), clients_);
  SimResult result{.broken = rules_->broken(),
                   .steps = steps_ + (daemon_ ? daemon_->steps() : 0),
                   .checks = checks_ + (daemon_ ? daemon_->checks() : 0),
                   .lives = lives_,
                   .figures = rules_->figures()};
  trace_.Count(result.steps);
  trace_.Count(result.checks);
  result.trace_hash = trace_.hash();
  return result;
}

}  // namespace fairlead::sim

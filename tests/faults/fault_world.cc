#include "faults/fault_world.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <latch>
#include <thread>
#include <utility>

#include "controller/controller.h"
#include "controller/executor.h"
#include "docker/actuator.h"
#include "docker/endpoint.h"
#include "docker/http_engine.h"
#include "faults/scripted_prober.h"
#include "runtime/boot_id.h"
#include "runtime/io_thread.h"
#include "store/sqlite_store.h"

namespace fairlead::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr auto kPollEvery = 1ms;
constexpr const char* kService = "user-service";

// "user-service.shop/2" -> "2"; also "2~" while a recreate has two of one number.
std::string ShortName(const std::string& replica) {
  const std::size_t slash = replica.rfind('/');
  return slash == std::string::npos ? replica : replica.substr(slash + 1);
}

std::map<std::string, std::string> LabelsOf(int number, std::map<std::string, std::string> more) {
  std::map<std::string, std::string> labels = {
      {"fairlead.enable", "true"},
      {"fairlead.port", "50051"},
      {"fairlead.drain.timeout", "0s"},
      {"com.docker.compose.project", "shop"},
      {"com.docker.compose.service", kService},
      {"com.docker.compose.container-number", fmt::format("{}", number)},
      {"com.docker.compose.oneoff", "False"},
      {"com.docker.compose.config-hash", "abc"}};
  for (auto& [key, value] : more) labels[key] = std::move(value);
  return labels;
}

std::string RotationOf(const fleet::ServiceView& view) {
  std::vector<std::string> names;
  for (const fleet::Endpoint& endpoint : view.endpoints)
    names.push_back(ShortName(endpoint.replica));
  return fmt::format("{}", fmt::join(names, " "));
}

}  // namespace

controller::ObserverOptions QuickObserver() {
  controller::ObserverOptions options;
  options.relist_interval = 300ms;
  options.ping_interval = 50ms;
  options.relist_spacing = 10ms;
  options.reconnect_first = 1ms;
  options.reconnect_most = 50ms;
  options.reconnect_absent_most = 20ms;
  options.looks.failure = 20ms;
  options.looks.failure_most = 100ms;
  options.cursor_interval = 10ms;
  options.deliver_retry = 1ms;
  return options;
}

docker::EngineLimits QuickLimits() {
  docker::EngineLimits limits;
  limits.inspect_deadline = 500ms;
  limits.ping_deadline = 500ms;
  limits.events_open_deadline = 500ms;
  return limits;
}

struct FaultWorld::World {
  explicit World(const std::string& directory, const WorldOptions& options) {
    loop.RunAndWait([&] {
      engine = std::make_unique<FakeEngine>(loop.context(), directory + "/engine.sock",
                                            ShapeOf(options.shape), options.seed);
      proxy = std::make_unique<FaultProxy>(loop.context(),
                                           options.over_tcp ? "" : directory + "/proxy.sock",
                                           engine->endpoint(), options.seed);
    });
  }
  ~World() { loop.Stop(); }

  runtime::IoThread loop{"world"};
  std::unique_ptr<FakeEngine> engine;
  std::unique_ptr<FaultProxy> proxy;
};

// The parts of daemon/app.cc between the engine and the published lists, joined in the same way.
struct FaultWorld::Daemon final : public controller::ObserverSink, public xds::Publisher {
  Daemon(FaultWorld& of, const std::string& endpoint);
  ~Daemon() override;

  bool OnFact(fleet::Event fact) override;
  void OnEngineInfo(const docker::EngineInfo& info) override { inbox.OnEngineInfo(info); }
  void OnInventory(const controller::InventoryStatus& status) override {
    inbox.OnInventory(status);
  }
  void OnCursor(const store::EventCursor& cursor) override { inbox.OnCursor(cursor); }
  void Publish(std::vector<fleet::ServiceViewPtr> changed,
               std::vector<ServiceName> dropped) override;
  void OpenGate() override {}
  void Order(fleet::Act act);
  void Tell(const controller::RecordedEvent& event);

  FaultWorld& world;
  std::unique_ptr<store::SqliteStore> kept;
  controller::StatusBoard board;
  controller::Inbox inbox;
  controller::OwnActs own_acts;
  ScriptedProber prober;
  // As in the daemon, whose actuator is a process.
  runtime::IoThread actuator_loop{"fl-actuator"};
  std::array<int, 2> pair{-1, -1};
  std::unique_ptr<docker::Engine> engine;
  runtime::IoThread engine_loop{"fl-engine"};
  runtime::IoThread events_loop{"fl-events"};
  runtime::IoThread core_loop{"fl-core"};
  std::unique_ptr<controller::Observer> observer;
  std::unique_ptr<controller::Executor> executor;
  std::unique_ptr<controller::Controller> core;
};

FaultWorld::Daemon::Daemon(FaultWorld& of, const std::string& endpoint)
    : world(of),
      board(
          {},
          [this](fleet::OperatorCommand command, std::function<void(Result<>)> done) {
            core->Submit(std::move(command), std::move(done));
          },
          [this](std::string name, std::function<void(Result<fleet::Explanation>)> done) {
            core->Explain(std::move(name), std::move(done));
          },
          nullptr),
      inbox(board),
      prober(inbox) {
  kept = std::move(store::SqliteStore::Open(world.directory_ + "/state")->store);
  fleet::Remembered remembered = *kept->Load();
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()), 0);
  boost::asio::co_spawn(
      actuator_loop.context(),
      docker::ServeQuestions(actuator_loop.context(), pair[1], *docker::ParseEndpoint(endpoint),
                             world.options_.limits, {}),
      boost::asio::detached);
  engine = *docker::MakeHttpEngine(engine_loop.context(), endpoint, world.options_.limits, {},
                                   &events_loop.context(), pair[0]);
  executor = std::make_unique<controller::Executor>(
      engine_loop.context(), *engine, own_acts,
      [this](fleet::ActionFinished finished) { inbox.Post(std::move(finished)); },
      [this](const ContainerId& id) {
        if (observer) observer->LookAt(id);
      });
  controller::ObserverOptions options = world.options_.observer;
  options.seed = world.options_.seed;
  options.boot = runtime::BootId();
  options.cursor = *kept->LoadCursor();
  for (const fleet::LedgerEntry& act : remembered.acts) {
    if (act.state == fleet::ActState::kDropped) continue;
    own_acts.Remember(act.generation.id, act.permitted_at, act.finished_at);
  }
  observer =
      std::make_unique<controller::Observer>(engine_loop.context(), events_loop.context(), *engine,
                                             spec::HostPolicy{}, options, own_acts, *this);
  core = std::make_unique<controller::Controller>(
      core_loop, inbox, world.options_.core, std::move(remembered),
      controller::Hands{.prober = prober,
                        .publisher = *this,
                        .store = *kept,
                        .board = board,
                        .act = [this](fleet::Act act) { Order(std::move(act)); },
                        .traffic = [](fleet::TrafficOrder) {},
                        .cut = [](fleet::CutCallers) {},
                        .process = [](fleet::ProcessOrder) {},
                        .look =
                            [this](const ContainerId& id) {
                              boost::asio::post(engine_loop.context(),
                                                [this, id] { observer->LookAt(id); });
                            },
                        .tell = [this](const controller::RecordedEvent& event) { Tell(event); }});
  for (const auto& [number, outcome] : world.says_) prober.Say(world.ids_.at(number), outcome);
  engine_loop.RunAndWait([this] { observer->Start(); });
}

FaultWorld::Daemon::~Daemon() {
  core->BeginStop();
  core_loop.RunAndWait([] {});
  core_loop.Stop();
  engine_loop.RunAndWait([this] { observer.reset(); });
  engine_loop.Stop();
  events_loop.Stop();
  close(pair[0]);
  actuator_loop.Stop();
  if (const auto cursor = inbox.TakeCursor()) {
    EXPECT_TRUE(kept->WriteCursor(*cursor));
  }
}

bool FaultWorld::Daemon::OnFact(fleet::Event fact) {
  {
    const std::lock_guard lock(world.mutex_);
    if (const auto* act = std::get_if<fleet::ForeignActSeen>(&fact)) {
      world.witness_.foreign_acts.push_back(act->verb + " " + world.NumberOf(act->id.value));
    }
    if (std::holds_alternative<fleet::InventorySynced>(fact)) ++world.witness_.syncs;
  }
  return inbox.OnFact(std::move(fact));
}

void FaultWorld::Daemon::Publish(std::vector<fleet::ServiceViewPtr> changed,
                                 std::vector<ServiceName>) {
  for (const fleet::ServiceViewPtr& view : changed) {
    {
      const std::lock_guard lock(world.mutex_);
      if (view->name.service == kService) world.witness_.rotations.push_back(RotationOf(*view));
    }
    inbox.OnAdopted(view->name, view->revision);
  }
}

void FaultWorld::Daemon::Order(fleet::Act act) {
  {
    const std::lock_guard lock(world.mutex_);
    const char* verb = act.kind == fleet::ActKind::kRestart ? "restart"
                       : act.kind == fleet::ActKind::kStop  ? "stop"
                                                            : "start";
    world.witness_.acts.push_back(
        fmt::format("{} {}", verb, world.NumberOf(act.generation.id.value)));
    world.witness_.orders.push_back(act);
  }
  executor->Run(std::move(act));
}

void FaultWorld::Daemon::Tell(const controller::RecordedEvent& event) {
  const std::lock_guard lock(world.mutex_);
  const fleet::Note& note = event.note;
  if (note.kind == fleet::NoteKind::kPhaseChanged) world.witness_.phases.push_back(note.code);
  world.witness_.notes.push_back(
      fmt::format("{} {} {}", fleet::NoteKindName(note.kind), ShortName(note.replica), note.code));
}

FaultWorld::FaultWorld(WorldOptions options) : options_(std::move(options)) {
  std::string path = "/tmp/fairlead-fault-XXXXXX";
  directory_ =
      options_.state_dir.empty() ? std::string(::mkdtemp(path.data())) : options_.state_dir;
  world_ = std::make_unique<World>(directory_, options_);
}

FaultWorld::~FaultWorld() {
  StopDaemon();
  world_.reset();
  std::error_code ignored;
  if (options_.state_dir.empty()) std::filesystem::remove_all(directory_, ignored);
}

std::string FaultWorld::AddReplica(int number, std::map<std::string, std::string> more) {
  std::string id;
  Do([&](FakeEngine& engine, FaultProxy&) {
    FakeHost& host = engine.host();
    id = host.Add(fmt::format("shop-user-service-{}", number), LabelsOf(number, std::move(more)));
    Place(number, id, fmt::format("172.31.0.{}", number + 1));
    host.Start(id);
  });
  ids_[number] = id;
  return id;
}

std::string FaultWorld::CreateReplica(int number, const std::string& name,
                                      std::map<std::string, std::string> more) {
  std::string id;
  Do([&](FakeEngine& engine, FaultProxy&) {
    id = engine.host().Create(name, LabelsOf(number, std::move(more)));
    Place(number, id, fmt::format("172.31.1.{}", number + 1));
  });
  ids_[number] = id;
  return id;
}

void FaultWorld::Place(int number, const std::string& id, const std::string& ip) {
  world_->engine->host().At(id).networks = {
      {.name = "shop_default", .id = "n1", .ipv4 = ip, .ipv6 = ""}};
  const std::lock_guard lock(mutex_);
  numbers_[id] = number;
}

void FaultWorld::Say(int number, spec::CheckClass outcome) {
  says_[number] = outcome;
  if (daemon_) daemon_->prober.Say(IdOf(number), outcome);
}

void FaultWorld::Do(const std::function<void(FakeEngine&, FaultProxy&)>& change) {
  world_->loop.RunAndWait([&] { change(*world_->engine, *world_->proxy); });
}

void FaultWorld::StartDaemon() {
  daemon_ = std::make_unique<Daemon>(
      *this, Ask<std::string>([](FakeEngine&, FaultProxy& proxy) { return proxy.endpoint(); }));
}

void FaultWorld::StopDaemon() {
  daemon_.reset();
}

void FaultWorld::Serve(const std::string& rotation) {
  StartDaemon();
  ASSERT_TRUE(UntilPhase("serving"));
  ASSERT_TRUE(UntilRotation(rotation));
}

std::string FaultWorld::NumberOf(const std::string& container) const {
  const auto found = numbers_.find(container);
  return found == numbers_.end() ? container.substr(0, 12) : fmt::format("{}", found->second);
}

std::string FaultWorld::Rotation() const {
  const std::lock_guard lock(mutex_);
  return witness_.rotations.empty() ? "-" : witness_.rotations.back();
}

std::string FaultWorld::Phase() const {
  return daemon_ ? std::string(fleet::PhaseName(daemon_->board.Status().phase)) : "no daemon";
}

std::uint64_t FaultWorld::MissedEvents() const {
  return daemon_ ? daemon_->board.Status().inventory.missed_events : 0;
}

controller::InventoryStatus FaultWorld::Inventory() const {
  return daemon_ ? daemon_->board.Status().inventory : controller::InventoryStatus{};
}

fleet::ReplicaReport FaultWorld::Report(int number) const {
  for (const auto& service : daemon_->board.Services()) {
    for (const fleet::ReplicaReport& replica : service->replicas) {
      if (ShortName(replica.name) == fmt::format("{}", number)) return replica;
    }
  }
  return {};
}

void FaultWorld::HoldStill(Held held, const std::function<void()>& meanwhile) {
  std::vector<runtime::IoThread*> loops = {&daemon_->core_loop, &daemon_->engine_loop};
  if (held == Held::kAll) loops.push_back(&daemon_->events_loop);
  std::latch all_hold(static_cast<std::ptrdiff_t>(loops.size()));
  std::promise<void> over;
  const std::shared_future<void> is_over = over.get_future().share();
  for (runtime::IoThread* loop : loops) {
    loop->Post([&all_hold, is_over] {
      all_hold.count_down();
      is_over.wait();
    });
  }
  all_hold.wait();
  meanwhile();
  over.set_value();
}

Witness FaultWorld::Seen() const {
  const std::lock_guard lock(mutex_);
  return witness_;
}

void FaultWorld::Submit(fleet::OperatorCommand command, std::function<void(Result<>)> done) {
  daemon_->board.Submit(std::move(command), std::move(done));
}

Result<> FaultWorld::Command(fleet::OperatorVerb verb, int number, bool force) {
  const auto answer = std::make_shared<std::promise<Result<>>>();
  std::future<Result<>> answered = answer->get_future();
  Submit({.verb = verb,
          .replica = fmt::format("user-service.shop/{}", number),
          .actor = "uid 0",
          .reason = "row",
          .force = force},
         [answer](Result<> result) { answer->set_value(std::move(result)); });
  if (answered.wait_for(kPatience) == std::future_status::ready) return answered.get();
  return Fail(Code::kDeadlineExceeded, "command: no answer; seen last: " + LastSeen());
}

std::vector<std::string> FaultWorld::PostsAbout(int number) {
  const std::string path = "/containers/" + IdOf(number) + "/";
  std::vector<std::string> verbs;
  Do([&](FakeEngine& engine, FaultProxy&) {
    for (const std::string& request : engine.requests()) {
      const std::size_t found = request.find(path);
      if (!request.starts_with("POST ") || found == std::string::npos) continue;
      const std::size_t begin = found + path.size();
      verbs.push_back(request.substr(begin, request.find('?', begin) - begin));
    }
  });
  return verbs;
}

int FaultWorld::TimesTold(const std::string& note) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::ranges::count(witness_.notes, note));
}

std::string FaultWorld::LastSeen() const {
  const Witness seen = Seen();
  return fmt::format(
      "phase {}, rotation \"{}\", {} syncs\n  phases: {}\n  foreign: {}\n  acts: {}\n"
      "  notes: {}",
      Phase(), Rotation(), seen.syncs, fmt::join(seen.phases, ", "),
      fmt::join(seen.foreign_acts, ", "), fmt::join(seen.acts, ", "), fmt::join(seen.notes, "; "));
}

bool FaultWorld::Until(const std::string& what, const std::function<bool()>& holds) const {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > limit) {
      ADD_FAILURE() << "never: " << what << "; seen last: " << LastSeen();
      return false;
    }
    std::this_thread::sleep_for(kPollEvery);
  }
  return true;
}

bool FaultWorld::UntilRotation(const std::string& rotation) const {
  return Until("rotation " + rotation, [&] { return Rotation() == rotation; });
}

bool FaultWorld::UntilPhase(const std::string& phase) const {
  return Until("phase " + phase, [&] { return Phase() == phase; });
}

bool FaultWorld::UntilSyncedAgain() const {
  const int before = Seen().syncs;
  return Until("one more sync", [&] { return Seen().syncs > before; });
}

bool FaultWorld::UntilListedAgain() {
  const auto lists = [this] {
    return Ask<std::ptrdiff_t>([](FakeEngine& engine, FaultProxy&) {
      return std::ranges::count_if(engine.requests(), [](const std::string& request) {
        return request.find("/containers/json") != std::string::npos;
      });
    });
  };
  // One list is two requests, one per label that opts in; one may be under way.
  constexpr std::ptrdiff_t kRequests = 6;
  const std::ptrdiff_t before = lists();
  return Until("two more lists", [&] { return lists() >= before + kRequests; });
}

bool FaultWorld::UntilTold(const std::string& note, int times) const {
  return Until(fmt::format("told {} times: {}", times, note),
               [&] { return TimesTold(note) >= times; });
}

void Repeat(int times, const std::function<void(std::uint64_t seed)>& story) {
  if (const char* one = std::getenv("FAIRLEAD_SEED")) {
    story(std::strtoull(one, nullptr, 10));
    return;
  }
  const int factor = std::getenv("FAIRLEAD_SOAK") == nullptr ? 1 : 10;
  for (int seed = 1; seed <= times * factor; ++seed) {
    SCOPED_TRACE(fmt::format("FAIRLEAD_SEED={}", seed));
    story(static_cast<std::uint64_t>(seed));
    if (::testing::Test::HasFailure()) return;
  }
}

void RepeatSideBySide(int times, const std::function<void(std::uint64_t seed)>& story) {
  constexpr int kAtOnce = 10;
  if (std::getenv("FAIRLEAD_SEED") != nullptr) return Repeat(times, story);
  const int all = times * (std::getenv("FAIRLEAD_SOAK") == nullptr ? 1 : 10);
  for (int first = 1; first <= all && !::testing::Test::HasFailure(); first += kAtOnce) {
    std::vector<std::jthread> stories;
    for (int seed = first; seed <= std::min(all, first + kAtOnce - 1); ++seed) {
      stories.emplace_back([&story, seed] {
        SCOPED_TRACE(fmt::format("FAIRLEAD_SEED={}", seed));
        story(static_cast<std::uint64_t>(seed));
      });
    }
  }
}

}  // namespace fairlead::test

// From nothing to the complete picture of 500 containers, beside one bare list call.
//
// A child process is the engine: the fake one, with the delays that a real one showed. The floor is
// a raw socket that asks for the list and reads the answer to its end; the real thing is the
// daemon's Observer from Start() until it says that its picture is complete: hello, event stream,
// list, and an inspect of each container, by way of an actuator in a process of its own. Wall time,
// because that is what a host waits for.
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <memory>
#include <string>

#include "bench/measure.h"
#include "bench/ready_child.h"
#include "bench/sockets.h"
#include "controller/observer.h"
#include "docker/actuator.h"
#include "docker/endpoint.h"
#include "docker/http_engine.h"
#include "runtime/io_thread.h"
#include "support/fake_engine.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kContainers = 500;
constexpr int kPairs = 15;
constexpr double kGoal = 2.5;
constexpr auto kPatience = 30s;

double Microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

// Labelled replicas of ten services, as Compose makes them.
void Populate(test::FakeEngine& engine) {
  for (int i = 0; i < kContainers; ++i) {
    const std::string service = "service-" + std::to_string(i / 50);
    const std::string number = std::to_string(i % 50 + 1);
    const std::string id = engine.Add("shop-" + service + "-" + number,
                                      {{"fairlead.enable", "true"},
                                       {"fairlead.port", "50051"},
                                       {"com.docker.compose.project", "shop"},
                                       {"com.docker.compose.service", service},
                                       {"com.docker.compose.container-number", number},
                                       {"com.docker.compose.oneoff", "False"},
                                       {"com.docker.compose.config-hash", "abc"}});
    engine.host().Start(id);
  }
}

pid_t SpawnEngine(const std::string& path) {
  return SpawnReady([&](auto tell_ready) {
    boost::asio::io_context context;
    test::FakeEngine engine(context, path);
    Populate(engine);
    engine.delays() = test::kRealisticDelays;
    tell_ready();
    context.run();
  });
}

double BareList(const std::string& path) {
  const std::string request =
      "GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22fairlead.enable%22%5D%7D "
      "HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";
  const Clock::time_point begin = Clock::now();
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    Die("connect to the engine");
  SendAll(fd, request);
  static char scratch[65536];
  std::size_t bytes = 0;
  for (ssize_t got = 0; (got = read(fd, scratch, sizeof scratch)) > 0;)
    bytes += static_cast<std::size_t>(got);
  close(fd);
  const double took = Microseconds(Clock::now() - begin);
  if (bytes < kContainers * 500) Die("the list is too short to be one");
  return took;
}

// Waits until the picture is complete, and counts what it holds.
class Picture final : public controller::ObserverSink {
 public:
  bool OnFact(fleet::Event fact) override {
    if (std::holds_alternative<fleet::ContainerObserved>(fact)) ++observed_;
    if (std::holds_alternative<fleet::InventorySynced>(fact)) complete_.set_value(observed_);
    return true;
  }
  void OnEngineInfo(const docker::EngineInfo&) override {}
  void OnInventory(const controller::InventoryStatus&) override {}
  void OnCursor(const store::EventCursor&) override {}

  void Wait() {
    std::future<int> complete = complete_.get_future();
    if (complete.wait_for(kPatience) != std::future_status::ready)
      Die("the picture stays incomplete");
    if (complete.get() != kContainers) Die("the picture lacks containers");
  }

 private:
  int observed_ = 0;
  std::promise<int> complete_;
};

// Asks in the daemon's place, as its actuator does.
pid_t SpawnActuator(const std::string& path, int pair) {
  return SpawnReady([&](auto tell_ready) {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(
        context,
        docker::ServeQuestions(context, pair, *docker::ParseEndpoint("unix://" + path), {}, {}),
        boost::asio::detached);
    tell_ready();
    context.run();
  });
}

double ColdStart(const std::string& path, int actuator) {
  runtime::IoThread loop("bench-engine");
  runtime::IoThread reader("bench-reader");
  const auto engine = docker::MakeHttpEngine(loop.context(), "unix://" + path, {}, std::nullopt,
                                             &reader.context(), actuator);
  if (!engine) Die("make the engine's client");
  Picture picture;
  controller::OwnActs own_acts;
  std::unique_ptr<controller::Observer> observer;
  const Clock::time_point begin = Clock::now();
  loop.RunAndWait([&] {
    observer = std::make_unique<controller::Observer>(
        loop.context(), reader.context(), **engine, spec::HostPolicy{},
        controller::ObserverOptions{}, own_acts, picture);
    observer->Start();
  });
  picture.Wait();
  const double took = Microseconds(Clock::now() - begin);
  loop.RunAndWait([&] { observer.reset(); });
  reader.Stop();
  loop.Stop();
  return took;
}

void Run() {
  const std::string path = "/tmp/fairlead-bench-" + std::to_string(getpid()) + ".sock";
  const pid_t engine = SpawnEngine(path);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    Die("make a pair");
  const pid_t actuator = SpawnActuator(path, ends[1]);
  Series floor;
  Series real;
  for (int pair = 0; pair < kPairs; ++pair) {
    real.values.push_back(ColdStart(path, ends[0]));
    floor.values.push_back(BareList(path));
  }
  Report("Cold start with " + std::to_string(kContainers) +
             " containers to the complete picture, beside one bare list call",
         real, floor, kGoal);
  for (const pid_t child : {engine, actuator}) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  unlink(path.c_str());
}

}  // namespace
}  // namespace fairlead::bench

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fairlead::bench::Run();
}

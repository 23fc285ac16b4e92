// The prober as the daemon runs it, on ports of loopback, and all that it tells as JSON lines.
//
//   stock_probe PORT...
//
// The service "" of each port is checked every 100 ms, with Watch beside it. The service "toggled"
// is asked once an hour, hence once: whatever else is told about it was told by Watch. Ends when
// standard input does. tests/contract/stock/probe.py reads it.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "health/prober.h"
#include "runtime/loop_thread.h"

namespace fairlead {
namespace {

using namespace std::chrono_literals;

constexpr Duration kInterval = 100ms;  // the shortest that a label may ask for
// Far beyond the interval: what a busy machine makes late has not failed, nor has a JVM that needs
// most of a second for its first answer.
constexpr Duration kTimeout = 5s;

class Telling final : public health::ProbeSink {
 public:
  void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) override {
    Tell(generation, "outcome",
         fmt::format(R"(,"class":"{}","latency_us":{},"by_watch":{})",
                     spec::CheckClassName(outcome.check_class),
                     std::chrono::duration_cast<std::chrono::microseconds>(outcome.latency).count(),
                     outcome.detail.ends_with("told by Watch")));
  }
  void OnConnectionClosed(const Generation& generation) override { Tell(generation, "closed", ""); }

 private:
  // The id of a generation is `PORT/SERVICE` here.
  static void Tell(const Generation& generation, std::string_view what, const std::string& more) {
    const std::chrono::nanoseconds at = std::chrono::steady_clock::now().time_since_epoch();
    const std::string& id = generation.id.value;
    const std::size_t slash = id.find('/');
    fmt::print(R"({{"at_ns":{},"port":{},"service":"{}","what":"{}"{}}})"
               "\n",
               at.count(), id.substr(0, slash), id.substr(slash + 1), what, more);
    std::fflush(stdout);
  }
};

spec::CheckTarget Target(std::uint16_t port, const std::string& service) {
  spec::CheckTarget target;
  target.generation = {ContainerId(fmt::format("{}/{}", port, service)), "2026-01-01T00:00:00Z"};
  target.ip = "127.0.0.1";
  target.port = port;
  target.health.service = service;
  target.health.interval = service.empty() ? kInterval : Duration(1h);
  target.health.timeout = kTimeout;
  target.health.ping = kInterval;
  return target;
}

int Run(const std::vector<std::uint16_t>& ports) {
  Telling sink;
  runtime::LoopThread thread("prober");
  std::unique_ptr<health::Prober> prober;
  thread.RunAndWait([&] { prober = health::MakeProber(thread.loop(), {}, sink); });
  for (const std::uint16_t port : ports) {
    prober->Begin(Target(port, ""));
    prober->Begin(Target(port, "toggled"));
  }
  while (std::getchar() != EOF) {
  }
  thread.RunAndWait([&] { prober.reset(); });
  return 0;
}

}  // namespace
}  // namespace fairlead

int main(int count, char** arguments) {
  std::vector<std::uint16_t> ports;
  for (int i = 1; i < count; ++i) {
    const std::string_view text = arguments[i];
    std::uint16_t port = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), port).ec != std::errc()) return 2;
    ports.push_back(port);
  }
  return ports.empty() ? 2 : fairlead::Run(ports);
}

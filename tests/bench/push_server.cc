#include "bench/push_server.h"

#include <sys/wait.h>

#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "bench/measure.h"
#include "bench/push_client.h"
#include "bench/sockets.h"
#include "runtime/loop_thread.h"
#include "xds/catalog.h"
#include "xds/encoding.h"
#include "xds/server.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kEndpoints = 10;
// Nobody waits for longer: a push to a thousand streams takes milliseconds.
constexpr auto kPatience = 30s;

const ServiceName kService{.project = "bench", .service = "user"};

// Ten endpoints, as a service with ten replicas has them; one is another in each revision.
fleet::ServiceViewPtr ViewOf(std::uint64_t revision) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = kService;
  view->revision = revision;
  view->port = 50051;
  for (int i = 0; i < kEndpoints; ++i) {
    const std::uint64_t last = i == 0 ? 100 + revision % 100 : 10 + static_cast<unsigned>(i);
    fleet::Endpoint endpoint;
    endpoint.replica = "user.bench/" + std::to_string(i + 1);
    endpoint.port = view->port;
    endpoint.addresses = {{.network = "bench_default",
                           .network_id = "bench",
                           .ipv4 = "172.31.0." + std::to_string(last),
                           .ipv6 = ""}};
    view->endpoints.push_back(std::move(endpoint));
  }
  return view;
}

// Lets the publishing thread wait until all clients have a revision.
class AdoptionWait final : public xds::AdoptionSink {
 public:
  void OnAdopted(const ServiceName&, std::uint64_t revision) override {
    {
      const std::lock_guard lock(mutex_);
      adopted_ = revision;
    }
    changed_.notify_one();
  }

  void Until(std::uint64_t revision) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return adopted_ >= revision; })) {
      errno = ETIMEDOUT;
      Die("wait for acknowledgements");
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t adopted_ = 0;
};

class NoRefusals final : public xds::DiscoveryObserver {
 public:
  void OnRefused(const xds::RefusedNote&) override { Die("a client refused a response"); }
  void OnPlaced(const xds::PlacedNote&) override {}
};

class RealServer {
 public:
  explicit RealServer(const PushLoad& load) {
    ServerPlace place{.unix_path = load.unix_path};
    loop_.RunAndWait([&] {
      server_.emplace(loop_.loop(), xds::DiscoveryOptions{}, adoption_, refusals_);
      if (place.unix_path.empty()) {
        const Result<std::uint16_t> port = server_->ListenTcp("127.0.0.1", 0);
        if (!port) Die(port.error().message.c_str());
        place.port = *port;
      } else if (const Result<> listening = server_->ListenUnix(place.unix_path); !listening) {
        Die(listening.error().message.c_str());
      }
    });
    client_ = SpawnPushClient(place, load.streams, load.resource);
    server_->OpenGate();
    // Streams that come before the first view are answered by it; those that come later at once.
    server_->Publish({ViewOf(++revision_)}, {});
    while (Subscribers() < load.streams) usleep(20000);
    Round();
  }

  ~RealServer() {
    loop_.RunAndWait([&] { server_.reset(); });
    waitpid(client_, nullptr, 0);
  }

  void Round() {
    server_->Publish({ViewOf(++revision_)}, {});
    adoption_.Until(revision_);
  }

 private:
  int Subscribers() {
    int count = 0;
    loop_.RunAndWait([&] { count = static_cast<int>(server_->Clients().size()); });
    return count;
  }

  AdoptionWait adoption_;
  NoRefusals refusals_;
  runtime::LoopThread loop_{"bench-xds"};
  std::optional<xds::DiscoveryServer> server_;
  pid_t client_ = 0;
  std::uint64_t revision_ = 0;
};

}  // namespace

std::string PushedResource() {
  return kService.Text();
}

std::size_t PushedResponseBytes() {
  xds::Catalog catalog({});
  const fleet::ServiceViewPtr view = ViewOf(1);
  catalog.Apply(std::span(&view, 1), {});
  const xds::ResourcePtr resource =
      catalog.Find({}, xds::Flavour::kGrpc, xds::ResourceType::kEndpoints, PushedResource());
  return resource->alone->size() + xds::NonceTail(1).bytes().size();
}

PushRun RunPushServer(const PushLoad& load) {
  const double rss_before = ResidentKib();
  RealServer server(load);
  const double rss = ResidentKib() - rss_before;
  const double before = CpuSeconds();
  for (int i = 0; i < load.rounds; ++i) server.Round();
  return {.cpu_us_per_push = (CpuSeconds() - before) * 1e6 / load.rounds / load.streams,
          .rss_kib_per_stream = rss / load.streams};
}

}  // namespace fairlead::bench

#include "bench/push_server.h"

#include <sys/wait.h>

#include <chrono>

#include "bench/discovery_under_test.h"
#include "bench/measure.h"
#include "bench/push_client.h"
#include "xds/catalog.h"
#include "xds/encoding.h"

namespace fairlead::bench {
namespace {

const ServiceName kService{.project = "bench", .service = "user"};

class RealServer {
 public:
  explicit RealServer(const PushLoad& load) : endpoints_(load.endpoints), server_(load.unix_path) {
    server_.Publish(BenchView(kService, ++revision_, endpoints_));
    client_ = SpawnPushClient(server_.place(), load.streams, load.resource);
    server_.UntilAnswered(load.streams);
  }

  void Round() {
    server_.Publish(BenchView(kService, ++revision_, endpoints_));
    server_.UntilAdopted(kService, revision_);
  }

  pid_t client() const { return client_; }

 private:
  const int endpoints_;
  std::uint64_t revision_ = 0;
  pid_t client_ = 0;
  DiscoveryUnderTest server_;
};

}  // namespace

std::string PushedResource() {
  return kService.Text();
}

std::size_t PushedResponseBytes(int endpoints) {
  xds::Catalog catalog({});
  const fleet::ServiceViewPtr view = BenchView(kService, 1, endpoints);
  catalog.Apply(std::span(&view, 1), {});
  const xds::ResourcePtr resource =
      catalog.Find({}, xds::Flavour::kGrpc, xds::ResourceType::kEndpoints, PushedResource());
  return resource->alone->size() + xds::NonceTail(1).bytes().size();
}

PushRun RunPushServer(const PushLoad& load) {
  pid_t client = 0;
  PushRun run;
  {
    const double rss_before = ResidentKib();
    const double cpu_before = CpuSeconds();
    RealServer server(load);
    client = server.client();
    run.cpu_us_per_first = (CpuSeconds() - cpu_before) * 1e6 / load.streams;
    server.Round();  // warm
    run.rss_kib_per_stream = (ResidentKib() - rss_before) / load.streams;
    MeasureRounds(load, [&] { server.Round(); }, run);
  }
  waitpid(client, nullptr, 0);
  return run;
}

}  // namespace fairlead::bench

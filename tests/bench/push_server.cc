#include "bench/push_server.h"

#include <sys/wait.h>

#include <chrono>
#include <vector>

#include "bench/discovery_under_test.h"
#include "bench/measure.h"
#include "bench/push_client.h"
#include "xds/catalog.h"
#include "xds/encoding.h"

namespace fairlead::bench {
namespace {

const ServiceName kService{.project = "bench", .service = "user"};

// What is published in turn. Made beforehand: to make a view is not discovery's work.
using Views = std::vector<fleet::ServiceViewPtr>;

Views ViewsFor(const PushLoad& load) {
  constexpr int kBefore = 2;  // the first state and the warm round
  Views views;
  for (int i = 1; i <= kBefore + load.rounds; ++i) {
    views.push_back(BenchView(kService, static_cast<std::uint64_t>(i), load.endpoints));
  }
  return views;
}

class RealServer {
 public:
  RealServer(const PushLoad& load, const Views& views) : views_(views), server_(load.unix_path) {
    server_.Publish(views_[published_++]);
    client_ = SpawnPushClient(server_.place(), load.streams, load.resource);
    server_.UntilAnswered(load.streams);
  }

  void Round() {
    const fleet::ServiceViewPtr& view = views_[published_++];
    server_.Publish(view);
    server_.UntilAdopted(kService, view->revision);
  }

  pid_t client() const { return client_; }

 private:
  const Views& views_;
  std::size_t published_ = 0;
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
  const Views views = ViewsFor(load);
  {
    const double rss_before = ResidentKib();
    const double cpu_before = CpuSeconds();
    RealServer server(load, views);
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

// DiscoveryUnderTest: a whole DiscoveryServer on a loop of its own in this process, and the wait
// until its clients have what was published. Threads: one, the caller's; the loop is its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "bench/sockets.h"
#include "fleet/view.h"
#include "runtime/loop_thread.h"
#include "xds/publisher.h"
#include "xds/server.h"

namespace fairlead::bench {

class DiscoveryUnderTest : private xds::AdoptionSink, private xds::DiscoveryObserver {
 public:
  // Listens at a port of its choice or, with a path, on a unix socket. Serves at once.
  explicit DiscoveryUnderTest(const std::string& unix_path = "");
  ~DiscoveryUnderTest() override;

  const ServerPlace& place() const { return place_; }
  void Publish(fleet::ServiceViewPtr view);
  // Until every client that uses the service has acknowledged the revision; ends the program after
  // two minutes: a push to thousands of streams takes milliseconds.
  void UntilAdopted(const ServiceName& service, std::uint64_t revision);
  // Until so many streams are there, have asked and were answered.
  void UntilAnswered(int streams);

 private:
  void OnAdopted(const ServiceName& service, std::uint64_t revision) override;
  void OnRefused(const xds::RefusedNote&) override { Die("a client refused a response"); }
  void OnPlaced(const xds::PlacedNote&) override {}

  ServerPlace place_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<ServiceName, std::uint64_t> adopted_;
  runtime::LoopThread loop_{"bench-xds"};
  std::optional<xds::DiscoveryServer> server_;
};

// A service of `endpoints` replicas, one of which is another in each revision.
fleet::ServiceViewPtr BenchView(const ServiceName& service, std::uint64_t revision, int endpoints);

}  // namespace fairlead::bench

// Stock clients in different places: each calls what it can reach, by the names of its own project.
#include <map>
#include <mutex>

#include "integration/xds/discovery_fixture.h"
#include "integration/xds/xds_caller.h"

namespace fairlead::xds::testing {
namespace {

using namespace std::chrono_literals;
using Counts = std::map<std::string, int>;

// Says where clients are as the test wishes: by transport, since all are this very process.
class StagedLocator final : public ClientLocator {
 public:
  void Watch(ClientWatch watch, ClientOrigin origin, Tell tell) override {
    const std::lock_guard lock(mutex_);
    if (const auto place = places_.find(origin.is_unix); place != places_.end())
      tell(place->second);
    watched_.emplace(watch, Watched{origin.is_unix, std::move(tell)});
  }
  void Unwatch(ClientWatch watch) override {
    const std::lock_guard lock(mutex_);
    watched_.erase(watch);
  }
  // From now on, and for those who are connected.
  void Put(bool is_unix, const std::string& network, const std::string& project) {
    const std::lock_guard lock(mutex_);
    ClientPlace place;
    place.viewer.network_ids = {{network}};
    place.project = project;
    place.container = "c1";
    places_[is_unix] = place;
    for (const auto& [watch, watched] : watched_) {
      if (watched.is_unix == is_unix) watched.tell(place);
    }
  }

 private:
  struct Watched {
    bool is_unix = false;
    Tell tell;
  };
  std::mutex mutex_;
  std::map<bool, ClientPlace> places_;
  std::map<ClientWatch, Watched> watched_;
};

class LocatedClient : public DiscoveryFixture {
 protected:
  ~LocatedClient() override { Stop(); }  // the server watches until it ends

  void StartLocated() {
    DiscoveryOptions options;
    options.locator = &locator_;
    options.locate_patience = 100ms;
    options.housekeeping_interval = 20ms;
    Start(options);
  }
  std::uint64_t PublishOn(const std::string& project,
                          const std::vector<std::pair<const Greeter*, std::string>>& backends) {
    fleet::ServiceView view;
    view.name = {project, "user"};
    view.port = 50051;
    for (const auto& [backend, network] : backends) {
      fleet::Endpoint endpoint;
      endpoint.replica = network;
      endpoint.port = backend->port();
      endpoint.addresses = {
          {.network = network, .network_id = network, .ipv4 = "127.0.0.1", .ipv6 = ""}};
      view.endpoints.push_back(std::move(endpoint));
    }
    return PublishView(std::move(view));
  }

  StagedLocator locator_;
  Greeter a_{"a"};
  Greeter b_{"b"};
  Greeter c_{"c"};
};

TEST_F(LocatedClient, OnDisjointNetworksEachCallOnlyWhatTheyReach) {
  locator_.Put(/*is_unix=*/true, "north", "shop");
  locator_.Put(/*is_unix=*/false, "south", "shop");
  StartLocated();
  PublishOn("shop", {{&a_, "north"}, {&b_, "south"}, {&c_, "south"}});
  XdsCaller north("xds:///user", UnixBootstrap());
  XdsCaller south("xds:///user", TcpBootstrap());
  ASSERT_TRUE(north.CallUntil("a"));
  ASSERT_TRUE(south.CallUntil("b") && south.CallUntil("c"));
  EXPECT_EQ(north.Calls(10), (Counts{{"a", 10}}));
  EXPECT_EQ(south.Calls(10), (Counts{{"b", 5}, {"c", 5}}));
  for (const ClientReport& report : Clients()) {
    EXPECT_EQ(report.left_out.at("user.shop").size(), report.pid != 0 ? 2u : 1u);
  }
}

TEST_F(LocatedClient, ARemovalIsAdoptedByThoseWhoWereToldOfItAlone) {
  locator_.Put(true, "north", "shop");
  locator_.Put(false, "south", "shop");
  StartLocated();
  PublishOn("shop", {{&a_, "north"}, {&b_, "south"}, {&c_, "south"}});
  XdsCaller north("xds:///user", UnixBootstrap());
  XdsCaller south("xds:///user", TcpBootstrap());
  ASSERT_TRUE(north.CallUntil("a") && south.CallUntil("c"));
  ASSERT_TRUE(WaitAdopted(PublishOn("shop", {{&a_, "north"}, {&b_, "south"}})));
  // C-core acknowledges a list before its calls follow it: a call that begins in that moment may go
  // the old way.
  for (int round = 0; round < 20 && south.Calls(6) != Counts{{"b", 6}}; ++round) {
  }
  EXPECT_EQ(south.Calls(6), (Counts{{"b", 6}}));
  EXPECT_EQ(north.Calls(6), (Counts{{"a", 6}}));
}

TEST_F(LocatedClient, ThatMovesFollowsItsNetworkWithoutALostCall) {
  locator_.Put(true, "north", "shop");
  StartLocated();
  PublishOn("shop", {{&a_, "north"}, {&b_, "south"}});
  XdsCaller caller("xds:///user", UnixBootstrap());
  ASSERT_TRUE(caller.CallUntil("a"));
  for (int round = 0; round < 3; ++round) {
    locator_.Put(true, "south", "shop");
    ASSERT_TRUE(caller.CallUntil("b"));
    EXPECT_EQ(caller.Calls(5), (Counts{{"b", 5}}));
    locator_.Put(true, "north", "shop");
    ASSERT_TRUE(caller.CallUntil("a"));
    EXPECT_EQ(caller.Calls(5), (Counts{{"a", 5}}));
  }
  EXPECT_TRUE(WaitAdopted(PublishOn("shop", {{&c_, "north"}})));
  EXPECT_TRUE(caller.CallUntil("c"));
}

TEST_F(LocatedClient, ReachesItsOwnProjectsServiceByASharedShortName) {
  locator_.Put(true, "north", "shop");
  locator_.Put(false, "north", "office");
  StartLocated();
  PublishOn("shop", {{&a_, "north"}});
  PublishOn("office", {{&b_, "north"}});
  XdsCaller shop("xds:///user", UnixBootstrap());
  XdsCaller office("xds:///user", TcpBootstrap());
  XdsCaller across("xds:///user.office", UnixBootstrap());
  ASSERT_TRUE(shop.CallUntil("a"));
  ASSERT_TRUE(office.CallUntil("b"));
  ASSERT_TRUE(across.CallUntil("b"));
  EXPECT_EQ(shop.Calls(5), (Counts{{"a", 5}}));
  EXPECT_EQ(office.Calls(5), (Counts{{"b", 5}}));
}

TEST_F(LocatedClient, ThatNobodyLocatesCountsAsOnTheHostAndIsMovedLater) {
  StartLocated();
  PublishOn("shop", {{&a_, "north"}, {&b_, "south"}});
  XdsCaller caller("xds:///user", UnixBootstrap());
  ASSERT_TRUE(caller.CallUntil("a") && caller.CallUntil("b"));
  ASSERT_EQ(Clients().size(), 1u);
  EXPECT_FALSE(Clients()[0].place.value().doubt.empty());
  locator_.Put(true, "south", "shop");
  ASSERT_TRUE(WaitAdopted(PublishOn("shop", {{&a_, "north"}, {&b_, "south"}, {&c_, "north"}})));
  EXPECT_EQ(caller.Calls(6), (Counts{{"b", 6}}));
}

}  // namespace
}  // namespace fairlead::xds::testing

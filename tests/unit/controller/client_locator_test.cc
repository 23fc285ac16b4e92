#include "controller/client_locator.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "spec/naming.h"
#include "support/memory_engine.h"

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;
using xds::ClientPlace;
using xds::ClientWatch;

ContainerId IdOf(char digit) {
  return ContainerId(std::string(64, digit));
}

// A running container of the Compose project shop, without a label of ours.
ContainerFacts Client(char digit, const std::vector<NetworkAddress>& networks) {
  ContainerFacts facts;
  facts.id = IdOf(digit);
  facts.labels = {{"com.docker.compose.project", "shop"},
                  {"com.docker.compose.service", "client"},
                  {"com.docker.compose.config-hash", "abc"}};
  facts.status = EngineStatus::kRunning;
  facts.network_mode = "shop_default";
  facts.networks = networks;
  return facts;
}

NetworkAddress On(const std::string& id, const std::string& ipv4) {
  return {.network = "name of " + id, .network_id = id, .ipv4 = ipv4, .ipv6 = ""};
}

class ClientLocatorTest : public ::testing::Test {
 protected:
  ClientLocatorTest() {
    ClientLocatorOptions options;
    options.self = IdOf('0');
    options.retry_interval = 50ms;  // longer than a list takes, also under the sanitizers
    options.sweep_interval = sweep_interval_;
    options.read_cgroup = [this](std::int32_t pid) -> Result<std::string> {
      const auto found = cgroups_.find(pid);
      if (found == cgroups_.end()) return Fail(Code::kNotFound, "no such process");
      return found->second;
    };
    options.host_addresses = [] { return std::set<std::string>{"127.0.0.1", "172.17.0.1"}; };
    locator_ = std::make_unique<EngineClientLocator>(loop_, engine_, std::move(options));
  }
  ~ClientLocatorTest() override { locator_->Stop(); }

  // "networks project" as the client of this watch was told last, "host" for none, "elsewhere" off
  // the host; with the doubt.
  static std::string Text(const ClientPlace& place) {
    std::string out = place.viewer.is_on_host() ? "host" : "";
    for (const std::string& id : place.viewer.network_ids.value_or(std::set<std::string>()))
      out += (out.empty() ? "" : ",") + id;
    if (place.is_off_host) out = "elsewhere";
    out += place.project.empty() ? "" : " of " + place.project;
    return out + (place.doubt.empty() ? "" : " (" + place.doubt + ")");
  }
  void Watch(std::uint64_t id, xds::ClientOrigin origin) {
    locator_->Watch(ClientWatch(id), std::move(origin),
                    [this, id](const ClientPlace& place) { told_[id].push_back(Text(place)); });
  }
  void WatchProcessIn(std::uint64_t id, const ContainerId& container) {
    const auto pid = static_cast<std::int32_t>(100 + id);
    cgroups_[pid] = "0::/system.slice/docker-" + container.value + ".scope\n";
    Watch(id, {.is_unix = true, .pid = pid, .address = ""});
  }
  void WatchAddress(std::uint64_t id, const std::string& address) {
    Watch(id, {.is_unix = false, .pid = 0, .address = address});
  }
  // Runs the loop until it holds; false after five seconds.
  bool Reaches(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop_.run_one_for(10ms);
    }
    return true;
  }
  // Runs the loop until the client was told this last.
  void Until(std::uint64_t id, const std::string& text) {
    ASSERT_TRUE(Reaches([&] { return !told_[id].empty() && told_[id].back() == text; }))
        << "last: " << (told_[id].empty() ? "nothing" : told_[id].back()) << ", not " << text;
  }
  void Settle() {
    while (loop_.poll() > 0) {
    }
  }
  void Hear(const docker::EngineEvent& event) {
    EventDigest digest;
    digest.Add(event);
    locator_->OnEvents(digest.Take());
  }
  void Network(const std::string& action, char digit) {
    Hear({.type = "network",
          .action = action,
          .actor_id = "n",
          .network_container_id = IdOf(digit).value});
  }

  Duration sweep_interval_ = 60s;
  boost::asio::io_context loop_{1};
  test::MemoryEngine engine_{loop_};
  std::map<std::int32_t, std::string> cgroups_;
  std::map<std::uint64_t, std::vector<std::string>> told_;
  std::unique_ptr<EngineClientLocator> locator_;
};

TEST_F(ClientLocatorTest, AProcessOfTheHostIsOnTheHostAndNobodyIsAsked) {
  cgroups_[7] = "0::/user.slice/session-1.scope\n";
  Watch(1, {.is_unix = true, .pid = 7, .address = ""});
  WatchProcessIn(2, IdOf('0'));  // our own container: on the host's network, like us
  for (const std::string address : {"127.0.0.1", "127.8.0.1", "172.17.0.1", "::ffff:172.17.0.1"})
    WatchAddress(3, address);
  EXPECT_EQ(told_[1], std::vector<std::string>{"host"});
  EXPECT_EQ(told_[2], std::vector<std::string>{"host"});
  EXPECT_EQ(told_[3], std::vector<std::string>(4, "host"));
  Settle();
  EXPECT_EQ(engine_.inspects + engine_.running_lists, 0);
}

TEST_F(ClientLocatorTest, AProcessThatCannotBeSeenIsOnTheHostWithADoubt) {
  Watch(1, {.is_unix = true, .pid = 0, .address = ""});
  Watch(2, {.is_unix = true, .pid = 8, .address = ""});
  EXPECT_EQ(told_[1].size(), 1u);
  EXPECT_TRUE(told_[1].at(0).starts_with("host (its process is in a PID namespace"));
  EXPECT_TRUE(told_[2].at(0).starts_with("host (its process has ended"));
}

TEST_F(ClientLocatorTest, AProcessInAContainerHasItsNetworksAndProject) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2"), On("n2", "10.0.1.2")}));
  WatchProcessIn(1, IdOf('a'));
  EXPECT_TRUE(told_[1].empty());
  Until(1, "n1,n2 of shop");
  WatchProcessIn(2, IdOf('a'));
  Until(2, "n1,n2 of shop");
  EXPECT_EQ(engine_.inspects, 1) << "one question for all clients in a container";
  EXPECT_EQ(told_[1].size(), 1u);
}

TEST_F(ClientLocatorTest, AnAddressLeadsToTheContainerThatHasIt) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  ContainerFacts six = Client('b', {On("n2", "")});
  six.networks[0].ipv6 = "fd00::2";
  engine_.PutSilently(six);
  WatchAddress(1, "10.0.0.2");
  WatchAddress(2, "fd00::2");
  WatchAddress(3, "::ffff:10.0.0.2");
  Until(1, "n1 of shop");
  Until(2, "n2 of shop");
  Until(3, "n1 of shop");
  EXPECT_EQ(engine_.running_lists, 1) << "one list for all who wait";
}

TEST_F(ClientLocatorTest, AnAddressThatNoContainerHasIsOffTheHostAfterASecondList) {
  WatchAddress(1, "10.0.0.2");
  Until(1, "elsewhere (no running container has its address)");
  EXPECT_EQ(engine_.running_lists, 2);
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  Hear({.type = "container", .action = "start", .actor_id = IdOf('a').value});
  Until(1, "n1 of shop");
}

TEST_F(ClientLocatorTest, AnAddressThatSeveralContainersHaveIsNoContainersThatIsKnown) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  engine_.PutSilently(Client('b', {On("n2", "10.0.0.2")}));
  WatchAddress(1, "10.0.0.2");
  Until(1, "elsewhere (several running containers have its address)");
}

TEST_F(ClientLocatorTest, NetworksThatComeAndGoAreFollowed) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  WatchProcessIn(1, IdOf('a'));
  Until(1, "n1 of shop");
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2"), On("n2", "10.0.1.2")}));
  Network("connect", 'a');
  Until(1, "n1,n2 of shop");
  engine_.PutSilently(Client('a', {On("n2", "10.0.1.2")}));
  Network("disconnect", 'a');
  Until(1, "n2 of shop");
  // A hint that changes nothing is told to nobody; one about somebody else asks nothing.
  const int inspects = engine_.inspects;
  Network("connect", 'b');
  Settle();
  EXPECT_EQ(engine_.inspects, inspects);
  Hear({.type = "network", .action = "destroy", .actor_id = "n1"});
  Settle();
  EXPECT_EQ(engine_.inspects, inspects + 1) << "a hint that names nobody means everybody";
  EXPECT_EQ(told_[1].size(), 3u);
}

TEST_F(ClientLocatorTest, AClientOnTheHostsNetworkCountsAsTheHostAndKeepsItsProject) {
  ContainerFacts facts = Client('a', {On("host", "")});
  facts.network_mode = "host";
  engine_.PutSilently(facts);
  WatchProcessIn(1, IdOf('a'));
  Until(1, "host of shop");
}

TEST_F(ClientLocatorTest, AClientThatSharesANamespaceHasTheNetworksOfItsOwner) {
  engine_.PutSilently(Client('b', {On("n1", "10.0.0.2")}));
  ContainerFacts sharer = Client('a', {});
  sharer.network_mode = "container:" + IdOf('b').value;
  sharer.labels["com.docker.compose.project"] = "office";
  engine_.PutSilently(sharer);
  WatchProcessIn(1, IdOf('a'));
  Until(1, "n1 of office");
  engine_.PutSilently(Client('b', {On("n2", "10.0.0.2")}));
  Network("connect", 'b');
  Until(1, "n2 of office");
  engine_.Remove(IdOf('b'));
  Network("disconnect", 'b');
  Until(1, "host of office (the engine does not know the container whose network it shares)");
  engine_.PutSilently(Client('b', {On("n3", "10.0.0.2")}));
  Network("connect", 'b');
  Until(1, "n3 of office");
}

TEST_F(ClientLocatorTest, AContainerThatTheEngineDoesNotKnowIsOnTheHost) {
  WatchProcessIn(1, IdOf('a'));
  Until(1, "host (the engine knows no such container)");
}

TEST_F(ClientLocatorTest, WaitsForAnEngineThatIsAwayAndKeepsWhatItKnew) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  engine_.SetAway(true);
  WatchProcessIn(1, IdOf('a'));
  WatchAddress(2, "10.0.0.2");
  ASSERT_TRUE(Reaches([&] { return engine_.inspects >= 3 && engine_.running_lists >= 3; }));
  EXPECT_TRUE(told_[1].empty() && told_[2].empty());
  engine_.SetAway(false);
  Until(1, "n1 of shop");
  Until(2, "n1 of shop");
  engine_.SetAway(true);
  Network("connect", 'a');
  const int inspects = engine_.inspects;
  ASSERT_TRUE(Reaches([&] { return engine_.inspects >= inspects + 2; }));
  EXPECT_EQ(told_[1].size(), 1u);
}

TEST_F(ClientLocatorTest, TellsNothingMoreAfterUnwatchAndForgetsTheContainer) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  WatchProcessIn(1, IdOf('a'));
  Until(1, "n1 of shop");
  locator_->Unwatch(ClientWatch(1));
  Settle();
  engine_.PutSilently(Client('a', {On("n2", "10.0.0.2")}));
  const int inspects = engine_.inspects;
  Network("connect", 'a');
  Settle();
  EXPECT_EQ(engine_.inspects, inspects);
  EXPECT_EQ(told_[1].size(), 1u);
}

TEST_F(ClientLocatorTest, AsksAboutNoMoreContainersAtOnceThanTheObserver) {
  const std::string digits = "123456789abcdef";
  for (const char digit : digits) {
    engine_.PutSilently(Client(digit, {On("n1", "")}));
    WatchProcessIn(static_cast<std::uint64_t>(digit), IdOf(digit));
  }
  for (const char digit : digits) Until(static_cast<std::uint64_t>(digit), "n1 of shop");
  EXPECT_LE(engine_.inspects_at_once, 8);
}

// Its socket is gone: that is known without waiting for anything.
class AbsentEngine : public test::MemoryEngine {
 public:
  using MemoryEngine::MemoryEngine;
  docker::asio::awaitable<Result<ContainerFacts>> Inspect(ContainerId /*id*/) override {
    ++inspects;
    co_return Fail(Code::kUnavailable, "no such socket");
  }
};

TEST_F(ClientLocatorTest, AnEngineThatFailsAtOnceIsAskedOnceForEachContainerAndThenAfterAWhile) {
  AbsentEngine absent(loop_);
  ClientLocatorOptions options;
  options.retry_interval = options.sweep_interval = 60s;
  options.read_cgroup = [](std::int32_t pid) -> Result<std::string> {
    return "0::/docker/" + std::string(64, static_cast<char>('0' + pid));
  };
  EngineClientLocator locator(loop_, absent, std::move(options));
  for (const std::int32_t pid : {1, 2}) {
    locator.Watch(ClientWatch(static_cast<std::uint64_t>(pid)),
                  {.is_unix = true, .pid = pid, .address = ""}, [](const ClientPlace&) {});
  }
  Settle();
  EXPECT_EQ(absent.inspects, 2);
  locator.Stop();
}

class ClientLocatorSweep : public ClientLocatorTest {
 protected:
  ClientLocatorSweep() {
    ClientLocatorOptions options;
    options.sweep_interval = 1ms;
    options.read_cgroup = [](std::int32_t) -> Result<std::string> {
      return "0::/docker/" + IdOf('a').value + "\n";
    };
    locator_ = std::make_unique<EngineClientLocator>(loop_, engine_, std::move(options));
  }
};

TEST_F(ClientLocatorSweep, FindsWhatNoEventHasTold) {
  engine_.PutSilently(Client('a', {On("n1", "10.0.0.2")}));
  Watch(1, {.is_unix = true, .pid = 7, .address = ""});
  Until(1, "n1 of shop");
  engine_.PutSilently(Client('a', {On("n2", "10.0.0.2")}));
  Until(1, "n2 of shop");
}

// Whose project a client belongs to, whatever it is labelled for otherwise.
TEST(ClientProject, IsTheComposeProjectElseTheLabelElseTheDefault) {
  spec::HostPolicy policy;
  const auto project = [&](std::map<std::string, std::string> labels) {
    ContainerFacts facts;
    facts.labels = std::move(labels);
    return spec::ClientProject(facts, policy);
  };
  EXPECT_EQ(project({}), "default");
  EXPECT_EQ(project({{"fairlead.project", "shop"}}), "shop");
  EXPECT_EQ(project({{"fairlead.project", "Not.A.Name"}}), "default");
  policy.defaults["project"] = "host-wide";
  EXPECT_EQ(project({}), "host-wide");
  std::map<std::string, std::string> compose = {{"com.docker.compose.project", "shop"},
                                                {"com.docker.compose.service", "client"},
                                                {"com.docker.compose.config-hash", "abc"}};
  EXPECT_EQ(project(compose), "shop");
  compose["fairlead.project"] = "bank";
  EXPECT_EQ(project(compose), "shop") << "a Compose container joins no other project by itself";
  policy.projects_allowed.insert("bank");
  EXPECT_EQ(project(compose), "bank");
  compose.erase("fairlead.project");
  compose["com.docker.compose.oneoff"] = "True";
  compose.erase("com.docker.compose.config-hash");
  EXPECT_EQ(project(compose), "shop") << "docker compose run";
  compose.erase("com.docker.compose.oneoff");
  EXPECT_EQ(project(compose), "host-wide") << "labels that came with the image";
}

}  // namespace
}  // namespace fairlead::controller

#include "gateway/directory.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

using Look = ServiceRoster::Look;

std::shared_ptr<const DescriptorSet> SetOf(const Description& description) {
  return DescriptorSet::Of(description, {}).value();
}

Generation Life(const std::string& id) {
  return {.id = ContainerId(id), .started_at = "1"};
}

ReplicaNow At(const std::string& id, const std::string& ip) {
  return {.generation = Life(id), .name = "greeter.shop/" + id, .address = {ip, 50051}};
}

class Roster : public ::testing::Test {
 protected:
  // Which addresses were chosen for `path`, of `times` requests.
  std::map<std::string, int> Asked(const std::string& path, int times) {
    std::map<std::string, int> counts;
    for (int i = 0; i < times; ++i) {
      const auto found = roster_.Find("GET", path);
      if (found.look != Look::kFound) continue;
      std::string key;
      for (const auto& address : roster_.groups().at(found.group).addresses)
        key += address.ip + " ";
      ++counts[key];
    }
    return counts;
  }
  Look LookFor(const std::string& path) { return roster_.Find("GET", path).look; }

  ServiceRoster roster_;
  const std::shared_ptr<const DescriptorSet> old_ = SetOf(Greeter());
  const std::shared_ptr<const DescriptorSet> new_ = SetOf(Greeter(
      "", R"(method { name: "SayBye" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
              options { [google.api.http] { get: "/v1/bye/{name}" } } })"));
};

TEST_F(Roster, GivesEachReplicaItsTurnByWhatItHas) {
  roster_.Take({At("a", "10.0.0.1"), At("b", "10.0.0.2"), At("c", "10.0.0.3")});
  EXPECT_EQ(roster_.undescribed().size(), 3U);
  roster_.Describe(Life("a"), old_);
  roster_.Describe(Life("b"), SetOf(Greeter()));
  roster_.Describe(Life("c"), new_);
  EXPECT_EQ(roster_.groups().size(), 2U);
  const std::map<std::string, int> hello = {{"10.0.0.1 10.0.0.2 ", 20}, {"10.0.0.3 ", 10}};
  EXPECT_EQ(Asked("/v1/hello/x", 30), hello);
  const std::map<std::string, int> bye = {{"10.0.0.3 ", 30}};
  EXPECT_EQ(Asked("/v1/bye/x", 30), bye);
}

TEST_F(Roster, TellsApartWhoIsGoneWhoWillSayAndWhatNeverWas) {
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kNone);
  roster_.Take({At("a", "10.0.0.1")});
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kUndescribed);
  roster_.NoteSilence(Life("a"));
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kNone);
  roster_.Describe(Life("a"), old_);
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kFound);
  EXPECT_EQ(LookFor("/v1/other"), Look::kNone);
  EXPECT_EQ(roster_.Find("DELETE", "/v1/hello/x").look, Look::kOtherVerb);
  EXPECT_EQ(roster_.Find("DELETE", "/v1/hello/x").allowed, (std::set<std::string>{"GET", "HEAD"}));
  roster_.Take({});
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kNobody);
  EXPECT_EQ(LookFor("/v1/other"), Look::kNone);
}

TEST_F(Roster, TellsThatTlsStandsBeforeWhoMightHaveIt) {
  roster_.Take({At("a", "10.0.0.1")});
  roster_.NoteSilence(Life("a"), /*by_tls=*/true);
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kUnreachable);
  EXPECT_EQ(roster_.FindMethod("pb.Greeter", "SayHello").look, Look::kUnreachable);
  EXPECT_TRUE(roster_.HasTlsTrouble());
  // The next time it was something else.
  roster_.NoteSilence(Life("a"));
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kNone);
  roster_.NoteSilence(Life("a"), /*by_tls=*/true);
  roster_.Describe(Life("a"), old_);
  EXPECT_EQ(LookFor("/v1/other"), Look::kNone);
  EXPECT_EQ(roster_.FindMethod("pb.Greeter", "SayBye").look, Look::kNone);
}

TEST_F(Roster, ForgetsWhatALifeSaidWithThatLife) {
  roster_.Take({At("a", "10.0.0.1")});
  roster_.Describe(Life("a"), old_);
  ReplicaNow restarted = At("a", "10.0.0.1");
  restarted.generation.started_at = "2";
  roster_.Take({restarted});
  EXPECT_EQ(roster_.undescribed().size(), 1U);
  roster_.Describe(Life("a"), old_);  // too late, by the earlier life
  EXPECT_EQ(roster_.undescribed().size(), 1U);
  EXPECT_EQ(LookFor("/v1/hello/x"), Look::kUndescribed);
}

class Directories : public ::testing::Test {
 protected:
  void Add(const std::string& service, spec::GatewaySpec gateway) {
    gateway.is_on = true;
    const ServiceNow now{.name = {.project = "shop", .service = service},
                         .traffic = {.gateway = std::move(gateway)},
                         .replicas = {At(service, "10.0.0.1")}};
    EXPECT_TRUE(directory_.Take(now));
    directory_.Find(now.name)->roster.Describe(Life(service), SetOf(Greeter()));
  }
  std::string Who(const std::string& host, const std::string& path) {
    const auto found = directory_.Find({.host = host, .verb = "GET", .path = path});
    if (found.in.look == Look::kFound) return found.service->name.service;
    return found.is_known_host ? "nobody" : "unknown host";
  }
  Directory directory_;
};

TEST_F(Directories, GoByTheNameInHost) {
  EXPECT_EQ(Who("127.0.0.1", "/v1/hello/x"), "unknown host");
  Add("named", {.hosts = {"api.example"}});
  EXPECT_EQ(Who("api.example:8080", "/v1/hello/x"), "named");
  EXPECT_EQ(Who("API.Example", "/v1/hello/x"), "named");
  for (const std::string host : {"127.0.0.1", "localhost", "other.example", "api.example.evil", ""})
    EXPECT_EQ(Who(host, "/v1/hello/x"), "unknown host") << host;
  Add("open", {});
  EXPECT_EQ(Who("127.0.0.1:80", "/v1/hello/x"), "open");
  EXPECT_EQ(Who("[::1]", "/v1/hello/x"), "open");
  EXPECT_EQ(Who("rebound.example", "/v1/hello/x"), "unknown host");
  EXPECT_EQ(Who("api.example", "/v1/hello/x"), "named");
}

TEST_F(Directories, GoByTheLongestPrefixThenByName) {
  Add("b", {});
  Add("a", {});
  Add("shop", {.prefix = "/shop"});
  Add("deep", {.prefix = "/shop/v1"});
  EXPECT_EQ(Who("localhost", "/v1/hello/x"), "a");
  EXPECT_EQ(Who("localhost", "/shop/v1/hello/x"), "shop");
  EXPECT_EQ(Who("localhost", "/shop/v1/v1/hello/x"), "deep");
  EXPECT_EQ(Who("localhost", "/shopping/v1/hello/x"), "nobody");
  EXPECT_EQ(Who("localhost", "/shop"), "nobody");
}

// By gRPC there is no prefix, so who has a method has to be told apart by names.
TEST_F(Directories, GiveACallToWhoAloneHasTheMethodUnderThatName) {
  const auto whose = [&](const std::string& host, const std::string& method = "SayHello") {
    const auto [found, rivals] =
        directory_.FindMethod({.host = host, .service = "pb.Greeter", .method = method});
    if (!rivals.empty()) return std::to_string(rivals.size()) + " rivals";
    if (found.service != nullptr) return found.service->name.service;
    return std::string(found.is_known_host ? "nobody" : "unknown host");
  };
  EXPECT_EQ(whose("localhost"), "unknown host");
  Add("a", {.prefix = "/a"});
  EXPECT_EQ(whose("localhost"), "a");
  EXPECT_EQ(whose("localhost", "SayNothing"), "nobody");
  Add("named", {.hosts = {"api.example", "localhost"}});
  EXPECT_EQ(whose("127.0.0.1"), "a");
  EXPECT_EQ(whose("api.example:443"), "named");
  EXPECT_EQ(whose("localhost"), "named");
  Add("b", {});
  EXPECT_EQ(whose("127.0.0.1"), "2 rivals");
  EXPECT_EQ(whose("localhost"), "named");
  // Its calls are not for the other while nobody is there.
  Directory::Service& gone = *directory_.Find({.project = "shop", .service = "b"});
  gone.roster.Take({});
  EXPECT_EQ(whose("127.0.0.1"), "2 rivals");
  EXPECT_EQ(directory_.DescribedUnder("127.0.0.1").sets.size(), 1U);
  EXPECT_TRUE(directory_.DescribedUnder("rebound.example").sets.empty());
}

TEST_F(Directories, TellOfWhomTlsKeepsAwayWhereNobodyElseHasIt) {
  const auto found = [&](const std::string& method) {
    return directory_.FindMethod({.host = "localhost", .service = "pb.Greeter", .method = method})
        .found;
  };
  Add("open", {});
  const ServiceNow kept_away{.name = {.project = "shop", .service = "away"},
                             .traffic = {.gateway = {.is_on = true, .hosts = {"localhost"}}},
                             .replicas = {At("away", "10.0.0.2")}};
  EXPECT_TRUE(directory_.Take(kept_away));
  directory_.Find(kept_away.name)->roster.NoteSilence(Life("away"), /*by_tls=*/true);
  EXPECT_EQ(found("SayHello").service->name.service, "open");
  EXPECT_EQ(found("SayNothing").in.look, Look::kUnreachable);
  EXPECT_EQ(found("SayNothing").service->name.service, "away");
  EXPECT_EQ(Who("localhost", "/v1/hello/x"), "open");
  EXPECT_EQ(directory_.ReplicasAt({"10.0.0.2", 50051}),
            std::vector<std::string>{"greeter.shop/away"});
}

TEST_F(Directories, ForgetAServiceThatIsTheGatewaysNoMore) {
  Add("a", {});
  EXPECT_FALSE(directory_.Take({.name = {.project = "shop", .service = "a"}}));
  EXPECT_EQ(Who("localhost", "/v1/hello/x"), "unknown host");
}

}  // namespace
}  // namespace fairlead::gateway

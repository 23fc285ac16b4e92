// The rules of the xDS protocol, each for state of the world and increments, on one stream and on
// one stream for each type.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "scenario/xds/session_story.h"

namespace fairlead::xds {
namespace {

struct Variant {
  const char* name;
  bool is_delta;
  bool is_per_type;
};

using Names = std::vector<std::string>;

// A client that knows what it wants, whatever it speaks.
class Conformance : public ::testing::TestWithParam<Variant> {
 protected:
  void Connect(const std::string& user_agent = "envoy") {
    story_.Run(std::string(GetParam().is_per_type ? "only=each " : "") +
               (GetParam().is_delta ? "delta " : "client ") + user_agent);
    wanted_.clear();
  }
  bool is_delta() const { return GetParam().is_delta; }
  const std::string& Either(const std::string& sotw, const std::string& delta) const {
    return is_delta() ? delta : sotw;
  }

  // What is written and heard, without nonces and subscriptions, joined by "; ".
  std::string Do(const std::string& command) {
    std::istringstream lines(story_.Run(command));
    std::string heard;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("+ ") || line.starts_with("- ")) {
        continue;
      }
      if (line.starts_with("> ")) {
        line.erase(0, 2);
        const std::size_t hash = line.find(" #");
        line.erase(hash, line.find(':') - hash);
      }
      heard += (heard.empty() ? "" : "; ") + line;
    }
    return heard;
  }
  // Wants just these names of the type from now on. `verb`: ask (no nonce), ack, nack, nonce=N.
  std::string Want(const std::string& type, const Names& names, const std::string& verb = "") {
    const bool is_first = !wanted_.contains(type);
    std::string command = (verb.empty() ? is_first ? "ask" : "ack" : verb) + " " + type;
    const Names before = wanted_[type];
    for (const std::string& name : names) {
      if (!is_delta() || std::ranges::find(before, name) == before.end()) {
        command += " " + name;
      }
    }
    for (const std::string& name : before) {
      if (is_delta() && std::ranges::find(names, name) == names.end()) {
        command += " -" + name;
      }
    }
    wanted_[type] = names;
    return Do(command);
  }
  std::string Ack(const std::string& type) { return Want(type, wanted_.at(type), "ack"); }
  std::string Refuse(const std::string& type) { return Want(type, wanted_.at(type), "nack"); }
  std::string Publish(const std::string& words) { return Do("publish " + words + "\nwrite"); }
  std::string Drop(const std::string& service) { return Do("drop " + service + "\nwrite"); }
  std::string Purge(const std::string& service) { return Do("purge " + service + "\nwrite"); }

  SessionStory story_;
  std::map<std::string, Names> wanted_;
};

constexpr const char* kNothing = "";

TEST_P(Conformance, AnAcknowledgementIsNotAnswered) {
  Connect();
  Publish("user.shop 10.0.0.1");
  EXPECT_EQ(Want("clusters", {"user.shop"}), "clusters: user.shop");
  EXPECT_EQ(Ack("clusters"), kNothing);
  EXPECT_EQ(Ack("clusters"), kNothing);
}

TEST_P(Conformance, ANameMoreIsAnsweredThoughItLooksLikeAnAcknowledgement) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  Want("clusters", {"user.shop"});
  EXPECT_EQ(Want("clusters", {"user.shop", "order.shop"}),
            Either("clusters: order.shop user.shop", "clusters: order.shop"));
}

TEST_P(Conformance, ANameLessIsNotAnswered) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  Want("endpoints", {"user.shop", "order.shop"});
  EXPECT_EQ(Want("endpoints", {"user.shop"}), "uses order.shop r1; uses user.shop r1");
  EXPECT_EQ(Publish("order.shop 10.0.1.2"), kNothing);
}

TEST_P(Conformance, ANameThatComesBackIsSentAgainThoughItHasNotChanged) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("endpoints", {"user.shop"});
  Ack("endpoints");
  EXPECT_EQ(Want("endpoints", {}), kNothing);
  EXPECT_EQ(Want("endpoints", {"user.shop"}), "endpoints: user.shop(1)");
}

TEST_P(Conformance, WhatIsMissingIsTellableAtOnceAndSentWhenItComes) {
  Connect();
  EXPECT_EQ(Want("clusters", {"user.shop"}), Either("clusters:", "clusters: -user.shop"));
  // State of the world has no way to say so for endpoints: silence.
  EXPECT_EQ(Want("endpoints", {"user.shop"}), Either("", "endpoints: -user.shop"));
  EXPECT_EQ(Publish("user.shop 10.0.0.1"), "clusters: user.shop; endpoints: user.shop(1)");
}

TEST_P(Conformance, ARefusalIsReportedAndNotAnsweredUntilTheContentChanges) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("endpoints", {"user.shop"});
  EXPECT_EQ(Refuse("endpoints"), "refused endpoints: code 3: will not do");
  EXPECT_EQ(Publish("user.shop 10.0.0.1"), kNothing);
  EXPECT_EQ(Publish("user.shop 10.0.0.2"), "endpoints: user.shop(1)");
  EXPECT_EQ(Ack("endpoints"), "uses user.shop r3");
}

TEST_P(Conformance, ARefusalThatGrowsTheListIsBoth) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  Want("endpoints", {"user.shop"});
  EXPECT_EQ(Want("endpoints", {"user.shop", "order.shop"}, "nack"),
            "refused endpoints: code 3: will not do; endpoints: order.shop(1)");
}

TEST_P(Conformance, AStaleNonceIsIgnoredButForTheEditsOfAnIncrement) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  Want("clusters", {"user.shop"});
  EXPECT_EQ(Want("clusters", {"user.shop", "order.shop"}, "nonce=77"),
            Either("", "clusters: order.shop"));
}

TEST_P(Conformance, AFirstRequestWithoutANameAsksForAllListenersOrClusters) {
  Connect();
  Publish("user.shop 10.0.0.1");
  EXPECT_EQ(Want("clusters", {}), "clusters: user.shop");
  EXPECT_EQ(Want("listeners", {}), "listeners: edge");
  EXPECT_EQ(Want("endpoints", {}), kNothing);
  EXPECT_EQ(Want("routes", {}), kNothing);
  EXPECT_EQ(Publish("order.shop 10.0.1.1"),
            Either("clusters: order.shop user.shop", "clusters: order.shop"));
}

TEST_P(Conformance, AWildcardIsAnsweredEvenIfThereIsNothing) {
  Connect();
  EXPECT_EQ(Want("clusters", {"*"}), "clusters:");
}

TEST_P(Conformance, AGrpcClientThatNamesNothingWantsNothing) {
  Connect("gRPC Go");
  Publish("user.shop 10.0.0.1");
  EXPECT_EQ(Want("clusters", {}), kNothing);
  EXPECT_EQ(Want("listeners", {}), kNothing);
}

TEST_P(Conformance, WithoutTheStarTheNamesBesideItStay) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  EXPECT_EQ(Want("clusters", {"*", "user.shop"}), "clusters: order.shop user.shop");
  Want("clusters", {"user.shop"});
  EXPECT_EQ(Publish("order.shop 10.0.1.1 policy=ring_hash"), kNothing);
  EXPECT_EQ(Publish("user.shop 10.0.0.1 policy=ring_hash"), "clusters: user.shop");
}

TEST_P(Conformance, AfterANameAnEmptyListMeansNothing) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("clusters", {"user.shop"});
  EXPECT_EQ(Want("clusters", {}), kNothing);
  EXPECT_EQ(Publish("user.shop 10.0.0.1 policy=ring_hash"), kNothing);
  // A star is a name, too.
  Connect();
  EXPECT_EQ(Want("clusters", {"*"}), "clusters: user.shop");
  EXPECT_EQ(Want("clusters", {}), kNothing);
  EXPECT_EQ(Publish("user.shop 10.0.0.1"), kNothing);
}

TEST_P(Conformance, AFirstIncrementThatOnlyGivesNamesUpAsksForNothing) {
  if (!is_delta()) return;  // a whole set gives nothing up
  Connect();
  Publish("user.shop 10.0.0.1");
  EXPECT_EQ(Do("ask clusters -gone.shop"), kNothing);
  EXPECT_EQ(Publish("order.shop 10.0.1.1"), kNothing);
}

TEST_P(Conformance, AVersionInARequestDecidesNothing) {
  if (is_delta()) return;  // its requests have none
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("endpoints", {"user.shop"});
  Publish("user.shop 10.0.0.2");
  // Envoy may name the version that it had before, without an error: no refusal.
  EXPECT_EQ(Do("ack endpoints user.shop version:of-yesterday"),
            "uses user.shop r1; uses user.shop r2");
  EXPECT_EQ(Publish("user.shop 10.0.0.2"), kNothing);
  // Nor does a new stream's say what its client still has.
  Connect();
  EXPECT_EQ(Do("ask endpoints user.shop version:last"), "endpoints: user.shop(1)");
}

TEST_P(Conformance, WhatIsTooMuchForOneResponseComesInSeveralIfItMay) {
  Do("limit 1");
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  // What is missing in a whole set is gone, so it is never split.
  EXPECT_EQ(Want("clusters", {"order.shop", "user.shop"}),
            Either("clusters: order.shop user.shop", "clusters: order.shop; clusters: user.shop"));
  EXPECT_EQ(Want("endpoints", {"order.shop", "user.shop"}),
            "endpoints: order.shop(1); endpoints: user.shop(1)");
}

TEST_P(Conformance, NoResourceIsWrappedEmptyOrBoundToATime) {
  Connect("some-consumer");
  Publish("user.shop 10.0.0.1");
  // What is told is unpacked as its very type, and holds nothing beside (SessionStory).
  for (const std::string type : {"clusters", "endpoints", "listeners", "routes"}) {
    EXPECT_TRUE(Want(type, {"user.shop"}).starts_with(type + ": user.shop")) << type;
  }
}

TEST_P(Conformance, EndpointsFollowAChangedClusterOnTheSameStream) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("clusters", {});
  Want("endpoints", {"user.shop"});
  const std::string told = Publish("user.shop 10.0.0.1 policy=ring_hash");
  EXPECT_EQ(told, GetParam().is_per_type ? "clusters: user.shop"
                                         : "clusters: user.shop; endpoints: user.shop(1)");
}

TEST_P(Conformance, WhatIsReferredToComesBeforeWhatRefersToIt) {
  Connect("some-consumer");
  for (const char* type : {"listeners", "clusters"}) {
    Want(type, {"*"});
  }
  Want("routes", {"user.shop"});
  Want("endpoints", {"user.shop"});
  EXPECT_EQ(Publish("user.shop 10.0.0.1").substr(0, 62),
            "clusters: user.shop; endpoints: user.shop(1); listeners: user ");
}

TEST_P(Conformance, EndpointsOfADroppedServiceAreEmptyBeforeItsClusterGoes) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("clusters", {});
  Want("endpoints", {"user.shop"});
  EXPECT_EQ(Drop("user.shop"), "endpoints: user.shop(0)");
  EXPECT_EQ(Purge("user.shop"), Either("clusters:", "clusters: -user.shop; endpoints: -user.shop"));
}

TEST_P(Conformance, ANewStreamIsAnsweredInFullUnlessItTellsWhatItHas) {
  Publish("user.shop 10.0.0.1");
  Connect();
  EXPECT_EQ(Want("clusters", {}), "clusters: user.shop");
  Connect();
  EXPECT_EQ(Want("clusters", {}), "clusters: user.shop");
  if (is_delta()) {
    Connect();
    EXPECT_EQ(Do("ask clusters held:user.shop"), "clusters:");
    Connect();
    EXPECT_EQ(Do("ask clusters held:user.shop old:gone.shop"), "clusters:; clusters: -gone.shop");
    Connect();
    EXPECT_EQ(Do("ask clusters user.shop held:user.shop"), "clusters: user.shop");
  }
}

TEST_P(Conformance, TheFirstRequestMustSayWhoAsks) {
  Connect("envoy -");
  EXPECT_EQ(Want("clusters", {}),
            "ended: INVALID_ARGUMENT: read discovery request: the first one carries no node");
}

TEST_P(Conformance, ANonceIsNeverUsedTwiceOnAStream) {
  Connect("some-consumer");
  Publish("user.shop 10.0.0.1");
  std::set<std::string> nonces;
  const auto note = [&](const std::string& said) {
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t hash = line.find(" #");
      if (!line.starts_with("> ") || hash == std::string::npos) continue;
      // A per-type service has a stream for each type, and so nonces of its own.
      const std::string stream = GetParam().is_per_type ? line.substr(0, hash) : "";
      const std::string nonce = stream + line.substr(hash, line.find(':') - hash);
      EXPECT_TRUE(nonces.insert(nonce).second) << line;
    }
  };
  for (const char* type : {"clusters", "endpoints", "routes"}) {
    note(story_.Run(std::string("ask ") + type + " user.shop"));
  }
  for (int i = 2; i < 6; ++i) {
    note(story_.Run("publish user.shop 10.0.0." + std::to_string(i) + "\nwrite"));
  }
  EXPECT_EQ(nonces.size(), 7u);
}

TEST_P(Conformance, ANonceOfAnotherTypeIsStaleAndEndsNothing) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  Want("clusters", {"user.shop"});
  Want("endpoints", {"user.shop"});
  // On streams of their own both types begin at 1; the clusters' next nonce is none of endpoints.
  Want("clusters", {"user.shop", "order.shop"});
  const std::string theirs = GetParam().is_per_type ? "nonce=2" : "nonce=3";
  EXPECT_EQ(Want("endpoints", {"user.shop", "order.shop"}, theirs),
            Either("", "endpoints: order.shop(1)"));
  EXPECT_EQ(Publish("user.shop 10.0.0.2"), "endpoints: user.shop(1)");
}

TEST_P(Conformance, AStarIsNoWildcardForEndpointsOrRoutes) {
  Connect();
  Publish("user.shop 10.0.0.1");
  EXPECT_EQ(Want("endpoints", {"*"}), kNothing);
  EXPECT_EQ(Want("routes", {"*"}), kNothing);
  EXPECT_EQ(Publish("order.shop 10.0.1.1"), kNothing);
}

TEST_P(Conformance, OfEndpointsOnlyWhatChangedIsSent) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Publish("order.shop 10.0.1.1");
  Want("endpoints", {"user.shop", "order.shop"});
  EXPECT_EQ(Publish("user.shop 10.0.0.2"), "endpoints: user.shop(1)");
}

TEST_P(Conformance, TheLastEndpointThatLeavesIsAnEmptySetAndNoSilence) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("endpoints", {"user.shop"});
  EXPECT_EQ(Publish("user.shop"), "endpoints: user.shop(0)");
  EXPECT_EQ(Publish("user.shop 10.0.0.1"), "endpoints: user.shop(1)");
}

TEST_P(Conformance, AListenerThatGoesIsAbsentFromTheSetOrToldByName) {
  Connect("some-consumer");
  Publish("user.shop 10.0.0.1");
  Want("listeners", {"user.shop"});
  EXPECT_EQ(Drop("user.shop"), Either("listeners:", "listeners: -user.shop"));
  EXPECT_EQ(Publish("user.shop 10.0.0.1"), "listeners: user.shop");
}

TEST_P(Conformance, WhatIsGoneLeavesAfterWhatCame) {
  Connect("some-consumer");
  Publish("user.shop 10.0.0.1");
  Want("clusters", {"*"});
  Drop("user.shop");
  Do("purge user.shop\npublish order.shop 10.0.1.1");
  EXPECT_EQ(Do("write"),
            Either("clusters: order.shop", "clusters: order.shop; clusters: -user.shop"));
}

TEST_P(Conformance, OfTwoChangesBeforeAWriteTheLatestIsSentAlone) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("endpoints", {"user.shop"});
  Do("publish user.shop 10.0.0.1 10.0.0.2");
  Do("publish user.shop 10.0.0.3 10.0.0.4 10.0.0.5");
  EXPECT_EQ(Do("write"), "endpoints: user.shop(3)");
}

TEST_P(Conformance, ANameThatTheStarStillCoversIsAnsweredWhenItIsGivenUp) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("clusters", {"*", "user.shop"});
  // A client of increments forgets what it unsubscribes; a whole set names it anyway.
  EXPECT_EQ(Want("clusters", {"*"}), Either("", "clusters: user.shop"));
}

TEST_P(Conformance, AnAcknowledgementIsTakenByItsNonceWhateverElseIsOnItsWay) {
  Connect();
  Publish("user.shop 10.0.0.1");
  Want("endpoints", {"user.shop"});
  Publish("user.shop 10.0.0.2");
  // The second is out when the first is answered.
  EXPECT_EQ(Want("endpoints", {"user.shop"}, "nonce=1"), "uses user.shop r1");
  EXPECT_EQ(Want("endpoints", {"user.shop"}, "nonce=2"), "uses user.shop r2");
}

TEST_P(Conformance, ATypeThatIsNotServedGetsNoAnswerAndTheOthersGoOn) {
  if (GetParam().is_per_type) return;  // its service is UNIMPLEMENTED: RawStream
  Connect();
  Publish("user.shop 10.0.0.1");
  EXPECT_EQ(Do("ask type.googleapis.com/envoy.config.route.v3.VirtualHost x"), kNothing);
  EXPECT_EQ(Want("clusters", {"user.shop"}), "clusters: user.shop");
}

INSTANTIATE_TEST_SUITE_P(Xds, Conformance,
                         ::testing::Values(Variant{"SotwAggregated", false, false},
                                           Variant{"SotwPerType", false, true},
                                           Variant{"DeltaAggregated", true, false},
                                           Variant{"DeltaPerType", true, true}),
                         [](const auto& variant) { return std::string(variant.param.name); });

}  // namespace
}  // namespace fairlead::xds

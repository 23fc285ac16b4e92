#include "xds/adoption.h"

#include <gtest/gtest.h>

namespace fairlead::xds {
namespace {

using namespace std::chrono_literals;

const ServiceName kUser{"shop", "user"};
const ClientId kAnn{"ann"};
const ClientId kBob{"bob"};
const NetworkClass kHost{kHostClass};
const NetworkClass kNorth{1};
const NetworkClass kSouth{2};
const TimePoint kLater = TimePoint{} + 10min;

class Adoption : public ::testing::Test {
 protected:
  // The revision that is newly adopted by all, 0 for none.
  std::uint64_t Adopted() {
    const auto adopted = tracker_.TakeAdopted();
    EXPECT_LE(adopted.size(), 1u);
    return adopted.empty() ? 0 : adopted[0].second;
  }
  void Use(std::uint64_t stream, const ClientId& client, std::uint64_t revision) {
    tracker_.Subscribed(StreamId(stream), client, kUser);
    Ack(stream, revision);
  }
  void Ack(std::uint64_t stream, std::uint64_t revision) {
    const auto moved = places_.find(stream);
    tracker_.Acknowledged(StreamId(stream), moved == places_.end() ? kHost : moved->second, kUser,
                          revision);
  }

  void UseFrom(NetworkClass viewers, std::uint64_t stream, const ClientId& client,
               std::uint64_t revision) {
    Move(stream, viewers);
    Use(stream, client, revision);
  }

  void Move(std::uint64_t stream, NetworkClass viewers) {
    places_[stream] = viewers;
    tracker_.Moved(StreamId(stream), viewers);
  }

  AdoptionTracker tracker_;
  std::map<std::uint64_t, NetworkClass> places_;  // of those that have moved
};

TEST_F(Adoption, IsImmediateWhenNobodyUsesTheService) {
  tracker_.Published(kUser, 1, {});
  EXPECT_EQ(Adopted(), 1u);
  EXPECT_EQ(Adopted(), 0u);
}

TEST_F(Adoption, WaitsForTheSlowestOfAllStreams) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  Use(2, kBob, 1);
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Published(kUser, 2, {});
  Ack(1, 2);
  EXPECT_EQ(Adopted(), 0u);
  Ack(2, 2);
  EXPECT_EQ(Adopted(), 2u);
}

TEST_F(Adoption, ReportsARevisionThatAllHaveAlthoughANewerOneIsOut) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Published(kUser, 2, {});
  tracker_.Published(kUser, 3, {});
  Ack(1, 2);
  EXPECT_EQ(Adopted(), 2u);
}

TEST_F(Adoption, OfARevisionWithUnchangedEndpointsNeedsNoNewAnswer) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Published(kUser, 2, {kHost});
  EXPECT_EQ(Adopted(), 2u);
  tracker_.Published(kUser, 3, {});
  tracker_.Published(kUser, 4, {kHost});
  EXPECT_EQ(Adopted(), 0u);
  Ack(1, 3);
  EXPECT_EQ(Adopted(), 4u);
}

TEST_F(Adoption, IsHeldBackByAStreamThatHasAcknowledgedNothingYet) {
  tracker_.Subscribed(StreamId(1), kAnn, kUser);
  tracker_.Published(kUser, 5, {});
  EXPECT_EQ(Adopted(), 0u);
  tracker_.Unsubscribed(StreamId(1), kUser);
  EXPECT_EQ(Adopted(), 5u);
}

TEST_F(Adoption, RemembersAClientWhoseStreamBrokeUntilItAcknowledgesAgain) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  tracker_.Closed(StreamId(1), kLater);
  EXPECT_EQ(tracker_.Remembered(), std::vector{kAnn});
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Published(kUser, 2, {});
  EXPECT_EQ(Adopted(), 0u);
  tracker_.Subscribed(StreamId(2), kAnn, kUser);
  EXPECT_TRUE(tracker_.Remembered().empty());
  EXPECT_EQ(Adopted(), 0u);
  Ack(2, 2);
  EXPECT_EQ(Adopted(), 2u);
}

TEST_F(Adoption, ForgetsAClientWhoseProcessEnded) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  tracker_.Published(kUser, 2, {});
  tracker_.Closed(StreamId(1), kLater);
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Forget(kAnn);
  EXPECT_EQ(Adopted(), 2u);
}

TEST_F(Adoption, ForgetsAClientThatStaysAway) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 0);
  tracker_.Closed(StreamId(1), kLater);
  tracker_.Expire(kLater - 1ns);
  EXPECT_EQ(Adopted(), 0u);
  tracker_.Expire(kLater);
  EXPECT_EQ(Adopted(), 1u);
  EXPECT_TRUE(tracker_.Remembered().empty());
}

TEST_F(Adoption, CountsAClientWithTwoBrokenStreamsByTheOneThatLagsMost) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  Use(2, kAnn, 1);
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Published(kUser, 2, {});
  Ack(1, 2);
  tracker_.Closed(StreamId(2), kLater);
  tracker_.Closed(StreamId(1), kLater);
  EXPECT_EQ(Adopted(), 0u);
  tracker_.Forget(kAnn);
  EXPECT_EQ(Adopted(), 2u);
}

TEST_F(Adoption, StartsAnewWhenADroppedServiceComesBack) {
  tracker_.Published(kUser, 7, {});
  Use(1, kAnn, 7);
  EXPECT_EQ(Adopted(), 7u);
  tracker_.Dropped(kUser);
  EXPECT_EQ(Adopted(), 0u);
  tracker_.Published(kUser, 1, {});
  EXPECT_EQ(Adopted(), 0u);
  Ack(1, 1);
  EXPECT_EQ(Adopted(), 1u);
}

TEST_F(Adoption, WaitsOnlyForThoseWhoAreToldSomethingElse) {
  tracker_.Published(kUser, 1, {});
  UseFrom(kNorth, 1, kAnn, 1);
  UseFrom(kSouth, 2, kBob, 1);
  EXPECT_EQ(Adopted(), 1u);
  tracker_.Published(kUser, 2, {kSouth});
  EXPECT_EQ(Adopted(), 0u);
  Ack(1, 2);
  EXPECT_EQ(Adopted(), 2u);
  tracker_.Published(kUser, 3, {kNorth});
  Ack(1, 3);
  EXPECT_EQ(Adopted(), 0u) << "the other one is waited for";
  Ack(2, 3);
  EXPECT_EQ(Adopted(), 3u);
}

TEST_F(Adoption, OfAStreamThatMovesBeginsAnew) {
  tracker_.Published(kUser, 1, {});
  Use(1, kAnn, 1);
  EXPECT_EQ(Adopted(), 1u);
  Move(1, kNorth);
  tracker_.Published(kUser, 2, {kHost});
  EXPECT_EQ(Adopted(), 0u) << "it is no longer told what the host is told";
  Ack(1, 2);
  EXPECT_EQ(Adopted(), 2u);
  tracker_.Published(kUser, 3, {kNorth});
  EXPECT_EQ(Adopted(), 3u);
}

TEST_F(Adoption, RemembersABrokenClientWhereverItComesBackTo) {
  tracker_.Published(kUser, 1, {});
  UseFrom(kNorth, 1, kAnn, 1);
  tracker_.Closed(StreamId(1), kLater);
  EXPECT_EQ(Adopted(), 1u);
  // Its class may be gone meanwhile: then every revision may be news to it.
  tracker_.Published(kUser, 2, {kHost});
  EXPECT_EQ(Adopted(), 0u);
  UseFrom(kSouth, 2, kAnn, 2);
  EXPECT_TRUE(tracker_.Remembered().empty());
  EXPECT_EQ(Adopted(), 2u);
}

TEST_F(Adoption, IgnoresWhatConcernsNobody) {
  Ack(9, 1);
  tracker_.Closed(StreamId(9), kLater);
  tracker_.Unsubscribed(StreamId(9), kUser);
  tracker_.Dropped(kUser);
  tracker_.Forget(kBob);
  EXPECT_EQ(Adopted(), 0u);
}

}  // namespace
}  // namespace fairlead::xds

// Whose turn it is among those who have connected, and what being cut off costs a peer.
#include "h2/arrivals.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

class ArrivalsTest : public ::testing::Test {
 protected:
  static Peer From(const std::string& address, std::uint16_t port = 0) {
    Peer peer;
    peer.address = address;
    peer.port = port;
    return peer;
  }
  bool Add(const std::string& address, std::uint16_t port = 0) {
    return arrivals_.Add({.socket = {}, .peer = From(address, port)}, now_);
  }
  // "a1", of the peer whose turn it is; "" for nobody's.
  std::string Next() {
    const std::optional<Arrival> next = arrivals_.Next(now_);
    return next ? next->peer.address + std::to_string(next->peer.port) : "";
  }
  // As often as makes an offender of one that has not offended before.
  void MakeOffender(const std::string& address) {
    for (std::uint32_t i = 0; i < limits_.offences_per_second_max; ++i)
      EXPECT_FALSE(arrivals_.Offended(From(address), now_));
    EXPECT_TRUE(arrivals_.Offended(From(address), now_));
  }

  const ArrivalLimits limits_ = {.waiting_max = 5,
                                 .offences_per_second_max = 3,
                                 .offender_term = 1s,
                                 .offender_pace = 20ms,
                                 .offender_waiting_max = 2,
                                 .offenders_max = 2};
  Arrivals arrivals_{limits_};
  TimePoint now_{1h};
};

TEST_F(ArrivalsTest, AddressesTakeTurnsAndEachKeepsItsOrder) {
  EXPECT_FALSE(arrivals_.DueAt());
  Add("a", 1);
  Add("a", 2);
  Add("a", 3);
  Add("b", 1);
  EXPECT_LE(*arrivals_.DueAt(), now_);
  EXPECT_EQ(Next(), "a1");
  EXPECT_EQ(Next(), "b1");
  EXPECT_EQ(Next(), "a2");
  EXPECT_EQ(Next(), "a3");
  EXPECT_EQ(Next(), "");
  EXPECT_FALSE(arrivals_.DueAt());
}

TEST_F(ArrivalsTest, WhoComesSeldomIsBeforeThoseWhoHaveMoreWaitingButNotForEver) {
  for (const char* address : {"a", "b"}) {
    Add(address, 1);
    Add(address, 2);
  }
  for (const char* one : {"a1", "b1"}) EXPECT_EQ(Next(), one);
  for (int i = 0; i < 6; ++i) {
    const std::string seldom(1, static_cast<char>('p' + i));
    Add(seldom, 1);
    EXPECT_EQ(Next(), seldom + "1");
  }
  Add("z", 1);
  for (const char* one : {"a2", "z1", "b2"}) EXPECT_EQ(Next(), one);
}

TEST_F(ArrivalsTest, ProcessesOfThisHostAreToldApartByTheirIds) {
  for (const int pid : {7, 7, 8}) {
    Peer peer;
    peer.is_unix = true;
    peer.pid = pid;
    arrivals_.Add({.socket = {}, .peer = peer}, now_);
  }
  EXPECT_EQ(arrivals_.Next(now_)->peer.pid, 7);
  EXPECT_EQ(arrivals_.Next(now_)->peer.pid, 8);
}

TEST_F(ArrivalsTest, AreFullWithSoMany) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(arrivals_.is_full());
    EXPECT_TRUE(Add("a"));
  }
  EXPECT_TRUE(arrivals_.is_full());
  Next();
  EXPECT_FALSE(arrivals_.is_full());
}

TEST_F(ArrivalsTest, AnOffenderGoesAtAPaceAndNobodyElseDoes) {
  MakeOffender("a");
  Add("a", 1);
  EXPECT_EQ(Next(), "a1") << "it has waited long enough already";
  Add("a", 2);
  Add("b", 1);
  EXPECT_EQ(Next(), "b1");
  EXPECT_EQ(Next(), "");
  EXPECT_EQ(*arrivals_.DueAt(), now_ + 20ms);
  EXPECT_EQ(arrivals_.paced(), 1U);
  Add("b", 2);
  EXPECT_EQ(Next(), "b2");
  now_ += 20ms;
  Add("a", 3);
  EXPECT_EQ(Next(), "a2");
  EXPECT_EQ(Next(), "");
  now_ += 20ms;
  EXPECT_EQ(Next(), "a3");
}

TEST_F(ArrivalsTest, WhoIsNoOffenderAnyMoreOwesNothing) {
  Add("a");
  Next();
  MakeOffender("a");
  now_ += 1s;
  Add("a", 1);
  Add("a", 2);
  EXPECT_EQ(Next(), "a1");
  EXPECT_EQ(Next(), "a2");
}

TEST_F(ArrivalsTest, EachOffenceProlongsTheTerm) {
  MakeOffender("a");
  now_ += 900ms;
  EXPECT_TRUE(arrivals_.Offended(From("a"), now_));
  now_ += 900ms;
  Add("a", 1);
  Add("a", 2);
  EXPECT_EQ(Next(), "a1");
  EXPECT_EQ(Next(), "") << "the pace holds still";
}

TEST_F(ArrivalsTest, AFewOffencesInASecondAreNone) {
  for (int second = 0; second < 5; ++second) {
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(arrivals_.Offended(From("a"), now_));
    now_ += 1s;
  }
}

TEST_F(ArrivalsTest, OfAnOffenderOnlySoManyWait) {
  MakeOffender("a");
  EXPECT_TRUE(Add("a", 1));
  EXPECT_TRUE(Add("a", 2));
  EXPECT_FALSE(Add("a", 3));
  EXPECT_TRUE(Add("b", 1));
  EXPECT_EQ(Next(), "a1");
  EXPECT_EQ(Next(), "b1");
  now_ += 20ms;
  EXPECT_EQ(Next(), "a2");
  EXPECT_FALSE(arrivals_.DueAt());
}

TEST_F(ArrivalsTest, SoManyOffendersAreRememberedAndTheCalmMakeRoom) {
  MakeOffender("a");
  MakeOffender("b");
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(arrivals_.Offended(From("c"), now_));
  now_ += 1s;
  MakeOffender("c");
}

}  // namespace
}  // namespace fairlead::h2

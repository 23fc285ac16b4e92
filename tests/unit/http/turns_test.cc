#include "http/turns.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "runtime/clock.h"

namespace fairlead::http {
namespace {

class TurnsTest : public ::testing::Test {
 protected:
  bool Add(const std::string& address) { return turns_.Add({}, {.address = address}); }

  boost::asio::io_context context_;
  std::vector<std::string> begun_;
  std::vector<TimePoint> begun_at_;
  const h2::ArrivalLimits limits_{.waiting_max = 400,
                                  .offender_pace = std::chrono::milliseconds(20),
                                  .offender_waiting_max = 2};
  Turns turns_{context_, limits_, [this](const runtime::FileDescriptor&, const h2::Peer& peer) {
                 begun_.push_back(peer.address);
                 begun_at_.push_back(runtime::Now());
               }};
};

TEST_F(TurnsTest, AddressesTakeTurnsAndNobodyIsForgotten) {
  for (const char* address : {"a", "a", "a", "b"}) EXPECT_TRUE(Add(address));
  EXPECT_TRUE(begun_.empty()) << "the loop has others to hear first";
  context_.run();
  EXPECT_EQ(begun_, (std::vector<std::string>{"a", "b", "a", "a"}));
}

TEST_F(TurnsTest, OneAddressDoesNotTakeAllPlacesToWaitIn) {
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(Add("a"));
  EXPECT_FALSE(Add("a")) << "half of all are taken, and it has more than 128";
  EXPECT_TRUE(Add("b"));
  context_.run();
  EXPECT_EQ(begun_.size(), 201U);
  EXPECT_TRUE(Add("a"));
}

TEST_F(TurnsTest, AnOffenderGoesAtAPaceAndOthersPassIt) {
  for (int i = 0; i < 11; ++i) turns_.Offended({.address = "a"});
  for (const bool is_taken : {true, true, false}) EXPECT_EQ(Add("a"), is_taken);
  EXPECT_TRUE(Add("b"));
  context_.run();
  EXPECT_EQ(begun_, (std::vector<std::string>{"a", "b", "a"}));
  EXPECT_GE(begun_at_[2] - begun_at_[0], limits_.offender_pace);
}

TEST_F(TurnsTest, OnceStoppedItBeginsNobody) {
  EXPECT_TRUE(Add("a"));
  turns_.Stop();
  context_.run();
  EXPECT_TRUE(begun_.empty());
  EXPECT_FALSE(turns_.is_full());
}

}  // namespace
}  // namespace fairlead::http

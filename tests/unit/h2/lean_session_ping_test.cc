// The transport question beside the calls: an empty SETTINGS frame and its acknowledgement.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "h2/client.h"
#include "h2/lean_session.h"
#include "unit/h2/wire.h"

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

using testing::Big32;
using testing::Frame;
using testing::Raw;

const std::string kPing = Frame(4, 0, 0, "");
const std::string kPong = Frame(4, 1, 0, "");

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class LeanSessionPingTest : public ::testing::Test {
 protected:
  bool Feed(std::string_view bytes) { return session_.Feed(Raw(bytes), nullptr, out_); }

  const UnaryRequest request_ = UnaryRequest::Make("host:1", "/a.B/C", {}, 1s);
  LeanSession session_{request_, {.next_id = 3, .send_window = 1'000, .streams_max = 100}};
  std::vector<std::byte> out_;
};

TEST_F(LeanSessionPingTest, IsAnEmptySettingsFrameOfWhichOneIsUnderWay) {
  ASSERT_TRUE(session_.CanPing());
  EXPECT_EQ(Text(session_.Ping()), kPing);
  EXPECT_FALSE(session_.CanPing());
  EXPECT_TRUE(session_.is_pinging());
  EXPECT_FALSE(session_.TakeAlive());
  ASSERT_TRUE(Feed(kPong));
  EXPECT_TRUE(session_.TakeAlive());
  EXPECT_FALSE(session_.TakeAlive()) << "told once";
  EXPECT_TRUE(session_.CanPing());
}

TEST_F(LeanSessionPingTest, RidesInFrontOfACallThatIsElseTheSame) {
  const std::string plain = Text(session_.Ask());
  std::string with_ping = Text(session_.Ask(/*with_ping=*/true));
  ASSERT_TRUE(with_ping.starts_with(kPing));
  EXPECT_EQ(with_ping.size(), kPing.size() + plain.size());
  EXPECT_EQ(with_ping[kPing.size() + 8], 5);
  EXPECT_TRUE(session_.is_pinging());
}

TEST_F(LeanSessionPingTest, ItsAcknowledgementIsTakenOffWhatFollowsIt) {
  EXPECT_EQ(session_.TakePong(Raw(kPong)), 0U) << "nobody asked";
  session_.Ping();
  EXPECT_EQ(session_.TakePong(Raw(kPing)), 0U) << "the peer's own settings";
  EXPECT_EQ(session_.TakePong(Raw(kPong.substr(0, 5))), 0U) << "cut";
  ASSERT_TRUE(Feed(kPong.substr(0, 5)));
  EXPECT_EQ(session_.TakePong(Raw(kPong)), 0U) << "inside a frame";
  ASSERT_TRUE(Feed(kPong.substr(5)));
  EXPECT_TRUE(session_.TakeAlive());
  session_.Ping();
  EXPECT_EQ(session_.TakePong(Raw(kPong + "more")), kPong.size());
  EXPECT_TRUE(session_.TakeAlive());
  EXPECT_FALSE(session_.is_pinging());
}

TEST_F(LeanSessionPingTest, AnAcknowledgementThatNobodyAskedForIsNoSignOfLife) {
  ASSERT_TRUE(Feed(kPong));
  EXPECT_FALSE(session_.TakeAlive());
  EXPECT_FALSE(Feed(Frame(4, 1, 0, "123456"))) << "it has no payload";
}

TEST_F(LeanSessionPingTest, EnhanceYourCalmIsAboutPingsOnlyIfThereWereSome) {
  const std::string calm = Frame(7, 0, 0, Big32(0) + Big32(11) + "too_many_pings");
  ASSERT_TRUE(Feed(calm));
  EXPECT_TRUE(session_.is_leaving());
  EXPECT_FALSE(session_.is_annoyed());
  EXPECT_FALSE(session_.CanPing());

  const std::pair<std::string, bool> rows[] = {{calm, true},
                                               {Frame(7, 0, 0, Big32(0) + Big32(0)), false}};
  for (const auto& [goaway, is_annoyed] : rows) {
    session_ = LeanSession(request_, {.next_id = 3, .send_window = 1'000, .streams_max = 100});
    session_.Ping();
    ASSERT_TRUE(Feed(goaway));
    EXPECT_TRUE(session_.is_leaving());
    EXPECT_EQ(session_.is_annoyed(), is_annoyed);
  }
}

}  // namespace
}  // namespace fairlead::h2

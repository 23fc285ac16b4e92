// A front before a server that believes everything: who is cut off before it gets there, and who
// is not let in.
#include <memory>
#include <string>
#include <vector>

#include "integration/front/front_test.h"
#include "unit/h2/wire.h"

namespace fairlead::front::testing {
namespace {

constexpr unsigned kHeaders = 1, kReset = 3, kSettings = 4, kGoAway = 7;
constexpr unsigned kEndHeaders = 4;
const std::string kGreeting =
    std::string(h2::kClientPreface) + h2::testing::Frame(kSettings, 0, 0, "");

std::string OpenAndReset(unsigned stream) {
  return h2::testing::Frame(kHeaders, kEndHeaders, stream, h2::testing::Field(":path", "/a")) +
         h2::testing::Frame(kReset, 0, stream, h2::testing::Big32(8));
}

TEST_F(FrontTest, AServerHearsNothingBeforeItsPeerSpeaksHttp2) {
  Make({.limits = {.handshake_timeout = std::chrono::milliseconds(300)}, .guard = GuardLimits()});
  const Descriptor late(DialTcp(port_));
  late.Send(kGreeting.substr(0, 23));
  const Descriptor wrong(DialTcp(port_));
  wrong.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(IsRefusedAs("it speaks no HTTP/2"));
  EXPECT_TRUE(IsRefusedAs("it did not begin to speak in time"));
  EXPECT_TRUE(late.HasEnded());
  EXPECT_EQ(CountServed(), 0U);
  EXPECT_EQ(Hits("handshake"), 1U);
  const Descriptor right(DialTcp(port_));
  right.Send(kGreeting.substr(0, 5));
  right.Send(kGreeting.substr(5));
  EXPECT_EQ(Served(0)->Receive(kGreeting.size()), kGreeting);
}

TEST_F(FrontTest, WhoBreaksALimitReadsWhyAndTheServerIsRidOfItBeforeTheByteThatDoes) {
  Make({.guard = GuardLimits{.resets_per_minute_max = 2}});
  const Descriptor caller(DialTcp(port_));
  const std::string allowed = kGreeting + OpenAndReset(1) + OpenAndReset(3);
  caller.Send(allowed);
  const auto server = Served(0);
  EXPECT_EQ(server->Receive(allowed.size()), allowed);
  const std::string settings = h2::testing::Frame(kSettings, 0, 0, "");
  server->Send(settings);
  EXPECT_EQ(caller.Receive(settings.size()), settings);
  caller.Send(OpenAndReset(5));
  EXPECT_TRUE(server->HasEnded());
  const std::string word = caller.Receive(1'000);
  EXPECT_EQ(word[3], kGoAway);
  EXPECT_TRUE(word.ends_with("more of its calls are reset a minute than one connection may have"));
  EXPECT_TRUE(IsRefusedAs("more of its calls are reset"));
  EXPECT_EQ(Hits("resets"), 1U);
}

TEST_F(FrontTest, WhoIsCutOffAllTheTimeIsBegunAtAPaceAndNotToldWhy) {
  Make({.guard = GuardLimits{.resets_per_minute_max = 0}});
  for (int i = 0; i < 15; ++i) {
    const Descriptor caller(DialTcp(port_));
    caller.Send(kGreeting + OpenAndReset(1));
    EXPECT_TRUE(caller.HasEnded());
  }
  EXPECT_TRUE(Eventually([&] { return Hits("pace") > 0; }));
}

TEST_F(FrontTest, WhoHoldsMostOfAllUnfinishedRequestsIsCutOff) {
  Make({.limits = {.unfinished_bytes_max = 100'000}, .guard = GuardLimits()});
  const auto held = [&](std::size_t bytes) {
    auto caller = std::make_unique<Descriptor>(DialTcp(port_));
    caller->Send(kGreeting + h2::testing::Frame(kHeaders, kEndHeaders, 1, ""));
    for (; bytes > 0; bytes -= 10'000)
      caller->Send(h2::testing::Frame(0, 0, 1, std::string(10'000, 'x')));
    return caller;
  };
  const auto large = held(60'000);
  const auto first = Served(0);
  first->Receive(60'000);
  const auto small = held(30'000);
  const auto second = Served(1);
  second->Receive(30'000);
  EXPECT_TRUE(Refusals().empty());
  const auto last = held(20'000);
  EXPECT_TRUE(large->HasEnded());
  EXPECT_TRUE(IsRefusedAs("its unfinished requests are the largest"));
  EXPECT_EQ(Refusals().size(), 1U);
  second->Send("still here");
  EXPECT_EQ(small->Receive(10), "still here");
}

TEST_F(FrontTest, WhoLeavesMostAnswersUnreadIsCutOff) {
  Make({.limits = {.unread_calls_max = 2}, .guard = GuardLimits()});
  const std::string no_window =
      kGreeting + h2::testing::Frame(kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6));
  const auto call = [](unsigned stream) {
    return h2::testing::Frame(kHeaders, kEndHeaders, stream, "");
  };
  const Descriptor one(DialTcp(port_));
  one.Send(no_window + call(1));
  const auto ones = Served(0);
  const Descriptor two(DialTcp(port_));
  two.Send(no_window + call(1) + call(3));
  const auto twos = Served(1);
  EXPECT_TRUE(two.HasEnded());
  EXPECT_TRUE(IsRefusedAs("it leaves most answers unread"));
  EXPECT_EQ(Hits("unread"), 1U);
  ones->Send("still here");
  EXPECT_EQ(one.Receive(10), "still here");
}

TEST_F(FrontTest, WhoHasNoCallMakesRoomAndReadsThatItsPlaceIsGone) {
  Make({.limits = {.connections_max = 2, .idle_enough = Duration::zero()}, .guard = GuardLimits()});
  const Descriptor busy(DialTcp(port_));
  busy.Send(kGreeting + h2::testing::Frame(kHeaders, kEndHeaders, 1, ""));
  const auto first = Served(0);
  const Descriptor idle(DialTcp(port_));
  idle.Send(kGreeting);
  const auto second = Served(1);
  second->Send(h2::testing::Frame(kSettings, 0, 0, ""));
  EXPECT_EQ(idle.Receive(9).size(), 9U);
  const Descriptor next(DialTcp(port_));
  next.Send(kGreeting);
  EXPECT_EQ(Served(2)->Receive(kGreeting.size()), kGreeting);
  const std::string word = idle.Receive(1'000);
  EXPECT_EQ(word[3], kGoAway);
  EXPECT_TRUE(word.ends_with("it has no call, and its place is another's"));
  EXPECT_EQ(second->Receive(kGreeting.size()), kGreeting);
  EXPECT_TRUE(second->HasEnded());
  first->Send("still here");
  EXPECT_EQ(busy.Receive(10), "still here");
}

TEST_F(FrontTest, WhoHasJustComeMayBeAboutToCallAndStays) {
  Make({.limits = {.connections_per_peer_max = 1, .idle_enough = std::chrono::hours(1)},
        .guard = GuardLimits()});
  const Descriptor first(DialTcp(port_));
  first.Send(kGreeting);
  const auto server = Served(0);
  const Descriptor second(DialTcp(port_));
  EXPECT_TRUE(second.HasEnded());
  EXPECT_TRUE(IsRefusedAs("as many connections as one peer may have"));
  server->Send("still here");
  EXPECT_EQ(first.Receive(10), "still here");
}

// By the addresses of loopback, as many peers as one likes.
TEST_F(FrontTest, WhoHasManyMakesRoomForWhoHasFew) {
  Make({.limits = {.connections_max = 3, .idle_enough = std::chrono::hours(1)},
        .guard = GuardLimits()});
  const auto come = [&](const std::string& from) {
    auto caller = std::make_unique<Descriptor>(DialTcp(port_, from));
    caller->Send(kGreeting);
    return caller;
  };
  const auto first = come("127.0.0.2");
  const auto server = Served(0);
  const auto second = come("127.0.0.2");
  const auto seconds = Served(1);
  const auto few = come("127.0.0.3");
  const auto of_few = Served(2);
  const auto fewer = come("127.0.0.4");
  const auto of_fewer = Served(3);
  EXPECT_EQ(of_fewer->Receive(kGreeting.size()), kGreeting);
  EXPECT_EQ(server->Receive(kGreeting.size()), kGreeting);
  EXPECT_TRUE(server->HasEnded()) << "its peer has two";
  const auto more = come("127.0.0.3");
  EXPECT_TRUE(more->HasEnded()) << "all have one";
  of_few->Send("still here");
  EXPECT_EQ(few->Receive(10), "still here");
}

class FrontOnASocket : public FrontTest {
 protected:
  void SetUp() override {
    asks_ = [this](const Peer& peer, Front::Verdict verdict) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(peer);
      verdicts_.push_back(std::move(verdict));
    };
  }
  int Dial() const {
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = h2::SocketAddress::Unix(path_);
    EXPECT_EQ(connect(made, address->get(), address->size()), 0);
    return made;
  }
  Front::Verdict Asked() {
    EXPECT_TRUE(Eventually([&] {
      const std::lock_guard lock(mutex_);
      return !verdicts_.empty();
    }));
    const std::lock_guard lock(mutex_);
    Front::Verdict verdict = std::move(verdicts_.back());
    verdicts_.pop_back();
    return verdict;
  }

  const std::string path_ = folder_ + "socket";
  std::vector<Peer> asked_;               // protected by mutex_
  std::vector<Front::Verdict> verdicts_;  // protected by mutex_
};

TEST_F(FrontOnASocket, ThePeerIsAProcessAndWaitsForTheVerdict) {
  Make({});
  ASSERT_TRUE(front_->ListenUnix(path_, 0600));
  const Descriptor good(Dial());
  good.Send("hello");
  Asked()({});
  EXPECT_EQ(Served(0)->Receive(5), "hello");
  {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(peers_[0].process->pid, getpid());
    EXPECT_EQ(peers_[0].process->uid, getuid());
    EXPECT_THAT(peers_[0].process->gids, ::testing::Contains(getgid()));
    EXPECT_EQ(peers_[0].address,
              "pid " + std::to_string(getpid()) + " of uid " + std::to_string(getuid()));
  }
  const Descriptor bad(Dial());
  bad.Send("hello");
  Asked()(Fail(Code::kPermissionDenied, "it is a stranger"));
  EXPECT_TRUE(bad.HasEnded());
  EXPECT_TRUE(IsRefusedAs("it is a stranger"));
  EXPECT_EQ(CountServed(), 1U);
}

TEST_F(FrontOnASocket, WhoWaitsTooLongForTheVerdictMakesRoomOrIsEnded) {
  Make({.limits = {.connections_per_peer_max = 1,
                   .handshake_timeout = std::chrono::milliseconds(300)}});
  ASSERT_TRUE(front_->ListenUnix(path_, 0600));
  const Descriptor first(Dial());
  Front::Verdict late = Asked();
  const Descriptor second(Dial());
  EXPECT_TRUE(first.HasEnded()) << "its place is another's";
  late({});
  EXPECT_TRUE(IsRefusedAs("it was not known in time whether it may come in"));
  EXPECT_TRUE(second.HasEnded());
  EXPECT_EQ(CountServed(), 0U);
}

}  // namespace
}  // namespace fairlead::front::testing

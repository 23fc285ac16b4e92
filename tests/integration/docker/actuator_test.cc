// The engine asked through the actuator: what it hears of a daemon that is well, and of one that
// has been taken over.
#include "docker/actuator.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/rng.h"
#include "confine/capabilities.h"
#include "confine/kept_child.h"
#include "confine/syscall_filter.h"
#include "docker/actuator_message.h"
#include "docker/container_logs.h"
#include "integration/docker/engine_fixture.h"
#include "support/child_of.h"

namespace fairlead::docker {
namespace {

// The pair, with an actuator on the test's own loop at its other end.
class ActuatorTest : public EngineFixture {
 protected:
  ActuatorTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair_.data()),
              0);
    asio::co_spawn(driver_.context(),
                   ServeQuestions(driver_.context(), pair_[1], *ParseEndpoint(fake_.endpoint()),
                                  TestLimits(), {.hang_up = {"web"}}),
                   [this](const std::exception_ptr&) { has_ended_ = true; });
    asked_ = *MakeHttpEngine(driver_.context(), fake_.endpoint(), TestLimits(), std::nullopt,
                             nullptr, pair_[0]);
    EXPECT_TRUE(driver_.Run(asked_->Hello()));
  }
  ~ActuatorTest() override {
    if (pair_[0] >= 0) close(pair_[0]);
    EXPECT_TRUE(driver_.RunUntil([&] { return has_ended_; }));
  }

  std::vector<std::string> Posts() const {
    std::vector<std::string> posts;
    for (const std::string& request : fake_.requests())
      if (request.starts_with("POST")) posts.push_back(request);
    return posts;
  }
  // As runtime::SendPacket() of a daemon that is well, but of any bytes and any descriptors.
  void Send(const std::string& packet, const std::vector<int>& descriptors) {
    iovec part{.iov_base = const_cast<char*>(packet.data()), .iov_len = packet.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(8 * sizeof(int))> space{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
      const std::size_t bytes = descriptors.size() * sizeof(int);
      message.msg_control = space.data();
      message.msg_controllen = CMSG_SPACE(bytes);
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(bytes);
      std::memcpy(CMSG_DATA(header), descriptors.data(), bytes);
    }
    ASSERT_GE(sendmsg(pair_[0], &message, MSG_NOSIGNAL), 0);
  }
  // What comes back on the stream that is sent along with it, until its end.
  std::string Answered(const std::string& packet) {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    Send(packet, {ends[1]});
    close(ends[1]);
    std::string answer;
    EXPECT_TRUE(driver_.RunUntil([&] {
      std::array<char, 4096> bytes{};
      const ssize_t received = read(ends[0], bytes.data(), bytes.size());
      if (received > 0) answer.append(bytes.data(), static_cast<std::size_t>(received));
      return received == 0;
    }));
    close(ends[0]);
    return answer;
  }
  // The code of the head of an answer; -1: there is none.
  static int CodeOf(const std::string& answer) {
    const auto head = ReadHead(answer);
    return head && *head ? static_cast<int>((*head)->head.refusal.code) : -1;
  }

  std::array<int, 2> pair_{-1, -1};
  bool has_ended_ = false;
  std::unique_ptr<Engine> asked_;
};

TEST_F(ActuatorTest, AsksWhatTheDaemonAsksAndBringsBackWhatIsAnswered) {
  EXPECT_EQ(Outcome(asked_->Ping()), "OK");
  EXPECT_EQ(driver_.Run(asked_->List())->size(), 1U);
  EXPECT_EQ(Outcome(asked_->Start(id_)), "OK");
  EXPECT_EQ(driver_.Run(asked_->ListRunning())->size(), 1U);
  EXPECT_EQ(driver_.Run(asked_->Inspect(id_)), driver_.Run(engine_->Inspect(id_)));
  EXPECT_EQ(driver_.Run(asked_->Find("aa"))->id, id_);
  EXPECT_EQ(Outcome(asked_->Restart(id_, 1s, 20s)), "OK");
  EXPECT_EQ(Outcome(asked_->Stop(id_, std::nullopt, 20s)), "OK");
  EXPECT_EQ(Outcome(asked_->Stop(id_, std::nullopt, 20s)), "ALREADY_EXISTS");
  const std::string about = "POST /v1.41/containers/" + id_.value;
  EXPECT_EQ(Posts(), (std::vector<std::string>{about + "/start", about + "/restart?t=1",
                                               about + "/stop", about + "/stop"}));
}

TEST_F(ActuatorTest, PassesEventsOnUntilWhoeverHearsThemLeaves) {
  bool is_open = false;
  std::vector<std::string> heard;
  const auto stream = driver_.Begin(asked_->Events(
      0, [&] { is_open = true; },
      [&](const EngineEvent& event) { heard.push_back(event.action); }));
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open; }));
  EXPECT_EQ(Outcome(engine_->Start(id_)), "OK");
  EXPECT_TRUE(driver_.RunUntil([&] { return std::ranges::find(heard, "start") != heard.end(); }));
  EXPECT_EQ(fake_.streams_open(), 1U);
  stream->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(driver_.RunUntil([&] { return fake_.streams_open() == 0; }));
}

TEST_F(ActuatorTest, ALongAnswerArrivesWhole) {
  std::string labels(50'000, 'x');
  const ContainerId id(fake_.Add("long", {{"fairlead.enable", "true"}, {"note", labels}}));
  const auto facts = driver_.Run(asked_->Inspect(id));
  ASSERT_TRUE(facts) << facts.error().Text();
  EXPECT_EQ(facts->labels.at("note"), labels);
}

TEST_F(ActuatorTest, AContainerWithoutTheLabelIsNotActedOn) {
  const ContainerId other(fake_.Add("other", {}));
  EXPECT_EQ(Outcome(asked_->Start(other)), "PERMISSION_DENIED");
  EXPECT_NE(last_message_.find("fairlead.enable=true"), std::string::npos) << last_message_;
  EXPECT_EQ(Outcome(asked_->Stop(other, 1s, 20s)), "PERMISSION_DENIED");
  EXPECT_EQ(Outcome(asked_->Restart(other, 1s, 20s)), "PERMISSION_DENIED");
  EXPECT_EQ(Outcome(asked_->Kill(other, "SIGHUP")), "PERMISSION_DENIED");
  EXPECT_EQ(Outcome(asked_->Kill(id_, "SIGKILL")), "PERMISSION_DENIED");
  EXPECT_EQ(Outcome(asked_->Start(ContainerId("aa"))), "PERMISSION_DENIED") << "a name";
  const auto logs = driver_.Run(ReadLogs(
      driver_.context(), {.endpoint = fake_.endpoint(), .actuator = pair_[0], .id = other}));
  EXPECT_EQ(logs.error().code, Code::kPermissionDenied);
  EXPECT_EQ(Posts(), std::vector<std::string>{});
}

TEST_F(ActuatorTest, WhoFileSinksNameIsToldToReadItsFilesAgain) {
  const ContainerId web(fake_.Add("web", {}));
  EXPECT_EQ(Outcome(engine_->Start(web)), "OK");
  EXPECT_EQ(Outcome(asked_->Kill(web, "SIGHUP")), "OK");
}

TEST_F(ActuatorTest, AnEngineThatIsSilentRunsIntoTheDeadlineAndOneThatIsAwayIsToldAsThat) {
  fake_.Misbehave("/json", {.holds_open = true});
  EXPECT_EQ(Outcome(asked_->Inspect(id_)), "DEADLINE_EXCEEDED");
  fake_.Behave();
  fake_.Crash();
  EXPECT_EQ(Outcome(asked_->Inspect(id_)), "UNAVAILABLE");
  EXPECT_NE(last_message_.find("connect to unix://"), std::string::npos) << last_message_;
  fake_.ComeBack();
  EXPECT_EQ(Outcome(asked_->Inspect(id_)), "OK");
}

TEST_F(ActuatorTest, OfRubbishTheEngineHearsNothing) {
  const auto heard = fake_.requests().size();
  Rng chance(14);
  const std::string good =
      WriteQuestion({.verb = Verb::kStop, .version = {1, 41}, .id = id_, .signal = "SIGHUP"});
  for (int i = 0; i < 300; ++i) {
    std::string packet = good;
    if (i % 3 == 0) packet[0] = static_cast<char>(11 + chance.Next() % 240);  // no verb
    if (i % 3 == 1) packet.resize(chance.Next() % packet.size());
    if (i % 3 == 2)
      packet += std::string(1 + chance.Next() % 2000, static_cast<char>(chance.Next()));
    EXPECT_EQ(CodeOf(Answered(packet)), static_cast<int>(Code::kInvalidArgument)) << i;
  }
  EXPECT_EQ(fake_.requests().size(), heard);
  EXPECT_EQ(Outcome(asked_->Ping()), "OK");
}

TEST_F(ActuatorTest, DescriptorsThatAreNoStreamAreClosedAndNothingIsAsked) {
  const auto heard = fake_.requests().size();
  const std::string ping = WriteQuestion({.verb = Verb::kPing});
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  Send(ping, {});
  Send(ping, {ends[1]});
  Send(ping, {ends[1], ends[1], ends[1], ends[1], ends[1], ends[1], ends[1]});
  close(ends[1]);
  // The questions are taken in order, so the others are done with.
  EXPECT_EQ(CodeOf(Answered(ping)), 0);
  EXPECT_EQ(fake_.requests().size(), heard + 1);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0) << "a descriptor was kept";
  close(ends[0]);
}

TEST_F(ActuatorTest, WhoWritesIntoItsStreamHasLeft) {
  fake_.Misbehave("/_ping", {.holds_open = true});
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  ASSERT_EQ(write(ends[0], "POST /containers/create HTTP/1.1\r\n\r\n", 36), 36);
  Send(WriteQuestion({.verb = Verb::kPing}), {ends[1]});
  close(ends[1]);
  char byte = 0;
  EXPECT_TRUE(driver_.RunUntil([&] { return read(ends[0], &byte, 1) >= 0 || errno != EAGAIN; }));
  close(ends[0]);
  for (const std::string& request : fake_.requests())
    EXPECT_EQ(request.find("create"), std::string::npos);
}

TEST_F(ActuatorTest, ManyQuestionsAtOnceHaveALimit) {
  fake_.Misbehave("/_ping", {.holds_open = true});
  std::vector<int> kept;
  for (int i = 0; i < kQuestionsMax; ++i) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    Send(WriteQuestion({.verb = Verb::kPing}), {ends[1]});
    close(ends[1]);
    kept.push_back(ends[0]);
    if (i % 64 == 63) driver_.RunUntil([&, n = 0]() mutable { return ++n > 64; });
  }
  EXPECT_EQ(Outcome(asked_->Ping()), "RESOURCE_EXHAUSTED");
  for (const int end : kept) close(end);
  fake_.Behave();
  EXPECT_TRUE(driver_.RunUntil([&] { return Outcome(asked_->Ping()) == "OK"; }));
}

// --- as a process ---

// With all that the daemon's gives up.
int Serve(int pair, const std::string& endpoint) {
  asio::io_context context(1);
  if (!confine::ForbidNewPrivileges() || !confine::KeepOnlyCapabilities({}) ||
      !confine::Install(confine::ActuatorFilter()))
    return 1;
  asio::co_spawn(context, ServeQuestions(context, pair, *ParseEndpoint(endpoint), TestLimits(), {}),
                 [&](const std::exception_ptr&) { context.stop(); });
  context.run();
  return 0;
}

confine::KeptChild Start(const std::string& endpoint) {
  return *confine::KeptChild::Start({.name = "actuator",
                                     .work = [=](int pair) { return Serve(pair, endpoint); },
                                     .died = [](const std::string&, Duration) {}});
}

TEST(ActuatorProcess, FindsAnEngineByItsNameWithTheCallsThatItHas) {
  test::EngineDriver driver;
  test::FakeEngine fake(driver.context(), "");
  const std::string port = fake.endpoint().substr(fake.endpoint().rfind(':'));
  const std::string endpoint = "tcp://localhost" + port;
  const confine::KeptChild child = Start(endpoint);
  const auto engine = *MakeHttpEngine(driver.context(), endpoint, TestLimits(), std::nullopt,
                                      nullptr, child.pair());
  const auto info = driver.Run(engine->Hello());
  EXPECT_TRUE(info) << info.error().message;
}

TEST(ActuatorProcess, SaysWhatIsWrongWithASocketThatIsNotThere) {
  test::EngineDriver driver;
  const confine::KeptChild child = Start("unix:///nonexistent/docker.sock");
  const auto engine = *MakeHttpEngine(driver.context(), "unix:///nonexistent/docker.sock", {},
                                      std::nullopt, nullptr, child.pair());
  const auto direct = *MakeHttpEngine(driver.context(), "unix:///nonexistent/docker.sock");
  EXPECT_EQ(driver.Run(engine->Ping()).error(), driver.Run(direct->Ping()).error());
}

TEST(ActuatorProcess, KilledDuringAStopLosesThatCallAndNothingElse) {
  const std::string path = fmt::format("{}fairlead-{}.sock", ::testing::TempDir(), ::getpid());
  const confine::KeptChild child = Start("unix://" + path);
  test::EngineDriver driver;
  test::FakeEngine fake(driver.context(), path);
  const ContainerId id(fake.Add("aa", {{"fairlead.enable", "true"}}));
  const auto engine = *MakeHttpEngine(driver.context(), fake.endpoint(), TestLimits(), std::nullopt,
                                      nullptr, child.pair());
  ASSERT_TRUE(driver.Run(engine->Hello()));
  ASSERT_TRUE(driver.Run(engine->Start(id)));
  fake.delays().act = 300ms;
  const auto stop = driver.Begin(engine->Stop(id, 1s, 20s));
  const auto is_stop = [](const std::string& request) { return request.ends_with("/stop?t=1"); };
  ASSERT_TRUE(driver.RunUntil([&] { return std::ranges::any_of(fake.requests(), is_stop); }));
  kill(fairlead::testing::ChildOf(child.keeper()), SIGKILL);
  ASSERT_TRUE(driver.RunUntil([&] { return stop->is_done; }));
  EXPECT_EQ(stop->result->error().code, Code::kUnavailable) << stop->result->error().message;
  // Asked before the next one is there, and answered by it.
  const auto facts = driver.Run(engine->Inspect(id));
  ASSERT_TRUE(facts) << facts.error().Text();
  EXPECT_EQ(std::ranges::count_if(fake.requests(), is_stop), 1);
}

}  // namespace
}  // namespace fairlead::docker

// The prober over time: kept connections, deadlines, extra checks, its own lateness, tcp and http.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <thread>

#include "h2/socket_address.h"
#include "integration/h2/frames.h"
#include "integration/health/recording_sink.h"
#include "integration/health/scripted_server.h"
#include "support/no_descriptor.h"

namespace fairlead::health::testing {
namespace {

using h2::testing::Field;
using h2::testing::Frame;
using h2::testing::Settings;
using spec::CheckClass;

std::string ServingReply() {
  return Settings() +
         Frame(1, 4, 1, Field(":status", "200") + Field("content-type", "application/grpc")) +
         Frame(0, 0, 1, std::string("\0\0\0\0\2\x08\1", 7)) +
         Frame(1, 5, 1, Field("grpc-status", "0"));
}

TEST(Prober, NobodyListeningIsRefused) {
  const ClosedPort closed;
  ProberUnderTest under_test;
  under_test.prober().Begin(TargetOn(closed.port()));
  const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(outcome.check_class, CheckClass::kRefused);
  EXPECT_EQ(outcome.detail,
            "127.0.0.1 port " + std::to_string(closed.port()) + ": connect: Connection refused");
}

TEST(Prober, AnAddressThatIsNoneIsNoRoute) {
  ProberUnderTest under_test;
  spec::CheckTarget target = TargetOn(1);
  target.ip = "user-service";
  under_test.prober().Begin(target);
  EXPECT_EQ(under_test.sink().Outcome("c1", 0).check_class, CheckClass::kNoRoute);
}

TEST(Prober, TheSocketOfATargetInsideANamespaceIsMadeThereForEachProtocol) {
  ScriptedServer server(ServingReply(), Then::kHold);
  ScriptedServer web("HTTP/1.1 200 OK\r\n\r\n", Then::kHold);
  std::atomic<int> made = 0;
  ProberUnderTest under_test({},
                             [&](const spec::NetworkNamespace& place, int family) -> Result<int> {
                               EXPECT_EQ(place.pid, 7);
                               ++made;
                               return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                             });
  const std::pair<spec::HealthProtocol, std::uint16_t> rows[] = {
      {spec::HealthProtocol::kGrpc, server.port()},
      {spec::HealthProtocol::kHttp, web.port()},
      {spec::HealthProtocol::kTcp, web.port()}};
  int expected = 0;
  for (const auto& [protocol, port] : rows) {
    spec::CheckTarget target = TargetOn(port, "c" + std::to_string(++expected));
    target.health.protocol = protocol;
    target.inside = spec::NetworkNamespace{.pid = 7};
    under_test.prober().Begin(target);
    const spec::CheckOutcome outcome = under_test.sink().Outcome(target.generation.id.value, 0);
    EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
    EXPECT_EQ(outcome.asked_ip, "127.0.0.1");
    EXPECT_EQ(made, expected);
  }
}

TEST(Prober, ANamespaceThatCannotBeEnteredIsOurTroubleAndSaysWhatIsMissing) {
  const std::pair<Error, CheckClass> rows[] = {
      {{Code::kPermissionDenied, "needs SYS_ADMIN"}, CheckClass::kNoRoute},
      {{Code::kNotFound, "needs a process"}, CheckClass::kNoRoute},
      {{Code::kResourceExhausted, "needs a thread"}, CheckClass::kNoFd}};
  for (const auto& [error, expected] : rows) {
    for (const auto protocol : {spec::HealthProtocol::kGrpc, spec::HealthProtocol::kTcp}) {
      ProberUnderTest under_test({}, [&](const spec::NetworkNamespace&, int) -> Result<int> {
        return std::unexpected(error);
      });
      spec::CheckTarget target = TargetOn(1);
      target.health.protocol = protocol;
      target.inside = spec::NetworkNamespace{.pid = 7};
      under_test.prober().Begin(target);
      const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
      EXPECT_EQ(outcome.check_class, expected);
      EXPECT_TRUE(outcome.detail.contains(error.message)) << outcome.detail;
    }
  }
}

TEST(Prober, AnObstacleThatIsKnownIsToldWithoutATry) {
  ProberUnderTest under_test({}, [](const spec::NetworkNamespace&, int) -> Result<int> {
    ADD_FAILURE() << "tried";
    return Fail(Code::kInternal, "");
  });
  spec::CheckTarget target = TargetOn(1);
  target.inside = spec::NetworkNamespace{.pid = 7, .obstacle = "it needs SYS_PTRACE"};
  under_test.prober().Begin(target);
  const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(outcome.check_class, CheckClass::kNoRoute);
  EXPECT_TRUE(outcome.detail.contains("it needs SYS_PTRACE")) << outcome.detail;
}

TEST(Prober, NobodyAtAPublishedPortSaysNothingAboutTheReplica) {
  const ClosedPort closed;
  ProberUnderTest under_test;
  spec::CheckTarget target = TargetOn(closed.port());
  target.is_published = true;
  under_test.prober().Begin(target);
  EXPECT_EQ(under_test.sink().Outcome("c1", 0).check_class, CheckClass::kNoRoute);
}

TEST(Prober, WithoutFileDescriptorsOfOurOwnItSaysNothingAboutTheReplica) {
  ScriptedServer server(ServingReply(), Then::kHold);
  ProberUnderTest under_test;
  {
    const test::NoDescriptor none;
    under_test.prober().Begin(TargetOn(server.port()));
    const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
    EXPECT_EQ(outcome.check_class, CheckClass::kNoFd) << outcome.detail;
  }
  under_test.prober().CheckSoon(TargetOn(1).generation, 0ms);
  EXPECT_EQ(under_test.sink().Outcome("c1", 1).check_class, CheckClass::kServing);
}

TEST(Prober, WithoutALocalPortOfOurOwnItSaysNothingAboutTheReplica) {
  ScriptedServer server(ServingReply(), Then::kHold);
  std::atomic<std::uint16_t> only_port = 0;
  // All sockets share one local port, so that a second connection to one server has none.
  ProberUnderTest under_test({}, [&](const spec::NetworkNamespace&, int family) -> Result<int> {
    const int made = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int shared = 1;
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &shared, sizeof shared);
    const auto from = h2::SocketAddress::Ip("127.0.0.1", only_port);
    EXPECT_EQ(bind(made, from->get(), from->size()), 0);
    only_port = h2::SocketAddress::OfSocket(made).port();
    return made;
  });
  for (const std::string id : {"first", "second"}) {
    spec::CheckTarget target = TargetOn(server.port(), id);
    target.inside = spec::NetworkNamespace{.pid = 7};
    under_test.prober().Begin(target);
    const spec::CheckOutcome outcome = under_test.sink().Outcome(id, 0);
    EXPECT_EQ(outcome.check_class, id == "first" ? CheckClass::kServing : CheckClass::kNoPort)
        << outcome.detail;
  }
}

TEST(Prober, NoFailureIsToldThatOurOwnHealthServerDoesNotVouchFor) {
  const ClosedPort closed;
  ScriptedServer silent("", Then::kHold);
  ScriptedServer deaf("", Then::kHold);
  ProberLimits limits;
  limits.canary_port = deaf.port();
  limits.canary_timeout = 50ms;
  ProberUnderTest under_test(limits);
  under_test.prober().Begin(TargetOn(closed.port(), "refused"));
  under_test.prober().Begin(TargetOn(silent.port(), "silent"));
  for (const std::string id : {"refused", "silent"}) {
    const spec::CheckOutcome outcome = under_test.sink().Outcome(id, 0);
    EXPECT_EQ(outcome.check_class, CheckClass::kCanaryFailed) << outcome.detail;
  }
  EXPECT_FALSE(under_test.sink().WaitForCanary(1));
}

TEST(Prober, WhatFailedBeforeItsChecksWereEndedIsNotToldAfterwards) {
  const ClosedPort closed;
  ScriptedServer deaf("", Then::kHold);
  ProberLimits limits;
  limits.canary_port = deaf.port();
  ProberUnderTest under_test(limits);
  spec::CheckTarget target = TargetOn(closed.port(), "ended");
  under_test.prober().Begin(target);
  under_test.thread().RunAndWait([] {});  // it was refused, and waits for the canary
  under_test.prober().End(target.generation);
  under_test.prober().Begin(TargetOn(closed.port(), "later"));
  EXPECT_EQ(under_test.sink().Outcome("later", 0).check_class, CheckClass::kCanaryFailed);
  EXPECT_TRUE(under_test.sink().Outcomes("ended").empty());
}

TEST(Prober, ADeadlineIsExactAndTheNextCheckGoesOn) {
  ScriptedServer silent("", Then::kHold);
  ProberUnderTest under_test;
  spec::CheckTarget target = TargetOn(silent.port());
  target.health.interval = 200ms;
  target.health.timeout = 100ms;
  under_test.prober().Begin(target);
  for (std::size_t i = 0; i < 5; ++i) {
    const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", i);
    EXPECT_EQ(outcome.check_class, CheckClass::kTimeout) << outcome.detail;
    EXPECT_GE(outcome.latency, 100ms);
    EXPECT_LT(outcome.latency, 150ms);
  }
  EXPECT_EQ(silent.connections(), 2)
      << "a connection that timed out three times is replaced, not before";
}

TEST(Prober, AConnectionClosedByThePeerIsToldAndCheckedAgainAtOnce) {
  auto server = std::make_unique<ScriptedServer>(ServingReply(), Then::kHold);
  const std::uint16_t port = server->port();
  ProberUnderTest under_test;
  under_test.prober().Begin(TargetOn(port));
  ASSERT_EQ(under_test.sink().Outcome("c1", 0).check_class, CheckClass::kServing);
  server.reset();
  EXPECT_TRUE(under_test.sink().WaitForClosed("c1"));
  EXPECT_EQ(under_test.sink().Outcome("c1", 1).check_class, CheckClass::kRefused);
}

TEST(Prober, APeerThatClosesAfterEveryAnswerIsAskedAtABoundedRate) {
  ScriptedServer server(ServingReply(), Then::kClose);
  ProberUnderTest under_test;
  under_test.prober().Begin(TargetOn(server.port()));
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(under_test.sink().Outcome("c1", i).check_class, CheckClass::kServing);
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, 300ms);
}

TEST(Prober, AnExtraCheckComesWhenAskedFor) {
  const ClosedPort closed;
  ProberUnderTest under_test;
  const spec::CheckTarget target = TargetOn(closed.port());
  under_test.prober().Begin(target);
  under_test.sink().Outcome("c1", 0);
  under_test.prober().CheckSoon(target.generation, 50ms);
  EXPECT_EQ(under_test.sink().Outcome("c1", 1).check_class, CheckClass::kRefused);
}

TEST(Prober, AnEndedTargetIsSilent) {
  ScriptedServer silent("", Then::kHold);
  const ClosedPort closed;
  ProberUnderTest under_test;
  const spec::CheckTarget ended = TargetOn(silent.port(), "ended");
  under_test.prober().Begin(ended);
  under_test.prober().End(ended.generation);
  under_test.prober().CheckSoon(ended.generation, 0ms);
  under_test.prober().Begin(TargetOn(closed.port(), "other"));
  under_test.sink().Outcome("other", 0);
  EXPECT_EQ(under_test.sink().count(), 1U);
}

TEST(Prober, AnswersThatWaitInTheSocketWhileTheLoopStandsStillCount) {
  ScriptedServer server(ServingReply(), Then::kHold);
  ScriptedServer silent("", Then::kHold);
  ProberUnderTest under_test;
  spec::CheckTarget quick = TargetOn(server.port(), "quick");
  spec::CheckTarget mute = TargetOn(silent.port(), "mute");
  quick.health.timeout = mute.health.timeout = 100ms;
  under_test.prober().Begin(quick);
  under_test.prober().Begin(mute);
  // The loop is held, from the turn after the questions were sent, until far beyond the deadlines.
  while (server.answered() == 0 || silent.answered() == 0) std::this_thread::yield();
  under_test.thread().Post([held = std::chrono::steady_clock::now()] {
    while (std::chrono::steady_clock::now() < held + 400ms) std::this_thread::yield();
  });
  EXPECT_EQ(under_test.sink().Outcome("quick", 0).check_class, CheckClass::kServing);
  EXPECT_EQ(under_test.sink().Outcome("mute", 0).check_class, CheckClass::kSelfStalled);
}

TEST(Prober, TcpAsksForTheConnectionOnly) {
  ScriptedServer server("", Then::kHold);
  const ClosedPort closed;
  ProberUnderTest under_test;
  spec::CheckTarget open = TargetOn(server.port(), "open");
  spec::CheckTarget shut = TargetOn(closed.port(), "shut");
  open.health.protocol = shut.health.protocol = spec::HealthProtocol::kTcp;
  under_test.prober().Begin(open);
  under_test.prober().Begin(shut);
  EXPECT_EQ(under_test.sink().Outcome("open", 0).check_class, CheckClass::kServing);
  EXPECT_EQ(under_test.sink().Outcome("shut", 0).check_class, CheckClass::kRefused);
}

TEST(Prober, HttpAsksForA2xxStatus) {
  const std::pair<std::string, CheckClass> rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CheckClass::kServing},
      {"HTTP/1.1 500 Oh\r\n\r\n", CheckClass::kHttpStatus},
      {std::string("\x15\x03\x01\0\2\2\x46", 7), CheckClass::kTls},
      {std::string(100'000, 'z'), CheckClass::kProtocol},
      {"", CheckClass::kTimeout},
  };
  for (const auto& [reply, expected] : rows) {
    ScriptedServer server(reply, Then::kHold);
    ProberUnderTest under_test;
    spec::CheckTarget target = TargetOn(server.port());
    target.health.protocol = spec::HealthProtocol::kHttp;
    under_test.prober().Begin(target);
    EXPECT_EQ(under_test.sink().Outcome("c1", 0).check_class, expected);
  }
}

}  // namespace
}  // namespace fairlead::health::testing

#include "probe/ending.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::probe {
namespace {

std::vector<std::byte> Status(unsigned char number) {
  return {std::byte{8}, std::byte{number}};
}

std::string EndOf(const Ending& ending) {
  return std::to_string(static_cast<int>(ending.exit_code)) + " " + ending.text;
}

std::string EndOfStatus(Code status, const std::string& detail) {
  return EndOf(OfCall({}, {.status = status, .detail = detail}));
}

TEST(ProbeEnding, OnlyServingIsZero) {
  EXPECT_EQ(EndOf(OfMessage(Status(1))), "0 status: SERVING\n");
  EXPECT_EQ(EndOf(OfMessage(Status(0))), "4 service unhealthy (responded with \"UNKNOWN\")\n");
  EXPECT_EQ(EndOf(OfMessage({})), "4 service unhealthy (responded with \"UNKNOWN\")\n");
  EXPECT_EQ(EndOf(OfMessage(Status(2))), "4 service unhealthy (responded with \"NOT_SERVING\")\n");
  EXPECT_EQ(EndOf(OfMessage(Status(3))),
            "4 service unhealthy (responded with \"SERVICE_UNKNOWN\")\n");
  EXPECT_EQ(EndOf(OfMessage(Status(9))), "4 service unhealthy (responded with \"9\")\n");
  EXPECT_EQ(OfMessage(std::vector{std::byte{8}}).exit_code, ExitCode::kRpcFailure);
}

TEST(ProbeEnding, AStatusOfGrpcIsToldAsGoDoes) {
  EXPECT_EQ(EndOfStatus(Code::kNotFound, "unknown service"),
            "3 error: health rpc failed: rpc error: code = NotFound desc = unknown service\n");
  EXPECT_EQ(EndOfStatus(Code::kUnauthenticated, "no"),
            "3 error: health rpc failed: rpc error: code = Unauthenticated desc = no\n");
  EXPECT_EQ(EndOfStatus(Code::kUnimplemented, "unknown service x"),
            "3 error: this server does not implement the grpc health protocol "
            "(grpc.health.v1.Health): unknown service x\n");
  EXPECT_EQ(EndOfStatus(Code::kDeadlineExceeded, "x"),
            "3 timeout: health rpc did not complete within 1s\n");
}

TEST(ProbeEnding, WhatIsNoStatusOfGrpcIsAFailedCallAllTheSame) {
  using h2::CallEnd;
  EXPECT_EQ(EndOf(OfCall({}, {.end = CallEnd::kTimeout, .detail = "x"})),
            "3 timeout: health rpc did not complete within 1s\n");
  for (const auto end : {CallEnd::kReset, CallEnd::kClosed, CallEnd::kProtocol,
                         CallEnd::kHttpStatus, CallEnd::kTls}) {
    EXPECT_EQ(OfCall({}, {.end = end, .detail = "x"}).exit_code, ExitCode::kRpcFailure);
  }
}

TEST(ProbeEnding, WhatWasInTheWayFollowsOnALineOfItsOwn) {
  Options options;
  options.address = "a:1";
  EXPECT_EQ(EndOf(NotConnected(options, {Code::kUnavailable, "connect: refused"})),
            "2 timeout: failed to connect service \"a:1\" within 1s\n"
            "last failure: connect: refused\n");
  EXPECT_EQ(EndOf(NoSuchAddress(options, {Code::kInvalidArgument, "no port"})),
            "2 error: failed to connect service at \"a:1\": no port\n");
  EXPECT_EQ(NoCredentials({Code::kUnauthenticated, "x"}).exit_code, ExitCode::kInvalidArguments);
}

TEST(ProbeEnding, WhoWaitedInVainHearsWhatWasSaidLast) {
  EXPECT_EQ(EndOf(WaitedInVain({}, OfMessage(Status(2)))),
            "4 service unhealthy (responded with \"NOT_SERVING\")\n"
            "timeout: not SERVING within 1s\n");
  EXPECT_EQ(EndOf(WaitedInVain({}, {})), "3 timeout: not SERVING within 1s\n");
}

}  // namespace
}  // namespace fairlead::probe

#include "h2/answer.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace fairlead::h2 {
namespace {

TEST(Answer, ErrnosOfThePeerAndOfUsAreToldApart) {
  EXPECT_EQ(EndOfErrno(ECONNREFUSED), CallEnd::kRefused);
  EXPECT_EQ(EndOfErrno(ECONNRESET), CallEnd::kReset);
  EXPECT_EQ(EndOfErrno(EPIPE), CallEnd::kReset);
  EXPECT_EQ(EndOfErrno(ETIMEDOUT), CallEnd::kTimeout);
  EXPECT_EQ(EndOfErrno(EMFILE), CallEnd::kNoFd);
  EXPECT_EQ(EndOfErrno(ENFILE), CallEnd::kNoFd);
  EXPECT_EQ(EndOfErrno(EADDRNOTAVAIL), CallEnd::kNoPort);
  EXPECT_EQ(EndOfErrno(ENETUNREACH), CallEnd::kNoRoute);
  EXPECT_EQ(EndOfErrno(EHOSTUNREACH), CallEnd::kNoRoute);
}

TEST(Answer, TheFirstBytesTellTlsAndHttp1FromHttp2) {
  const auto end_of = [](std::string_view first) -> std::optional<CallEnd> {
    const auto other = SpeaksOtherwise(std::as_bytes(std::span(first)));
    return other ? std::optional(other->end) : std::nullopt;
  };
  EXPECT_EQ(end_of("\x15\x03\x01"), CallEnd::kTls);
  EXPECT_EQ(end_of("\x16\x03\x03"), CallEnd::kTls);
  EXPECT_EQ(end_of("HTTP/1.1 400"), CallEnd::kProtocol);
  EXPECT_EQ(end_of(std::string_view("\0\0\0\4\0", 5)), std::nullopt);
  EXPECT_EQ(end_of("\x15"), std::nullopt);
}

TEST(Answer, AStreamResetBeforeAnyStatusIsAReset) {
  const ClientLimits limits;
  EXPECT_EQ(Answer(limits).Conclude(2).end, CallEnd::kReset);
  EXPECT_EQ(Answer(limits).Conclude({}).end, CallEnd::kProtocol);
}

TEST(Answer, AStatusThatCameCountsMoreThanAResetAfterIt) {
  const ClientLimits limits;
  Answer answer(limits);
  EXPECT_TRUE(answer.OnField(":status", "200"));
  EXPECT_TRUE(answer.OnField("content-type", "application/grpc"));
  EXPECT_TRUE(answer.OnField("grpc-status", "12"));
  EXPECT_TRUE(answer.OnField("grpc-message", "no%20such"));
  const CallResult result = answer.Conclude(8);
  EXPECT_EQ(result.end, CallEnd::kAnswered);
  EXPECT_EQ(result.status, Code::kUnimplemented);
  EXPECT_EQ(result.detail, "no such");
}

TEST(Answer, HeadersHaveALimit) {
  const ClientLimits limits{.header_list_bytes_max = 200};
  Answer answer(limits);
  EXPECT_TRUE(answer.OnField("a", std::string(150, 'x')));
  EXPECT_FALSE(answer.OnField("b", std::string(150, 'x')));
  EXPECT_EQ(answer.Conclude({}).end, CallEnd::kProtocol);
}

TEST(Answer, TextOfThePeerIsMadePrintable) {
  const ClientLimits limits;
  Answer answer(limits);
  answer.OnField(":status", "200");
  answer.OnField("content-type", "text/\x1b[31m");
  EXPECT_EQ(answer.Conclude({}).detail.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace fairlead::h2

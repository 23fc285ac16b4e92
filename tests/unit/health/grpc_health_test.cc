#include "health/grpc_health.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::health {
namespace {

using h2::CallEnd;
using spec::CheckClass;

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::optional<std::uint64_t> Status(std::string_view bytes) {
  return DecodeHealthStatus(BytesOf(bytes));
}

std::string Request(std::string_view service) {
  const std::vector<std::byte> bytes = EncodeHealthRequest(service);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(GrpcHealth, RequestsAreProtobuf) {
  EXPECT_EQ(Request(""), "");
  EXPECT_EQ(Request("ab"),
            "\x0a\x02"
            "ab");
  EXPECT_EQ(Request(std::string(200, 's')), "\x0a\xc8\x01" + std::string(200, 's'));
}

TEST(GrpcHealth, StatusIsReadPastUnknownFields) {
  EXPECT_EQ(Status(""), 0U);
  EXPECT_EQ(Status("\x08\x01"), 1U);
  EXPECT_EQ(Status("\x08\x02\x08\x01"), 1U);
  EXPECT_EQ(Status("\x12\x03xyz\x08\x02"), 2U);
  EXPECT_EQ(Status("\x1d"
                   "1234\x21"
                   "12345678\x28\x96\x01\x08\x03"),
            3U);
  EXPECT_EQ(Status("\x08\x63"), 99U);
}

TEST(GrpcHealth, BytesThatAreNoMessageSayNothing) {
  for (const std::string_view bytes :
       {std::string_view("\x08"), std::string_view("\x12\x05xy"), std::string_view("\x0b"),
        std::string_view("\xff"), std::string_view("\0\0", 2),
        std::string_view("\x1d"
                         "12"),
        std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    EXPECT_EQ(Status(bytes), std::nullopt);
  }
}

spec::LivenessWord Liveness(Code status, std::optional<std::string_view> message) {
  h2::WatchNews answer{.message = std::nullopt, .end = Error{status, ""}};
  if (message) {
    const auto bytes = BytesOf(*message);
    answer.message.emplace(bytes.begin(), bytes.end());
  }
  return LivenessOf(answer);
}

TEST(GrpcHealth, OnlyAHealthStatusIsAWordAboutLiveness) {
  using spec::LivenessWord;
  EXPECT_EQ(Liveness(Code::kOk, "\x08\x01"), LivenessWord::kServing);
  EXPECT_EQ(Liveness(Code::kOk, "\x08\x02"), LivenessWord::kNotServing);
  EXPECT_EQ(Liveness(Code::kOk, "\x08\x03"), LivenessWord::kNameUnknown);
  EXPECT_EQ(Liveness(Code::kNotFound, std::nullopt), LivenessWord::kNameUnknown);
  for (const std::string_view message : {"", "\x08", "\x08\x63"})
    EXPECT_EQ(Liveness(Code::kOk, message), LivenessWord::kNone);
  EXPECT_EQ(Liveness(Code::kOk, std::nullopt), LivenessWord::kNone);
  for (const Code status : {Code::kUnavailable, Code::kUnimplemented, Code::kDeadlineExceeded,
                            Code::kResourceExhausted, Code::kCancelled, Code::kInternal})
    EXPECT_EQ(Liveness(status, "\x08\x02"), LivenessWord::kNone) << CodeName(status);
}

std::string Watched(std::string_view message, std::optional<CheckClass> told) {
  const auto news = NewsOfWatch(BytesOf(message), told);
  return news ? std::string(spec::CheckClassName(news->check_class)) : "no news";
}

TEST(GrpcHealth, AWatchIsNewsWhereItContradictsWhatWasToldLast) {
  constexpr std::string_view kUp = "\x08\x01";
  constexpr std::string_view kDown = "\x08\x02";
  constexpr std::string_view kNameless = "\x08\x03";
  EXPECT_EQ(Watched(kDown, CheckClass::kServing), "not-serving");
  EXPECT_EQ(Watched(kDown, CheckClass::kTimeout), "not-serving");
  EXPECT_EQ(Watched(kDown, CheckClass::kNotServing), "no news");
  EXPECT_EQ(Watched(kNameless, CheckClass::kServing), "service-unknown");
  EXPECT_EQ(Watched(kUp, CheckClass::kNotServing), "serving");
  EXPECT_EQ(Watched(kUp, CheckClass::kServiceUnknown), "serving");
  // That it still answers is for a check to show.
  EXPECT_EQ(Watched(kUp, CheckClass::kServing), "no news");
  EXPECT_EQ(Watched(kUp, CheckClass::kTimeout), "no news");
  EXPECT_EQ(Watched(kUp, std::nullopt), "no news");
  // Neither is what nobody understands.
  EXPECT_EQ(Watched("\x08\x63", CheckClass::kServing), "no news");
  EXPECT_EQ(Watched("\xff", CheckClass::kServing), "no news");
}

CheckClass ClassOf(const h2::CallResult& result) {
  return OutcomeOf(result).check_class;
}

TEST(GrpcHealth, EveryHealthStatusHasItsClass) {
  EXPECT_EQ(ClassOf({.message = BytesOf("\x08\x01")}), CheckClass::kServing);
  EXPECT_EQ(ClassOf({.message = BytesOf("\x08\x02")}), CheckClass::kNotServing);
  EXPECT_EQ(ClassOf({.message = BytesOf("\x08\x03")}), CheckClass::kServiceUnknown);
  EXPECT_EQ(ClassOf({.message = BytesOf("")}), CheckClass::kNotServing);
  EXPECT_EQ(ClassOf({.message = BytesOf("\x08\x04")}), CheckClass::kProtocol);
}

TEST(GrpcHealth, EveryGrpcStatusHasItsClass) {
  const std::pair<Code, CheckClass> rows[] = {
      {Code::kNotFound, CheckClass::kServiceUnknown},
      {Code::kUnimplemented, CheckClass::kUnimplemented},
      {Code::kDeadlineExceeded, CheckClass::kTimeout},
      {Code::kUnavailable, CheckClass::kNotServing},
      {Code::kInternal, CheckClass::kNotServing},
      {Code::kResourceExhausted, CheckClass::kNotServing},
      {Code::kPermissionDenied, CheckClass::kProtocol},
      {Code::kUnauthenticated, CheckClass::kProtocol},
      {Code::kInvalidArgument, CheckClass::kProtocol},
      {Code::kUnknown, CheckClass::kNotServing},
  };
  for (const auto& [status, expected] : rows)
    EXPECT_EQ(ClassOf({.status = status}), expected) << CodeName(status);
  EXPECT_EQ(OutcomeOf({.status = Code::kNotFound, .detail = "unknown service"}).detail,
            "NOT_FOUND: unknown service");
}

TEST(GrpcHealth, EveryEndBelowGrpcHasItsClass) {
  const std::pair<CallEnd, CheckClass> rows[] = {
      {CallEnd::kRefused, CheckClass::kRefused}, {CallEnd::kReset, CheckClass::kReset},
      {CallEnd::kTimeout, CheckClass::kTimeout}, {CallEnd::kClosed, CheckClass::kClosed},
      {CallEnd::kTls, CheckClass::kTls},         {CallEnd::kProtocol, CheckClass::kProtocol},
      {CallEnd::kNoFd, CheckClass::kNoFd},       {CallEnd::kHttpStatus, CheckClass::kHttpStatus},
      {CallEnd::kNoPort, CheckClass::kNoPort},   {CallEnd::kNoRoute, CheckClass::kNoRoute},
  };
  for (const auto& [end, expected] : rows)
    EXPECT_EQ(ClassOf({.end = end}), expected) << static_cast<int>(end);
}

}  // namespace
}  // namespace fairlead::health

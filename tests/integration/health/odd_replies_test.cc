// Every odd thing a server may say to a check, and the class it gets.
#include <gtest/gtest.h>

#include <string>

#include "integration/h2/frames.h"
#include "integration/health/recording_sink.h"
#include "integration/health/scripted_server.h"

namespace fairlead::health::testing {

using h2::testing::Field;
using h2::testing::Frame;
using h2::testing::Settings;
using spec::CheckClass;

namespace {

constexpr unsigned kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7,
                   kContinuation = 9;
constexpr unsigned kEndStream = 1, kEndHeaders = 4;

std::string Head(std::string_view content_type = "application/grpc",
                 std::string_view status = "200") {
  return Frame(kHeaders, kEndHeaders, 1,
               Field(":status", status) + Field("content-type", content_type));
}
std::string Trailers(std::string_view status) {
  return Frame(kHeaders, kEndHeaders | kEndStream, 1, Field("grpc-status", status));
}
std::string TrailersOnly(std::string_view fields) {
  return Frame(
      kHeaders, kEndHeaders | kEndStream, 1,
      Field(":status", "200") + Field("content-type", "application/grpc") + std::string(fields));
}
std::string Message(std::string_view body, char flag = 0) {
  std::string message(1, flag);
  message += std::string("\0\0\0", 3);
  message.push_back(static_cast<char>(body.size()));
  return Frame(kData, 0, 1, message.append(body));
}
std::string Answered(std::string_view body) {
  return Settings() + Head() + Message(body) + Trailers("0");
}

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

struct Row {
  std::string name;
  std::string reply;
  Then then;
  CheckClass expected;
};

class OddReply : public ::testing::TestWithParam<Row> {};

TEST_P(OddReply, GetsItsClass) {
  ScriptedServer server(GetParam().reply, GetParam().then);
  ProberUnderTest under_test;
  under_test.prober().Begin(TargetOn(server.port()));
  const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(outcome.check_class, GetParam().expected) << outcome.detail;
  EXPECT_LT(outcome.latency, 2s);
}

INSTANTIATE_TEST_SUITE_P(
    Health, OddReply,
    ::testing::Values(
        Row{"Serving", Answered("\x08\x01"), Then::kHold, CheckClass::kServing},
        Row{"ServingInTwoFramesOfOneByte",
            Settings() + Head() + Frame(kData, 0, 1, std::string("\0\0\0\0\2\x08", 6)) +
                Frame(kData, 0, 1, "\x01") + Trailers("0"),
            Then::kHold, CheckClass::kServing},
        Row{"ServingAfterAnInterimResponse",
            Settings() + Frame(kHeaders, kEndHeaders, 1, Field(":status", "103")) + Head() +
                Message("\x08\x01") + Trailers("0"),
            Then::kHold, CheckClass::kServing},
        Row{"ServingThenClosed", Answered("\x08\x01"), Then::kClose, CheckClass::kServing},
        Row{"NotServing", Answered("\x08\x02"), Then::kHold, CheckClass::kNotServing},
        Row{"ServiceUnknownAsEnum", Answered("\x08\x03"), Then::kHold, CheckClass::kServiceUnknown},
        Row{"StatusEnum99", Answered("\x08\x63"), Then::kHold, CheckClass::kProtocol},
        Row{"AMessageThatIsNoProtobuf", Answered("\xff"), Then::kHold, CheckClass::kProtocol},
        Row{"TwoMessages",
            Settings() + Head() + Message("\x08\x01") + Message("\x08\x01") + Trailers("0"),
            Then::kHold, CheckClass::kProtocol},
        Row{"NotFound", Settings() + TrailersOnly(Field("grpc-status", "5")), Then::kHold,
            CheckClass::kServiceUnknown},
        Row{"Unimplemented", Settings() + TrailersOnly(Field("grpc-status", "12")), Then::kHold,
            CheckClass::kUnimplemented},
        Row{"Unavailable", Settings() + TrailersOnly(Field("grpc-status", "14")), Then::kHold,
            CheckClass::kNotServing},
        Row{"OkTrailersWithoutAMessage", Settings() + TrailersOnly(Field("grpc-status", "0")),
            Then::kHold, CheckClass::kProtocol},
        Row{"NoGrpcStatus", Settings() + TrailersOnly(""), Then::kHold, CheckClass::kProtocol},
        Row{"GrpcStatus17", Settings() + TrailersOnly(Field("grpc-status", "17")), Then::kHold,
            CheckClass::kProtocol},
        Row{"GrpcStatusMinusOne", Settings() + TrailersOnly(Field("grpc-status", "-1")),
            Then::kHold, CheckClass::kProtocol},
        Row{"GrpcStatusText", Settings() + TrailersOnly(Field("grpc-status", "OK")), Then::kHold,
            CheckClass::kProtocol},
        Row{"WrongContentType",
            Settings() + Head("text/html") + Message("\x08\x01") + Trailers("0"), Then::kHold,
            CheckClass::kProtocol},
        Row{"HttpStatus503",
            Settings() + Frame(kHeaders, kEndHeaders | kEndStream, 1, Field(":status", "503")),
            Then::kHold, CheckClass::kHttpStatus},
        Row{"Http1Server", "HTTP/1.1 400 Bad Request\r\n\r\n", Then::kClose, CheckClass::kProtocol},
        Row{"TlsAlert", std::string("\x15\x03\x01\x00\x02\x02\x46", 7), Then::kClose,
            CheckClass::kTls},
        Row{"Garbage", std::string(200, 'z'), Then::kHold, CheckClass::kProtocol},
        Row{"ClosedWithoutAWord", "", Then::kClose, CheckClass::kClosed},
        Row{"ClosedAfterSettings", Settings(), Then::kClose, CheckClass::kClosed},
        Row{"ConnectionReset", "", Then::kReset, CheckClass::kReset},
        Row{"StreamReset", Settings() + Frame(kReset, 0, 1, std::string("\0\0\0\2", 4)),
            Then::kHold, CheckClass::kReset},
        Row{"Silence", "", Then::kHold, CheckClass::kTimeout},
        Row{"SettingsThenSilence", Settings(), Then::kHold, CheckClass::kTimeout},
        Row{"WindowZero", Frame(kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6)), Then::kHold,
            CheckClass::kTimeout},
        Row{"AMessageOf2GiBAnnounced",
            Settings() + Head() + Frame(kData, 0, 1, std::string("\0\x7f\xff\xff\xff", 5)),
            Then::kHold, CheckClass::kProtocol},
        Row{"ACompressedMessage", Settings() + Head() + Message("\x08\x01", 1) + Trailers("0"),
            Then::kHold, CheckClass::kProtocol},
        Row{"EndlessHeaders",
            Settings() + Frame(kHeaders, 0, 1, Field(":status", "200")) +
                Repeat(Frame(kContinuation, 0, 1,
                             Repeat(Field("x-filler", std::string(100, 'f')), 100)),
                       20),
            Then::kHold, CheckClass::kProtocol},
        Row{"APingFlood", Settings() + Repeat(Frame(kPing, 0, 0, std::string(8, 'p')), 3'000),
            Then::kHold, CheckClass::kProtocol},
        Row{"ASettingsFlood", Repeat(Settings(), 3'000), Then::kHold, CheckClass::kProtocol},
        Row{"AReplyForAnotherStream",
            Settings() + Frame(kHeaders, kEndHeaders | kEndStream, 7, Field(":status", "200")),
            Then::kHold, CheckClass::kProtocol},
        Row{"GoAwayEveryTime", Settings() + Frame(kGoAway, 0, 0, std::string(8, '\0')), Then::kHold,
            CheckClass::kReset}),
    [](const ::testing::TestParamInfo<Row>& row) { return row.param.name; });

}  // namespace
}  // namespace fairlead::health::testing

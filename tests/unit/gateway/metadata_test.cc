#include "gateway/metadata.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::gateway {
namespace {

// "name: value" of each, in their order, or the code's name.
std::string Sent(std::vector<http::Field> fields, const std::string& peer = "") {
  http::Request request{.fields = std::move(fields), .peer = {.address = peer}};
  const auto metadata = MetadataOf(request);
  if (!metadata) return std::string(CodeName(metadata.error().code));
  std::string text;
  for (const auto& [name, value] : *metadata) text += name + ": " + value + "\n";
  return text;
}

TEST(MetadataOf, PassesOnWhatGrpcGatewayDoes) {
  EXPECT_EQ(Sent({{"authorization", "Bearer x"}}),
            "authorization: Bearer x\ngrpcgateway-authorization: Bearer x\n");
  EXPECT_EQ(Sent({{"cookie", "a=b"}, {"x-other", "1"}}), "grpcgateway-cookie: a=b\n");
  EXPECT_EQ(Sent({{"grpc-metadata-user", "7"}}), "user: 7\n");
  EXPECT_EQ(Sent({{"grpc-metadata-raw-bin", "aGk="}}), "raw-bin: hi\n");
  EXPECT_EQ(Sent({{"grpc-metadata-raw-bin", "_-8"}}), "raw-bin: \xFF\xEF\n");
}

TEST(MetadataOf, SaysForWhomTheCallIs) {
  EXPECT_EQ(Sent({}, "10.0.0.7:5123"), "x-forwarded-for: 10.0.0.7\n");
  EXPECT_EQ(Sent({{"x-forwarded-for", "1.2.3.4"}}, "[::1]:80"), "x-forwarded-for: 1.2.3.4, ::1\n");
  EXPECT_EQ(Sent({{"host", "api.example"}}), "x-forwarded-host: api.example\n");
  EXPECT_EQ(Sent({{"x-forwarded-host", "outer.example"}}), "x-forwarded-host: outer.example\n");
}

TEST(MetadataOf, LetsNoCallerSayWhatOnlyTheGatewayAndGrpcDo) {
  for (const std::string name :
       {"grpc-timeout", "grpcgateway-authorization", "authorization", "x-forwarded-for", "te",
        "content-type", "host", "user-agent", "fairlead-peer", "grpc-status-details-bin",
        "connection", ":path", "a b", ""})
    EXPECT_EQ(Sent({{"grpc-metadata-" + name, "x"}}), "") << name;
  EXPECT_EQ(Sent({{"grpc-metadata-a", "caf\xC3\xA9"}}), "");
  EXPECT_EQ(Sent({{"grpc-metadata-a-bin", "!"}}), "INVALID_ARGUMENT");
}

TEST(FieldsOf, TellsMetadataAsHeadersAndNothingThatWouldBreakOne) {
  const Metadata metadata = {
      {"trace", "1"}, {"raw-bin", "hi\n"}, {"bad", "a\r\nb"}, {"grpc-encoding", "x"}, {"A", "x"}};
  const std::vector<http::Field> expected = {{"Grpc-Metadata-trace", "1"},
                                             {"Grpc-Metadata-raw-bin", "aGkK"}};
  EXPECT_EQ(FieldsOf(metadata), expected);
}

TEST(MetadataOf, LeavesCredentialsOutWhereTheServiceSaysSo) {
  const http::Request request{
      .fields = {{"authorization", "Bearer x"}, {"cookie", "a=b"}, {"accept", "a"}}};
  EXPECT_EQ(MetadataOf(request).value().size(), 4U);
  EXPECT_EQ(MetadataOf(request, false).value(), (Metadata{{"grpcgateway-accept", "a"}}));
  EXPECT_EQ(MetadataOfCall(request, false).value(), (Metadata{{"grpcgateway-accept", "a"}}));
}

TEST(TimeoutOf, ReadsWhatGrpcWrites) {
  const auto read = [](const std::string& text) {
    return TimeoutOf({.fields = {{"grpc-timeout", text}}});
  };
  EXPECT_EQ(TimeoutOf({}).value(), std::nullopt);
  EXPECT_EQ(read("250m").value(), std::chrono::milliseconds(250));
  EXPECT_EQ(read("99999999H").value(), std::chrono::hours(24));
  for (const std::string text : {"1", "m", "-1S", "1 S", "123456789S"})
    EXPECT_EQ(read(text).error().code, Code::kInvalidArgument) << text;
}

TEST(MetadataOfCall, TakesMetadataByItsOwnNames) {
  const auto sent = [](std::vector<http::Field> fields) {
    const auto metadata = MetadataOfCall({.fields = std::move(fields)});
    if (!metadata) return std::string(CodeName(metadata.error().code));
    std::string text;
    for (const auto& [name, value] : *metadata) text += name + ": " + value + "\n";
    return text;
  };
  EXPECT_EQ(sent({{"x-user", "7"}, {"accept", "*/*"}}), "x-user: 7\ngrpcgateway-accept: */*\n");
  EXPECT_EQ(sent({{"authorization", "Bearer x"}}),
            "authorization: Bearer x\ngrpcgateway-authorization: Bearer x\n");
  EXPECT_EQ(sent({{"raw-bin", "aGk=, _-8"}}), "raw-bin: hi\nraw-bin: \xFF\xEF\n");
  EXPECT_EQ(sent({{"raw-bin", "aGk=,a"}}), "INVALID_ARGUMENT");
  // What gRPC, HTTP or we say ourselves, and what browsers say of themselves.
  EXPECT_EQ(sent({{"grpc-previous-rpc-attempts", "1"},
                  {"fairlead-peer", "uid:0"},
                  {"grpcgateway-cookie", "a"},
                  {"te", "trailers"},
                  {"sec-fetch-mode", "cors"},
                  {"x-grpc-web", "1"}}),
            "");
}

TEST(CallFieldsOf, TellsWhatIsTheServicesToSayAndNoMoreThanMayBe) {
  const auto told = [](const Metadata& metadata, std::size_t bytes_max = 1000) {
    std::string text;
    for (const http::Field& field : CallFieldsOf(metadata, bytes_max))
      text += field.name + ": " + field.value + "\n";
    return text;
  };
  EXPECT_EQ(told({{"user", "7"}, {"raw-bin", "hi"}}), "user: 7\nraw-bin: aGk=\n");
  EXPECT_EQ(told({{"grpc-status", "0"},
                  {"access-control-allow-origin", "*"},
                  {"set-cookie", "a=b"},
                  {"content-length", "1"},
                  {"user", "a\r\nb"}}),
            "");
  EXPECT_EQ(told({{"one", "1"}, {"two", "2"}}, 50), "one: 1\n");
}

}  // namespace
}  // namespace fairlead::gateway

#include "gateway/descriptor_set.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>

#include "transcode/bind.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

std::string CodeOf(const Description& description, const DescriptorLimits& limits = {}) {
  const auto made = DescriptorSet::Of(description, limits);
  return made ? "OK" : std::string(CodeName(made.error().code));
}

std::string CodeOfFile(const std::string& text, const std::string& service = "pb.S") {
  return CodeOf(DescriptionOf(FileOf("a.proto", text), service));
}

TEST(DescriptorSet, HasTheRoutesOfItsRulesAndOneForEachMethod) {
  const auto set = DescriptorSet::Of(Greeter(), {});
  ASSERT_TRUE(set) << set.error().Text();
  for (const auto& [verb, path] : {std::pair("GET", "/v1/hello/Docker"),
                                   {"POST", "/v1/hello"},
                                   {"GET", "/v1/hellos/x"},
                                   {"POST", "/pb.Greeter/SayHello"},
                                   {"POST", "/pb.Greeter/StreamHello"}})
    EXPECT_TRUE((*set)->routes().Find(verb, path)) << path;
  EXPECT_FALSE((*set)->routes().Find("GET", "/pb.Greeter/SayHello"));
  EXPECT_TRUE((*set)->routes().faults().empty());
}

TEST(DescriptorSet, BindsAndShowsMessagesThatThisProgramDoesNotKnow) {
  const auto set = DescriptorSet::Of(Greeter(), {});
  ASSERT_TRUE(set);
  const auto found = (*set)->routes().Find("GET", "/v1/hello/Docker");
  ASSERT_TRUE(found);
  const auto message = (*set)->New(*found->route->method->input_type());
  ASSERT_TRUE(transcode::Bind(
      *found, {.query = "times=9007199254740993", .manner = transcode::Manner::kGrpcGateway},
      *message));
  EXPECT_EQ(transcode::JsonOf(*message), R"({"name":"Docker","times":"9007199254740993"})");
}

TEST(DescriptorSet, TakesItsOwnWellKnownTypesAndNotTheServers) {
  // A server whose Timestamp is another message, in a file of protobuf's name and in one of its
  // own.
  Description shadowed =
      DescriptionOf(FileOf("a.proto", R"(dependency: "google/protobuf/timestamp.proto"
                           message_type { name: "M" field { name: "at" number: 1 type: TYPE_MESSAGE
                             type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL } }
                           service { name: "S" method { name: "Get" input_type: ".pb.M" output_type: ".pb.M" } })"),
                    "pb.S");
  const auto set = DescriptorSet::Of(shadowed, {});
  ASSERT_TRUE(set) << set.error().Text();
  const auto message = (*set)->New(*(*set)->FindType("pb.M"));
  google::protobuf::util::JsonStringToMessage(R"({"at": "1970-01-01T00:00:07Z"})", message.get());
  EXPECT_EQ(transcode::JsonOf(*message), R"({"at":"1970-01-01T00:00:07Z"})");

  google::protobuf::FileDescriptorProto foreign =
      FileOf("b.proto", R"(message_type { name: "Timestamp" } service { name: "S" })");
  foreign.set_package("google.protobuf");
  EXPECT_EQ(CodeOf(DescriptionOf(foreign, "google.protobuf.S")), "INVALID_ARGUMENT");
}

TEST(DescriptorSet, RefusesWhatCannotBeWhatItSays) {
  EXPECT_EQ(CodeOf({.files = {{"a.proto", "\xFF\xFF"}}, .services = {"pb.S"}}), "INVALID_ARGUMENT");
  EXPECT_EQ(
      CodeOfFile(
          R"(service { name: "S" method { name: "M" input_type: ".pb.X" output_type: ".pb.X" } })"),
      "INVALID_ARGUMENT");
  EXPECT_EQ(
      CodeOfFile(R"(message_type { name: "M" } message_type { name: "M" } service { name: "S" })"),
      "INVALID_ARGUMENT");
  EXPECT_EQ(CodeOfFile(R"(dependency: "missing.proto" service { name: "S" })"), "NOT_FOUND");
  EXPECT_EQ(CodeOfFile(R"(service { name: "T" })"), "NOT_FOUND");
  EXPECT_EQ(CodeOfFile(R"(dependency: "a.proto" service { name: "S" })"), "INVALID_ARGUMENT");
  Description circle =
      DescriptionOf(FileOf("a.proto", R"(dependency: "b.proto" service { name: "S" })"), "pb.S");
  circle.files["b.proto"] = FileOf("b.proto", R"(dependency: "a.proto")").SerializeAsString();
  EXPECT_EQ(CodeOf(circle), "INVALID_ARGUMENT");
}

// protobuf makes the prototype of a type within that of the type around it.
std::string Chain(int types) {
  std::string text =
      R"(service { name: "S" method { name: "M" input_type: ".pb.M0" output_type: ".pb.M0" } })";
  for (int i = 0; i < types; ++i) {
    const int next = i + 1 == types ? 0 : i + 1;
    text += " message_type { name: \"M" + std::to_string(i) +
            "\" field { name: \"m\" number: 1 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: "
            "\".pb.M" +
            std::to_string(next) + "\" } }";
  }
  return text;
}

TEST(DescriptorSet, HoldsTheLongestChainOfTypesThatItTakes) {
  const int types = static_cast<int>(DescriptorLimits().types_max);
  const auto set = DescriptorSet::Of(DescriptionOf(FileOf("a.proto", Chain(types)), "pb.S"), {});
  ASSERT_TRUE(set) << set.error().Text();
  EXPECT_EQ(transcode::JsonOf(*(*set)->New(*(*set)->FindType("pb.M0"))), "{}");
  EXPECT_EQ(CodeOfFile(Chain(types + 1)), "RESOURCE_EXHAUSTED");
}

TEST(DescriptorSet, PassesOverARuleThatItCannotUseAndSaysWhich) {
  const auto set = DescriptorSet::Of(
      Greeter("",
              R"(method { name: "Bad" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
                       options { [google.api.http] { get: "no-slash" } } })"),
      {});
  ASSERT_TRUE(set) << set.error().Text();
  ASSERT_EQ((*set)->routes().faults().size(), 1U);
  EXPECT_NE((*set)->routes().faults()[0].find("pb.Greeter.Bad"), std::string::npos);
  EXPECT_TRUE((*set)->routes().Find("POST", "/pb.Greeter/Bad"));
  EXPECT_TRUE((*set)->routes().Find("GET", "/v1/hello/x"));
}

}  // namespace
}  // namespace fairlead::gateway

#include "xds/request.h"

#include <gtest/gtest.h>

#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/transport_security.h"

namespace fairlead::xds {
namespace {

using envoy::service::discovery::v3::DiscoveryRequest;

std::span<const std::byte> BytesOf(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(ReadRequest, SeesWhatProtobufWrote) {
  DiscoveryRequest message;
  message.set_version_info("v1");
  message.mutable_node()->set_id("node-1");
  message.mutable_node()->set_user_agent_name("gRPC Go");
  message.mutable_node()->set_user_agent_version("1.60");
  message.add_resource_names("a");
  message.add_resource_names("");
  message.set_type_url("type");
  message.set_response_nonce("7");
  message.mutable_error_detail()->set_code(3);
  message.mutable_error_detail()->set_message("bad\nline");
  const std::string bytes = message.SerializeAsString();
  const Result<Request> request = ReadRequest(BytesOf(bytes));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->version_info, "v1");
  EXPECT_EQ(request->type_url, "type");
  EXPECT_EQ(request->response_nonce, "7");
  EXPECT_EQ(request->name_count, 2u);
  EXPECT_EQ(request->Names(), (std::vector<std::string_view>{"a", ""}));
  const Result<NodeInfo> node = ReadNode(*request->node);
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(node->id, "node-1");
  EXPECT_EQ(node->user_agent, "gRPC Go");
  EXPECT_EQ(node->user_agent_version, "1.60");
  EXPECT_EQ(ErrorDetailText(*request->error_detail), "code 3: bad\\x0aline");
}

TEST(ReadRequest, SkipsFieldsThatItDoesNotKnow) {
  // Field 15 as varint, fixed64 and fixed32, then type_url "t".
  const std::string bytes(
      "\x78\x96\x01\x79"
      "12345678"
      "\x7D"
      "1234"
      "\x22\x01t",
      20);
  const Result<Request> request = ReadRequest(BytesOf(bytes));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->type_url, "t");
}

TEST(ReadRequest, OfNothingIsARequestThatSaysNothing) {
  const Result<Request> request = ReadRequest({});
  ASSERT_TRUE(request.has_value());
  EXPECT_FALSE(request->node.has_value());
  EXPECT_FALSE(request->error_detail.has_value());
}

TEST(ReadRequest, RefusesWhatIsNotProtobuf) {
  const std::vector<std::string> cases = {
      std::string("\x0A", 1),  // no length
      std::string("\x0A\x05"
                  "abc",
                  5),                                                   // cut short
      std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11),  // 2^64 - 1 bytes announced
      std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12),  // varint too long
      std::string("\x00\x01", 2),                                           // field number 0
      std::string("\x0B", 1),                                               // a group
      std::string("\x79"
                  "1234",
                  5),  // half a fixed64
  };
  for (const std::string& bytes : cases) {
    const Result<Request> request = ReadRequest(BytesOf(bytes));
    ASSERT_FALSE(request.has_value()) << bytes.size();
    EXPECT_EQ(request.error().code, Code::kInvalidArgument);
  }
}

TEST(ReadRequest, TellsChangedNamesByTheirHash) {
  const auto hash = [](std::vector<std::string> names) {
    DiscoveryRequest message;
    for (const std::string& name : names) {
      message.add_resource_names(name);
    }
    const std::string bytes = message.SerializeAsString();
    return ReadRequest(BytesOf(bytes))->names_hash;
  };
  EXPECT_EQ(hash({"a", "b"}), hash({"a", "b"}));
  EXPECT_NE(hash({"a", "b"}), hash({"ab", ""}));
  EXPECT_NE(hash({"a", "b"}), hash({"a", "c"}));
  EXPECT_NE(hash({"a", "b"}), hash({"b", "a"}));
}

// Nobody sends them so, but protobuf allows it.
TEST(ReadRequest, FindsNamesBetweenOtherFields) {
  DiscoveryRequest apart;
  apart.add_resource_names("a");
  DiscoveryRequest after;
  after.add_resource_names("b");
  after.set_response_nonce("7");
  apart.set_type_url("t");
  const auto read = [](const std::string& bytes) { return *ReadRequest(BytesOf(bytes)); };
  const auto hash = [&](const std::string& bytes) { return read(bytes).names_hash; };
  const std::string first = apart.SerializeAsString();
  const std::string second = after.SerializeAsString();
  const std::string both = first + second;
  const Request request = read(both);
  EXPECT_EQ(request.name_count, 2U);
  EXPECT_EQ(request.Names(), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(request.type_url, "t");
  EXPECT_EQ(request.response_nonce, "7");
  EXPECT_EQ(hash(both), hash(both));
  EXPECT_NE(hash(both), hash(second + first));
  EXPECT_NE(hash(both), hash(first));
  EXPECT_NE(hash(both), hash(second));
}

TEST(FlavourOf, AClientFollowsFromItsUserAgent) {
  const auto flavour = [](std::string agent, std::string version) {
    return FlavourOf({.id = "", .cluster = "", .user_agent = agent, .user_agent_version = version});
  };
  EXPECT_EQ(flavour("envoy", "1.40"), Flavour::kEnvoy);
  EXPECT_EQ(flavour("gRPC C-core linux", "C-core 28.0.0"), Flavour::kGrpcNoRing);
  EXPECT_EQ(flavour("gRPC C-core linux", "C-core 29.0.0"), Flavour::kGrpcNoRing);
  EXPECT_EQ(flavour("gRPC C-core linux", "C-core 30.0.0"), Flavour::kGrpc);
  EXPECT_EQ(flavour("gRPC C-core linux", ""), Flavour::kGrpc);
  EXPECT_EQ(flavour("gRPC C-core linux", "C-core x"), Flavour::kGrpc);
  EXPECT_EQ(flavour("gRPC Go", "1.20"), Flavour::kGrpc);
  EXPECT_EQ(flavour("", ""), Flavour::kGrpc);
}

TEST(FlavourOf, AClientWithFilesForTlsIsOneOfItsKindThatSpeaksIt) {
  envoy::config::core::v3::Node node;
  (*node.mutable_metadata()->mutable_fields())[std::string(kTlsDirectoryKey)].set_string_value(
      "/certs");
  const auto flavour = [&](std::string agent, std::string version) {
    node.set_user_agent_name(agent);
    node.set_user_agent_version(version);
    const NodeInfo info = *ReadNode(node.SerializeAsString());
    EXPECT_EQ(info.tls_directory, "/certs");
    return FlavourOf(info);
  };
  EXPECT_EQ(flavour("envoy", "1.40"), Flavour::kEnvoyTls);
  EXPECT_EQ(flavour("gRPC C-core linux", "C-core 29.0.0"), Flavour::kGrpcNoRingTls);
  EXPECT_EQ(flavour("gRPC Go", "1.60"), Flavour::kGrpcTls);
  (*node.mutable_metadata()->mutable_fields())[std::string(kTlsDirectoryKey)].set_bool_value(true);
  EXPECT_EQ(FlavourOf(*ReadNode(node.SerializeAsString())), Flavour::kGrpc);
}

TEST(ReadNode, RefusesRubbish) {
  EXPECT_EQ(ReadNode("\x0A\x09").error().code, Code::kInvalidArgument);
  EXPECT_EQ(ErrorDetailText("\x0A\x09"), "(unreadable error detail)");
}

}  // namespace
}  // namespace fairlead::xds

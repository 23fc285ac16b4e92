#include "probe/reply.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "h2/grpc_message.h"
#include "probe/gzip.h"

namespace fairlead::probe {
namespace {

const h2::ClientLimits kLimits;

std::vector<std::byte> BytesOf(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> Framed(const std::vector<std::byte>& message, bool is_compressed = false) {
  const auto prefix = h2::MessagePrefix(message.size());
  std::vector<std::byte> framed(prefix.begin(), prefix.end());
  if (is_compressed) framed[0] = std::byte{1};
  framed.insert(framed.end(), message.begin(), message.end());
  return framed;
}

void Begin(Reply& reply) {
  EXPECT_TRUE(reply.OnField(":status", "200"));
  EXPECT_TRUE(reply.OnField("content-type", "application/grpc"));
}

std::string MessageOf(const h2::CallResult& result) {
  return {reinterpret_cast<const char*>(result.message.data()), result.message.size()};
}

TEST(ProbeReply, ACompressedAnswerIsAnAnswer) {
  for (const bool is_compressed : {false, true}) {
    Reply reply(CallKind::kUnary, kLimits, {});
    Begin(reply);
    const auto message = BytesOf("hello");
    EXPECT_TRUE(reply.OnData(Framed(is_compressed ? Gzip(message) : message, is_compressed)));
    EXPECT_TRUE(reply.OnField("grpc-status", "0"));
    const h2::CallResult result = reply.Conclude({});
    EXPECT_EQ(result.end, h2::CallEnd::kAnswered);
    EXPECT_EQ(MessageOf(result), "hello");
  }
}

TEST(ProbeReply, WhatIsFlaggedAndNoGzipIsABreach) {
  Reply reply(CallKind::kUnary, kLimits, {});
  Begin(reply);
  EXPECT_FALSE(reply.OnData(Framed(BytesOf("hello"), true)));
  EXPECT_EQ(reply.Conclude({}).end, h2::CallEnd::kProtocol);
}

TEST(ProbeReply, AMessageBeyondTheLimitIsABreachPackedOrNot) {
  const std::vector<std::byte> large(kLimits.message_bytes_max + 1, std::byte{0});
  for (const bool is_compressed : {false, true}) {
    Reply reply(CallKind::kUnary, kLimits, {});
    Begin(reply);
    EXPECT_FALSE(reply.OnData(Framed(is_compressed ? Gzip(large) : large, is_compressed)));
    EXPECT_EQ(reply.Conclude({}).end, h2::CallEnd::kProtocol);
  }
}

TEST(ProbeReply, AStreamTellsEachMessageAsItComes) {
  std::string told;
  Reply reply(CallKind::kStream, kLimits, [&](std::span<const std::byte> message) {
    told.append(reinterpret_cast<const char*>(message.data()), message.size()).append(";");
  });
  Begin(reply);
  auto both = Framed(BytesOf("a"));
  const auto second = Framed(Gzip(BytesOf("b")), true);
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_TRUE(reply.OnData(std::span(both).first(3)));
  EXPECT_EQ(told, "");
  EXPECT_TRUE(reply.OnData(std::span(both).subspan(3)));
  EXPECT_EQ(told, "a;b;");
  EXPECT_TRUE(reply.OnField("grpc-status", "12"));
  EXPECT_EQ(reply.Conclude({}).status, Code::kUnimplemented);
}

TEST(ProbeReply, AnErrorPageIsJudgedByItsStatus) {
  Reply reply(CallKind::kUnary, kLimits, {});
  EXPECT_TRUE(reply.OnField(":status", "503"));
  EXPECT_TRUE(reply.OnData(BytesOf("<html>sorry</html>")));
  EXPECT_EQ(reply.Conclude({}).end, h2::CallEnd::kHttpStatus);
}

}  // namespace
}  // namespace fairlead::probe

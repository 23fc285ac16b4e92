#include "http/refusal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/reply_head.h"

namespace fairlead::http {
namespace {

TEST(Refusal, HasTheHttpStatusOfItsCode) {
  EXPECT_EQ(StatusOf(Code::kOk), 200U);
  EXPECT_EQ(StatusOf(Code::kCancelled), 499U);
  EXPECT_EQ(StatusOf(Code::kInvalidArgument), 400U);
  EXPECT_EQ(StatusOf(Code::kDeadlineExceeded), 504U);
  EXPECT_EQ(StatusOf(Code::kNotFound), 404U);
  EXPECT_EQ(StatusOf(Code::kAlreadyExists), 409U);
  EXPECT_EQ(StatusOf(Code::kPermissionDenied), 403U);
  EXPECT_EQ(StatusOf(Code::kResourceExhausted), 429U);
  EXPECT_EQ(StatusOf(Code::kFailedPrecondition), 400U);
  EXPECT_EQ(StatusOf(Code::kAborted), 409U);
  EXPECT_EQ(StatusOf(Code::kOutOfRange), 400U);
  EXPECT_EQ(StatusOf(Code::kUnimplemented), 501U);
  EXPECT_EQ(StatusOf(Code::kInternal), 500U);
  EXPECT_EQ(StatusOf(Code::kUnavailable), 503U);
  EXPECT_EQ(StatusOf(Code::kDataLoss), 500U);
  EXPECT_EQ(StatusOf(Code::kUnauthenticated), 401U);
  EXPECT_EQ(StatusOf(static_cast<Code>(17)), 500U);
}

TEST(Refusal, IsAStatusAsJsonWhateverBytesItQuotes) {
  const Reply reply = ReplyOf(Error{Code::kNotFound, "find \"x\"\xFF"});
  const auto body = nlohmann::json::parse(reply.body);
  EXPECT_EQ(body.at("code"), 5);
  EXPECT_TRUE(body.at("message").get<std::string>().starts_with("find \"x\""));
  ASSERT_EQ(body.at("details").size(), 1U);
  EXPECT_EQ(body.at("details")[0].at("reason"), "NOT_FOUND");
  EXPECT_EQ(body.at("details")[0].at("metadata"), nlohmann::json::object());
  EXPECT_EQ(reply.status, 404U);
}

TEST(ReplyHead, FramesByLengthByChunksOrByTheEnd) {
  const Reply reply{.status = 200, .fields = {{"Content-Type", "text/plain"}}};
  const std::string sized = ReplyHead(reply, {.length = 3});
  EXPECT_TRUE(sized.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")) << sized;
  EXPECT_NE(sized.find("\r\nContent-Length: 3\r\n"), std::string::npos);
  EXPECT_EQ(sized.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(sized.ends_with("\r\n\r\n"));
  const std::string chunked = ReplyHead(reply, {.length = std::nullopt, .is_last = true});
  EXPECT_NE(chunked.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(chunked.find("\r\nConnection: close\r\n"), std::string::npos);
  const std::string old =
      ReplyHead(reply, {.length = std::nullopt, .is_chunked = false, .is_last = true});
  EXPECT_EQ(old.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(Chunk(std::string(17, 'a')), "11\r\n" + std::string(17, 'a') + "\r\n");
}

TEST(ReplyHead, ForbidsContentUnlessTheAnswerSaysWhichItHas) {
  EXPECT_NE(ReplyHead({}, {.length = 0}).find("default-src 'none'"), std::string::npos);
  const Reply page{.fields = {{"Content-Security-Policy", "default-src 'self'"}}};
  EXPECT_EQ(ReplyHead(page, {.length = 0}).find("default-src 'none'"), std::string::npos);
}

TEST(ReplyHead, SaysThatNobodyKeepsItUnlessTheAnswerSaysForHowLong) {
  EXPECT_NE(ReplyHead({}, {.length = 0}).find("\r\nCache-Control: no-store\r\n"),
            std::string::npos);
  const std::string head = ReplyHead({.fields = {{"Cache-Control", "no-cache"}}}, {.length = 0});
  EXPECT_NE(head.find("\r\nCache-Control: no-cache\r\n"), std::string::npos);
  EXPECT_EQ(head.find("no-store"), std::string::npos);
}

TEST(ReplyHead, OfAnAnswerThatTheReaderHasFramesNothing) {
  const std::string head = ReplyHead({.status = 304}, {.length = 0});
  EXPECT_TRUE(head.starts_with("HTTP/1.1 304 Not Modified\r\n")) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
}

}  // namespace
}  // namespace fairlead::http

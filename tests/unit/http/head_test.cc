#include "http/head.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::http {
namespace {

std::expected<Head, Refusal> Parse(const std::string& text) {
  return ParseHead(text, Limits{}, HostGate({"fairlead.example"}));
}

// A request of these lines, with a Host.
std::string With(const std::string& first, const std::string& fields = "") {
  return first + "\r\nHost: localhost\r\n" + fields + "\r\n";
}

// The status that refuses it; 0 when it is taken.
unsigned StatusFor(const std::string& text) {
  const auto head = Parse(text);
  return head ? 0 : head.error().status;
}

TEST(Head, IsReadWithPathQueryAndFields) {
  const auto head =
      Parse(With("POST /v1/x:act?a=1 HTTP/1.1", "X-One:  two \r\nContent-Length: 3\r\n"));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->request.method, "POST");
  EXPECT_EQ(head->request.path, "/v1/x:act");
  EXPECT_EQ(head->request.query, "a=1");
  EXPECT_EQ(head->request.Find("x-one"), "two");
  EXPECT_EQ(head->content_length, 3U);
  EXPECT_TRUE(head->has_body);
  EXPECT_FALSE(head->is_last);
}

TEST(Head, OfHeadIsTakenAsGetAndRemembered) {
  const auto head = Parse(With("HEAD / HTTP/1.1"));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->request.method, "GET");
  EXPECT_TRUE(head->is_head);
}

TEST(Head, SaysWhenTheConnectionEnds) {
  EXPECT_TRUE(Parse(With("GET / HTTP/1.0"))->is_last);
  EXPECT_TRUE(Parse(With("GET / HTTP/1.1", "Connection: Close\r\n"))->is_last);
}

TEST(Head, ThatCanBeReadInTwoWaysIsRefused) {
  const std::string post = "POST / HTTP/1.1";
  for (const std::string& fields : {
           std::string("Content-Length: 1\r\nContent-Length: 1\r\n"),
           std::string("Content-Length: 1, 1\r\n"),
           std::string("Content-Length: +1\r\n"),
           std::string("Content-Length: -1\r\n"),
           std::string("Content-Length: 0x1\r\n"),
           std::string("Content-Length:\r\n"),
           std::string("Content-Length: 99999999999999999999\r\n"),
           std::string("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
           std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
           std::string("Transfer-Encoding: xchunked\r\n"),
           std::string("Transfer-Encoding: gzip, chunked\r\n"),
           std::string("Transfer-Encoding: identity\r\n"),
           std::string("Content-Length : 1\r\n"),
           std::string("X: 1\r\n folded\r\n"),
           std::string("no colon\r\n"),
           std::string(": no name\r\n"),
           std::string("X: a\0b\r\n", 8),
           std::string("X: a\rb\r\n"),
           std::string("X: a\nb\r\n"),
           std::string("Host: localhost\r\n"),
           std::string("X-HTTP-Method-Override: DELETE\r\n"),
       }) {
    EXPECT_EQ(StatusFor(With(post, fields)), 400U) << fields;
  }
  EXPECT_EQ(StatusFor(With("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n")), 400U);
}

TEST(Head, WithAFirstLineOfAnotherKindIsRefused) {
  for (const std::string line : {"GET", "GET /", "GET  HTTP/1.1", "G@T / HTTP/1.1", "/ HTTP/1.1",
                                 "GET http://localhost/ HTTP/1.1", "OPTIONS * HTTP/1.1",
                                 "GET / FTP/1.1", "GET / HTTP/1.1 ", "GET /a b HTTP/1.1"}) {
    EXPECT_EQ(StatusFor(With(line)), 400U) << line;
  }
  EXPECT_EQ(StatusFor(With("TRACE / HTTP/1.1")), 501U);
  EXPECT_EQ(StatusFor(With("CONNECT /x HTTP/1.1")), 501U);
  EXPECT_EQ(StatusFor(With("get / HTTP/1.1")), 501U);
  EXPECT_EQ(StatusFor(With("GET / HTTP/2.0")), 505U);
}

TEST(Head, ForAnotherHostIsRefused) {
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 421U);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost: fairlead.example\r\n\r\n"), 0U);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\n\r\n"), 400U);
  EXPECT_EQ(StatusFor("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 421U);
}

TEST(Head, AboveALimitIsRefusedByTheLimitsWord) {
  std::string fields;
  for (std::size_t i = 0; i < Limits{}.fields_max; ++i) fields += "X: 1\r\n";
  const auto many = Parse(With("GET / HTTP/1.1", fields));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().status, 431U);
  EXPECT_EQ(many.error().limit, "fields");
  const auto target = Parse(With("GET /" + std::string(9000, 'a') + " HTTP/1.1"));
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().status, 414U);
  const auto body = Parse(With("POST / HTTP/1.1", "Content-Length: 300000\r\n"));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().status, 413U);
  EXPECT_EQ(body.error().limit, "body-bytes");
}

TEST(Head, MayExpectToBeToldToContinueAndNothingElse) {
  EXPECT_TRUE(Parse(With("POST / HTTP/1.1", "Expect: 100-Continue\r\n"))->expects_continue);
  EXPECT_EQ(StatusFor(With("POST / HTTP/1.1", "Expect: a miracle\r\n")), 417U);
}

TEST(Head, OfAQuestionHasNoBody) {
  EXPECT_EQ(StatusFor(With("GET / HTTP/1.1", "Content-Length: 1\r\n")), 400U);
  EXPECT_EQ(StatusFor(With("GET / HTTP/1.1", "Content-Length: 0\r\n")), 0U);
}

TEST(Head, AsksForAnUpgradeInVain) {
  EXPECT_EQ(StatusFor(With("GET / HTTP/1.1",
                           "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")),
            0U);
}

TEST(HeadEnd, IsFoundByteByByteAndInOneGo) {
  const std::string text = With("GET / HTTP/1.1") + "next";
  EXPECT_EQ(FindHeadEnd(text, 0).at, text.size() - 4);
  std::size_t from = 0;
  std::optional<std::size_t> found;
  for (std::size_t size = 1; size <= text.size() && !found; ++size) {
    found = FindHeadEnd(text.substr(0, size), from).at;
    from = size;
  }
  EXPECT_EQ(found, text.size() - 4);
}

TEST(HeadEnd, IsNeverFoundWithBareLineFeeds) {
  EXPECT_TRUE(FindHeadEnd("GET / HTTP/1.1\n\n", 0).is_broken);
  EXPECT_TRUE(FindHeadEnd("GET / HTTP/1.1\r\nHost: x\n\r\n", 0).is_broken);
  EXPECT_TRUE(FindHeadEnd("\r\n", 0).is_broken);
  EXPECT_FALSE(FindHeadEnd("GET / HTTP/1.1\r\nHost: x\r\n", 0).is_broken);
}

}  // namespace
}  // namespace fairlead::http

#include "health/http_reply.h"

#include <gtest/gtest.h>

namespace fairlead::health {
namespace {

using spec::CheckClass;

std::optional<CheckClass> ClassOf(std::string_view bytes, bool at_end = false) {
  const std::optional<spec::CheckOutcome> outcome = ReadHttpReply(bytes, at_end);
  if (!outcome) return {};
  return outcome->check_class;
}

TEST(HttpReply, OnlyA2xxStatusServes) {
  EXPECT_EQ(ClassOf("HTTP/1.1 200 OK\r\n"), CheckClass::kServing);
  EXPECT_EQ(ClassOf("HTTP/1.0 204\r\n"), CheckClass::kServing);
  EXPECT_EQ(ClassOf("HTTP/1.1 301 Moved\r\n"), CheckClass::kHttpStatus);
  EXPECT_EQ(ClassOf("HTTP/1.1 503 Unavailable\r\n"), CheckClass::kHttpStatus);
}

TEST(HttpReply, AStatusLineThatIsNotWholeSaysNothingYet) {
  EXPECT_EQ(ClassOf("HTTP/1.1 200 O"), std::nullopt);
  EXPECT_EQ(ClassOf(""), std::nullopt);
}

TEST(HttpReply, AnEndBeforeTheStatusLineIsAFailure) {
  EXPECT_EQ(ClassOf("", true), CheckClass::kClosed);
  EXPECT_EQ(ClassOf("HTTP/1.1 200 O", true), CheckClass::kProtocol);
}

TEST(HttpReply, WhatIsNotHttpIsNamed) {
  EXPECT_EQ(ClassOf("\x15\x03\x01"), CheckClass::kTls);
  EXPECT_EQ(ClassOf("220 smtp ready\r\n"), CheckClass::kProtocol);
  EXPECT_EQ(ClassOf("HTTP/1.1 2000 OK\r\n"), CheckClass::kProtocol);
  EXPECT_EQ(ClassOf("HTTP/1.1 -20 OK\r\n"), CheckClass::kProtocol);
}

TEST(HttpReply, ARequestNeverCarriesWhatDoesNotBelongIntoItsLine) {
  EXPECT_TRUE(HttpRequest("1.2.3.4:80", "/healthz")
                  .starts_with("GET /healthz HTTP/1.1\r\nHost: 1.2.3.4:80\r\n"));
  for (const char* path : {"", "healthz", "/a b", "/a\r\nX: y", "/\x7f"}) {
    EXPECT_TRUE(HttpRequest("h", path).starts_with("GET / HTTP/1.1\r\n")) << path;
  }
}

}  // namespace
}  // namespace fairlead::health

#include "probe/target.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::probe {
namespace {

// "host NAME PORT, authority, tls host"; or "none".
std::string Shown(std::string_view text, std::string_view server_name = "") {
  const Result<Target> target = ParseTarget(text, server_name);
  if (!target) {
    EXPECT_EQ(target.error().code, Code::kInvalidArgument);
    return "none";
  }
  const char* kinds[] = {"host", "path", "abstract"};
  const std::string port = target->port == 0 ? "" : " " + std::to_string(target->port);
  return std::string(kinds[static_cast<int>(target->kind)]) + " " + target->name + port + ", " +
         target->authority + ", " + target->tls_host;
}

TEST(ProbeTarget, AHostHasAPortAndIsItsOwnAuthority) {
  EXPECT_EQ(Shown("a.b:50051"), "host a.b 50051, a.b:50051, a.b");
  EXPECT_EQ(Shown("127.0.0.1:1"), "host 127.0.0.1 1, 127.0.0.1:1, 127.0.0.1");
  EXPECT_EQ(Shown("[::1]:2"), "host ::1 2, [::1]:2, ::1");
  EXPECT_EQ(Shown(":3"), "host  3, localhost:3, localhost");
  EXPECT_EQ(Shown("passthrough:///a:4"), "host a 4, a:4, a");
}

TEST(ProbeTarget, DnsHasAPortOfItsOwnAndNoServerOfItsOwn) {
  EXPECT_EQ(Shown("dns:///a:5"), "host a 5, a:5, a");
  EXPECT_EQ(Shown("dns:a"), "host a 443, a, a");
  EXPECT_EQ(Shown("dns://8.8.8.8/a:5"), "none");
  EXPECT_EQ(Shown("dns:///"), "none");
}

TEST(ProbeTarget, AUnixSocketIsAPathOrAName) {
  EXPECT_EQ(Shown("unix:///run/a.sock"), "path /run/a.sock, localhost, localhost");
  EXPECT_EQ(Shown("unix:/run/a.sock"), "path /run/a.sock, localhost, localhost");
  EXPECT_EQ(Shown("unix:a.sock"), "path a.sock, localhost, localhost");
  EXPECT_EQ(Shown("unix-abstract:name"), "abstract name, localhost, localhost");
  EXPECT_EQ(Shown("unix://host/a.sock"), "none");
  EXPECT_EQ(Shown("unix:"), "none");
}

TEST(ProbeTarget, AServerNameTakesTheAuthoritysPlace) {
  EXPECT_EQ(Shown("127.0.0.1:1", "b.c"), "host 127.0.0.1 1, b.c, b.c");
  EXPECT_EQ(Shown("unix:a", "b.c"), "path a, b.c, b.c");
}

TEST(ProbeTarget, WhatCanNeverBeDialledIsNone) {
  for (const std::string_view text : {"", "a", "a:", "a:http", "a:65536", "a:-1", "a:1:2", "::1:2",
                                      "[::1", "[::1]", "[::1]2", "xds:///a", "http://a:80"}) {
    EXPECT_EQ(Shown(text), "none") << text;
  }
}

}  // namespace
}  // namespace fairlead::probe

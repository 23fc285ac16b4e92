#include "probe/request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "probe/gzip.h"

namespace fairlead::probe {
namespace {

using namespace std::chrono_literals;

Options WithHeader(const std::string& name, const std::string& value) {
  Options options;
  options.headers = {{name, value}};
  return options;
}

Result<Request> Made(const Options& options) {
  return MakeRequest(options, {.authority = "a:1", .tls_host = "a"}, "/s/m", 1500ms);
}

// The value of one field; "none" without it.
std::string FieldOf(const Options& options, std::string_view wanted) {
  const Result<Request> request = Made(options);
  if (!request) return request.error().message;
  std::string found = "none";
  for (const auto& [name, value] : request->fields)
    if (name == wanted) found = value;
  return found;
}

TEST(ProbeRequest, SaysWhoAsksForWhatAndHowLong) {
  Options options;
  options.service = "ab";
  options.user_agent = "agent";
  EXPECT_EQ(FieldOf(options, ":scheme"), "http");
  EXPECT_EQ(FieldOf(options, ":authority"), "a:1");
  EXPECT_EQ(FieldOf(options, ":path"), "/s/m");
  EXPECT_EQ(FieldOf(options, "user-agent"), "agent fairlead-probe");
  EXPECT_EQ(FieldOf(options, "grpc-timeout"), "1500m");
  EXPECT_EQ(FieldOf(options, "grpc-encoding"), "none");
  const std::vector<std::byte> body = Made(options)->body;
  const std::string text(reinterpret_cast<const char*>(body.data()), body.size());
  EXPECT_EQ(text, std::string("\0\0\0\0\x04\x0a\x02", 7) + "ab");
  options.is_tls = true;
  EXPECT_EQ(FieldOf(options, ":scheme"), "https");
}

TEST(ProbeRequest, WithGzipTheMessageIsFlaggedAndPacked) {
  Options options;
  options.service = "some.Service";
  const std::vector<std::byte> plain = Made(options)->body;
  options.is_gzip = true;
  EXPECT_EQ(FieldOf(options, "grpc-encoding"), "gzip");
  const std::vector<std::byte> packed = Made(options)->body;
  EXPECT_EQ(packed[0], std::byte{1});
  const auto unpacked = Gunzip(std::span(packed).subspan(5), 64);
  ASSERT_TRUE(unpacked);
  EXPECT_TRUE(std::ranges::equal(*unpacked, std::span(plain).subspan(5)));
}

TEST(ProbeRequest, HeadersGoAlongButNotGrpcsOwn) {
  EXPECT_EQ(FieldOf(WithHeader("token", "x y"), "token"), "x y");
  EXPECT_EQ(FieldOf(WithHeader("grpc-timeout", "9H"), "grpc-timeout"), "1500m");
  EXPECT_EQ(FieldOf(WithHeader("user-agent", "evil"), "user-agent"),
            "grpc_health_probe fairlead-probe");
  const std::pair<std::string, std::string_view> kBinary[] = {
      {"", ""}, {"a", "YQ"}, {"ab", "YWI"}, {"abc", "YWJj"}, {"\xff\n", "/wo"}};
  for (const auto& [value, sent] : kBinary)
    EXPECT_EQ(FieldOf(WithHeader("k-bin", value), "k-bin"), sent);
}

TEST(ProbeRequest, WhatNoHeaderMayBeFailsTheCall) {
  EXPECT_EQ(FieldOf(WithHeader("", "x"), ""), "there is an empty key in the header");
  EXPECT_EQ(FieldOf(WithHeader("bad key", "x"), ""),
            "header key \"bad key\" contains illegal characters not in [0-9a-z-_.]");
  EXPECT_EQ(FieldOf(WithHeader("key", "\xc3\xa4"), ""),
            "header key \"key\" contains value with non-printable ASCII characters");
}

TEST(ProbeGzip, RefusesWhatIsCutShortTooLongOrNoGzip) {
  const std::vector<std::byte> plain(1000, std::byte{7});
  const std::vector<std::byte> packed = Gzip(plain);
  EXPECT_EQ(*Gunzip(packed, 1000), plain);
  EXPECT_FALSE(Gunzip(packed, 999));
  EXPECT_FALSE(Gunzip(std::span(packed).first(packed.size() / 2), 1000));
  EXPECT_FALSE(Gunzip(plain, 1000));
  EXPECT_FALSE(Gunzip({}, 1000));
}

}  // namespace
}  // namespace fairlead::probe

#include "h2/request_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace fairlead::h2 {
namespace {

using List = std::vector<std::pair<std::string, std::string>>;
using Kind = RequestFields::Kind;

const List kGood = {{":method", "POST"},  {":scheme", "http"},
                    {":path", "/a.B/C"},  {":authority", "host"},
                    {"te", "trailers"},   {"content-type", "application/grpc"},
                    {"user-agent", "me"}, {"grpc-timeout", "2S"}};

RequestFields Taken(const List& list, Kind kind = Kind::kRequest, std::size_t most = 10'000) {
  RequestFields fields(kind, most);
  for (const auto& [name, value] : list) EXPECT_TRUE(fields.Take(name, value));
  return fields;
}
bool IsGood(const List& list, Kind kind = Kind::kRequest) {
  return Taken(list, kind).IsWellFormed();
}
List With(const std::string& name, const std::string& value) {
  List list = kGood;
  list.emplace_back(name, value);
  return list;
}
List Without(const std::string& name) {
  List list = kGood;
  std::erase_if(list, [&](const auto& field) { return field.first == name; });
  return list;
}
List Changed(const std::string& name, const std::string& value) {
  List list = kGood;
  for (auto& field : list) {
    if (field.first == name) field.second = value;
  }
  return list;
}

TEST(RequestFields, AGoodRequestIsTakenApart) {
  RequestFields fields = Taken(With("content-length", "12"));
  ASSERT_TRUE(fields.IsWellFormed());
  const Request& request = fields.request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a.B/C");
  EXPECT_EQ(request.authority, "host");
  EXPECT_TRUE(request.is_grpc);
  EXPECT_EQ(request.timeout, std::chrono::seconds(2));
  EXPECT_EQ(request.body_bytes, 12U);
  EXPECT_EQ(request.metadata,
            (List{{"te", "trailers"}, {"user-agent", "me"}, {"content-length", "12"}}));
}

TEST(RequestFields, PseudoHeadersAreKnownSingleWholeAndFirst) {
  EXPECT_FALSE(IsGood(Without(":method")));
  EXPECT_FALSE(IsGood(Without(":scheme")));
  EXPECT_FALSE(IsGood(Without(":path")));
  EXPECT_FALSE(IsGood(Without(":authority")));
  EXPECT_FALSE(IsGood(Changed(":path", "")));
  EXPECT_FALSE(IsGood(Changed(":path", "a.B/C")));
  EXPECT_FALSE(IsGood(Changed(":path", "*")));
  EXPECT_FALSE(IsGood(Changed(":method", "PO ST")));
  for (const auto& [name, value] : kGood) {
    if (!name.starts_with(':')) continue;
    List doubled = kGood;
    doubled.insert(doubled.begin(), {name, value});
    EXPECT_FALSE(IsGood(doubled)) << name;
    List late = Without(name);
    late.emplace_back(name, value);
    EXPECT_FALSE(IsGood(late)) << name;
  }
  List unknown = kGood;
  unknown.insert(unknown.begin(), {":status", "200"});
  EXPECT_FALSE(IsGood(unknown));
}

TEST(RequestFields, AHostMayStandForTheAuthority) {
  List list = Without(":authority");
  list.emplace_back("host", "me");
  EXPECT_TRUE(IsGood(list));
}

TEST(RequestFields, AConnectNamesItsFarEndAlone) {
  EXPECT_TRUE(IsGood({{":method", "CONNECT"}, {":authority", "host:1"}}));
  EXPECT_FALSE(IsGood({{":method", "CONNECT"}}));
  EXPECT_FALSE(IsGood(Changed(":method", "CONNECT")));
}

TEST(RequestFields, NamesAreLowerCaseTokens) {
  for (const std::string& bad :
       {std::string(), std::string("Name"), std::string("na me"), std::string("na:me"),
        std::string("nam\x80"), std::string("na\0me", 5), std::string("na\rme")}) {
    EXPECT_FALSE(IsGood(With(bad, "x"))) << ::testing::PrintToString(bad);
  }
  EXPECT_TRUE(IsGood(With("a!#$%&'*+-.^_`|~0", "x")));
}

TEST(RequestFields, ValuesHaveNoControlCharactersAndNoBlanksAround) {
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("a\nb"), std::string("a\rb"), std::string(" a"),
        std::string("a "), std::string("\ta"), std::string("a\x7F"), std::string("\x01")}) {
    EXPECT_FALSE(IsGood(With("x", bad))) << ::testing::PrintToString(bad);
  }
  EXPECT_TRUE(IsGood(With("x", "")));
  EXPECT_TRUE(IsGood(With("x", "a b\tc\x80\xFF")));
}

TEST(RequestFields, NothingSpeaksOfTheConnection) {
  for (const char* bad :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_FALSE(IsGood(With(bad, "x"))) << bad;
    EXPECT_FALSE(IsGood({{bad, "x"}}, Kind::kTrailers)) << bad;
  }
  EXPECT_FALSE(IsGood(Changed("te", "gzip")));
}

TEST(RequestFields, ALengthIsOneNumber) {
  for (const char* bad : {"", "-1", "+1", "1x", "0x10", "99999999999999999999"}) {
    EXPECT_FALSE(IsGood(With("content-length", bad))) << bad;
  }
  List twice = With("content-length", "1");
  twice.emplace_back("content-length", "1");
  EXPECT_FALSE(IsGood(twice));
}

TEST(RequestFields, TrailersHaveNoPseudoHeaders) {
  EXPECT_TRUE(IsGood({{"x", "y"}}, Kind::kTrailers));
  EXPECT_FALSE(IsGood({{":path", "/"}}, Kind::kTrailers));
}

TEST(RequestFields, OverTheLimitNothingIsKeptAndFarOverItIsHopeless) {
  RequestFields fields = Taken(kGood, Kind::kRequest, 450);
  EXPECT_FALSE(fields.request().is_too_long);
  EXPECT_TRUE(fields.Take("x", std::string(200, 'v')));
  EXPECT_TRUE(fields.request().is_too_long);
  EXPECT_TRUE(fields.IsWellFormed());
  const std::size_t kept = fields.request().metadata.size();
  EXPECT_TRUE(fields.Take("y", std::string(1'000, 'v')));
  EXPECT_EQ(fields.request().metadata.size(), kept);
  EXPECT_FALSE(fields.Take("z", std::string(400, 'v')));
}

}  // namespace
}  // namespace fairlead::h2

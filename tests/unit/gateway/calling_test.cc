#include "gateway/calling.h"

#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "gateway/retry_rule.h"

namespace fairlead::gateway {
namespace {

using namespace std::chrono_literals;

h2::FieldList Decoded(const h2::PlainBlock& block) {
  h2::FieldList fields;
  EXPECT_TRUE(h2::DecodeBlock(std::as_bytes(std::span(block.bytes())), fields));
  return fields;
}

TEST(CallHeads, SayWhatGrpcAsksFor) {
  const Calling calling{.method = "/a.B/C", .metadata = {{"x", "1"}, {"k-bin", {"\0\1", 2}}}};
  const CallHead head =
      HeadOf(calling, {.authority = "b.shop", .left = 1500us, .attempts_before = 2});
  const h2::FieldList expected = {{":method", "POST"},
                                  {":scheme", "http"},
                                  {":path", "/a.B/C"},
                                  {":authority", "b.shop"},
                                  {"te", "trailers"},
                                  {"grpc-timeout", "2m"},
                                  {"content-type", "application/grpc"},
                                  {"user-agent", "fairlead-gateway"},
                                  {"grpc-accept-encoding", "identity"},
                                  {"grpc-previous-rpc-attempts", "2"},
                                  {"x", "1"},
                                  {"k-bin", "AAE="}};
  EXPECT_EQ(Decoded(head.block), expected);
  std::size_t list_bytes = 0;
  for (const auto& [name, value] : expected) list_bytes += name.size() + value.size() + 32;
  EXPECT_GE(head.list_bytes, list_bytes);
}

TEST(CallHeads, NameTheSchemeOfTheConnection) {
  const auto scheme = [](bool is_tls) {
    return Decoded(HeadOf({.method = "/a.B/C"}, {.authority = "b", .is_tls = is_tls}).block).at(1);
  };
  EXPECT_EQ(scheme(false), (h2::FieldList::value_type{":scheme", "http"}));
  EXPECT_EQ(scheme(true), (h2::FieldList::value_type{":scheme", "https"}));
}

TEST(CallMetadata, IsWhatIsNeitherHttpsNorGrpcs) {
  const Metadata metadata = MetadataOf(h2::FieldList{{":status", "200"},
                                                     {"content-type", "application/grpc"},
                                                     {"grpc-encoding", "identity"},
                                                     {"x", "a, b"},
                                                     {"k-bin", "AAE,AAI="},
                                                     {"bad-bin", "!"},
                                                     {"x", "c"}});
  const Metadata expected = {
      {"x", "a, b"}, {"k-bin", {"\0\1", 2}}, {"k-bin", {"\0\2", 2}}, {"x", "c"}};
  EXPECT_EQ(metadata, expected);
}

TEST(CallOutcomes, AreTheServicesOwnWords) {
  const Outcome outcome = OutcomeOf({},
                                    {{"grpc-status", "5"},
                                     {"grpc-message", "50%25"},
                                     {"grpc-status-details-bin", "CAU"},
                                     {"grpc-retry-pushback-ms", "20"},
                                     {"told", "last"}},
                                    /*has_head=*/true);
  EXPECT_EQ(outcome.end.how.code, Code::kNotFound);
  EXPECT_EQ(outcome.end.how.message, "50%");
  EXPECT_EQ(outcome.end.how.details, "\x08\x05");
  EXPECT_EQ(outcome.end.trailers, (Metadata{{"told", "last"}}));
  EXPECT_EQ(outcome.pushback, Duration(20ms));
  EXPECT_LT(
      *OutcomeOf({}, {{"grpc-status", "14"}, {"grpc-retry-pushback-ms", "no"}}, true).pushback,
      Duration::zero());
}

TEST(RetryRules, AreThoseOfTheLabels) {
  Rng rng(1);
  const spec::RetrySpec none;
  EXPECT_FALSE(RetryRule(none).After(Code::kUnavailable, {}, rng));
  const spec::RetrySpec retry{.attempts = 4,
                              .on = {"unavailable", "deadline-exceeded"},
                              .backoff_base = 50ms,
                              .backoff_max = 80ms};
  RetryRule rule(retry);
  EXPECT_FALSE(rule.After(Code::kInternal, {}, rng));
  EXPECT_LE(*rule.After(Code::kUnavailable, {}, rng), Duration(50ms));
  EXPECT_LE(*rule.After(Code::kDeadlineExceeded, {}, rng), Duration(80ms));
  EXPECT_FALSE(rule.After(Code::kUnavailable, Duration(-1ms), rng));
  EXPECT_EQ(rule.attempts_before(), 2);
  EXPECT_EQ(rule.After(Code::kUnavailable, Duration(3s), rng), Duration(3s));
  EXPECT_FALSE(rule.After(Code::kUnavailable, {}, rng));
}

}  // namespace
}  // namespace fairlead::gateway

#include "spec/did_you_mean.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::spec {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(EditDistance("port", "port"), 0U);
  EXPECT_EQ(EditDistance("prt", "port"), 1U);
  EXPECT_EQ(EditDistance("portt", "port"), 1U);
  EXPECT_EQ(EditDistance("part", "port"), 1U);
  EXPECT_EQ(EditDistance("prot", "port"), 1U);
  EXPECT_EQ(EditDistance("", "port"), 4U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
}

TEST(EditDistance, IgnoresCaseAndTheKindOfSeparator) {
  EXPECT_EQ(EditDistance("Round-Robin", "round_robin"), 0U);
  EXPECT_EQ(EditDistance("min_available", "min-available"), 0U);
}

const std::vector<std::string_view> kKnown = {"port", "health.port", "health.interval",
                                              "health.service", "liveness.service"};

TEST(DidYouMean, FindsTheNearestWord) {
  EXPECT_EQ(DidYouMean("prot", kKnown), "port");
  EXPECT_EQ(DidYouMean("health.intervall", kKnown), "health.interval");
  EXPECT_EQ(DidYouMean("HEALTH_PORT", kKnown), "health.port");
}

TEST(DidYouMean, FindsAWordByItsLastPartIfOnlyOneHasIt) {
  EXPECT_EQ(DidYouMean("interval", kKnown), "health.interval");
  EXPECT_EQ(DidYouMean("healthcheck.interval", kKnown), "health.interval");
  EXPECT_EQ(DidYouMean("readiness-probe.service", kKnown), std::nullopt);
}

TEST(DidYouMean, SaysNothingRatherThanSomethingFarFetched) {
  EXPECT_EQ(DidYouMean("colour", kKnown), std::nullopt);
  EXPECT_EQ(DidYouMean("", kKnown), std::nullopt);
  EXPECT_EQ(DidYouMean(std::string(1'000'000, 'p'), kKnown), std::nullopt);
}

}  // namespace
}  // namespace fairlead::spec

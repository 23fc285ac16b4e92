#include "spec/host_default.h"

#include <gtest/gtest.h>

#include "spec/diagnostic_codes.h"

namespace fairlead::spec {
namespace {

std::string_view CodeOf(std::string_view key, std::string_view text) {
  const auto problem = CheckHostDefault(key, text);
  return problem ? problem->code : "";
}

TEST(CheckHostDefault, GoesByTheRulesOfTheLabel) {
  EXPECT_EQ(CodeOf("health.interval", "2s"), "");
  EXPECT_EQ(CodeOf("health.interval", "2"), codes::kLabelBadDuration);
  EXPECT_EQ(CodeOf("weight", "1001"), codes::kLabelOutOfRange);
}

TEST(CheckHostDefault, KeepsTheOptInAndTheNameForTheContainer) {
  EXPECT_EQ(CodeOf("enable", "true"), codes::kConfigBadValue);
  EXPECT_EQ(CodeOf("service", "api"), codes::kConfigBadValue);
}

TEST(CheckHostDefault, GuessesWhichLabelWasMeant) {
  EXPECT_EQ(CheckHostDefault("health.intervall", "2s")->hint,
            "did you mean defaults.health.interval?");
  EXPECT_EQ(CheckHostDefault("fairlead.health.interval", "2s")->hint,
            "did you mean defaults.health.interval?");
  EXPECT_EQ(CodeOf("health.intervall", "2s"), codes::kConfigUnknownKey);
}

TEST(CheckHostDefault, RefusesWhatThisVersionDoesNotActOn) {
  EXPECT_EQ(CodeOf("health.mode", "watch"), codes::kConfigNotInForce);
  EXPECT_EQ(CodeOf("health.protocol", "http"), "");
  EXPECT_EQ(CodeOf("health.protocol", "docker"), "");
}

}  // namespace
}  // namespace fairlead::spec

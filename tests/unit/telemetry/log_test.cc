#include "telemetry/log.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "telemetry/line.h"

namespace fairlead::telemetry {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kTime = "2026-01-02T03:04:05.678Z";

TEST(TextLine, HasTimeLevelTextAndFieldsInTheOrderGiven) {
  EXPECT_EQ(
      TextLine({.time = kTime,
                .level = Level::kInfo,
                .text = "engine synced",
                .fields = {{"containers", 12}, {"project", "shop"}, {"complete", true}},
                .left_out = 0}),
      "2026-01-02T03:04:05.678Z info    engine synced containers=12 project=shop complete=true");
}

TEST(TextLine, AHostileValueStaysOneFieldOfOneLine) {
  const std::string line = TextLine({.time = kTime,
                                     .level = Level::kError,
                                     .text = "container refused",
                                     .fields = {{"name", "x\n2026 error forged a=\"b\" \x1b[2J"}},
                                     .left_out = 3});
  EXPECT_EQ(line,
            "2026-01-02T03:04:05.678Z error   container refused "
            R"(name="x\\x0a2026 error forged a=\"b\" \\x1b[2J" left_out=3)");
}

TEST(TextLine, ALongValueIsCut) {
  const std::string line = TextLine({.time = kTime,
                                     .level = Level::kInfo,
                                     .text = "t",
                                     .fields = {{"v", std::string(100'000, 'a')}},
                                     .left_out = 0});
  EXPECT_LT(line.size(), kFieldBytesMax + 64);
}

TEST(JsonLine, QuotesTextAndLeavesNumbersBare) {
  EXPECT_EQ(
      JsonLine({.time = kTime,
                .level = Level::kWarning,
                .text = "slow \"engine\"",
                .fields = {{"name", "a\\b\n"},
                           {"count", std::uint64_t{18446744073709551615ULL}},
                           {"delta", -5},
                           {"share", 0.5},
                           {"odd", std::numeric_limits<double>::infinity()}},
                .left_out = 2}),
      R"({"time":"2026-01-02T03:04:05.678Z","level":"warning","message":"slow \"engine\"",)"
      R"("name":"a\\b\\x0a","count":18446744073709551615,"delta":-5,"share":0.5,"odd":null,"left_out":2})");
}

struct Recorded {
  std::vector<std::string> lines;
  TimePoint now{};
  Logger logger;
  explicit Recorded(Logger::Options options)
      : logger(
            options, [this](Level, std::string_view line) { lines.emplace_back(line); },
            [this] { return now; }) {}
};

TEST(Logger, WritesItsLevelAndAboveAndTheLevelChangesAtRunTime) {
  Recorded recorded({.level = Level::kWarning});
  recorded.logger.Info("quiet");
  recorded.logger.Warning("loud");
  recorded.logger.SetLevel(Level::kDebug);
  recorded.logger.Debug("now heard");
  ASSERT_EQ(recorded.lines.size(), 2U);
  EXPECT_NE(recorded.lines[0].find("loud"), std::string::npos);
  EXPECT_NE(recorded.lines[1].find("now heard"), std::string::npos);
}

TEST(Logger, HoldsBackAFloodOfOneTextAndSaysHowMuchWithTheNext) {
  Recorded recorded({});
  for (int i = 0; i < kLinesPerWindowMax + 7; ++i) recorded.logger.Info("flapping", {{"i", i}});
  recorded.logger.Info("another text");
  EXPECT_EQ(recorded.lines.size(), static_cast<std::size_t>(kLinesPerWindowMax) + 1);
  recorded.now += kWindow;
  recorded.logger.Info("flapping");
  EXPECT_NE(recorded.lines.back().find("flapping left_out=7"), std::string::npos)
      << recorded.lines.back();
}

TEST(Logger, WritesJsonWhenAsked) {
  Recorded recorded({.format = Format::kJson});
  recorded.logger.Info("engine synced");
  ASSERT_EQ(recorded.lines.size(), 1U);
  EXPECT_EQ(recorded.lines[0].find(R"({"time":")"), 0U);
  EXPECT_NE(recorded.lines[0].find(R"("level":"info","message":"engine synced"})"),
            std::string::npos);
}

TEST(Logger, TakesAnotherLevelAndFormatFromTheNextEntryOn) {
  Recorded recorded({});
  recorded.logger.Debug("left out");
  recorded.logger.SetLevel(Level::kDebug);
  recorded.logger.SetFormat(Format::kJson);
  recorded.logger.Debug("told");
  ASSERT_EQ(recorded.lines.size(), 1U);
  EXPECT_NE(recorded.lines[0].find(R"("level":"debug","message":"told"})"), std::string::npos);
}

TEST(Level, IsReadBackFromItsNameAndNothingElseIsTaken) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
    EXPECT_EQ(ParseLevel(LevelName(level)), level);
  }
  EXPECT_EQ(ParseLevel("warn"), Level::kWarning) << "as the config writes it";
  for (const char* name : {"", "INFO", "warns", "trace"}) EXPECT_EQ(ParseLevel(name), std::nullopt);
}

}  // namespace
}  // namespace fairlead::telemetry

#include "docker/log_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

using ::testing::ElementsAre;

std::string Piece(char stream, const std::string& text) {
  std::string head(8, '\0');
  head[0] = stream;
  for (int i = 0; i < 4; ++i) head[4 + i] = static_cast<char>(text.size() >> (24 - 8 * i) & 0xFF);
  return head + text;
}

TEST(LogLines, AreThoseOfBothStreamsInTheirOrderAndATerminalsToo) {
  const std::string body = Piece(1, "begins\n") + Piece(2, "warns\n") + Piece(1, "ends\r\n");
  EXPECT_THAT(LogLines(body), ElementsAre("begins", "warns", "ends"));
  EXPECT_THAT(LogLines("begins\r\nends"), ElementsAre("begins", "ends"));
  EXPECT_THAT(LogLines(Piece(1, "half of ") + Piece(1, "a line\n\n")),
              ElementsAre("half of a line", ""));
  EXPECT_THAT(LogLines(""), ElementsAre());
}

TEST(LogLines, AreTheLastAndEachCut) {
  EXPECT_THAT(LogLines("a\nb\nc\n", {.lines_max = 2}), ElementsAre("b", "c"));
  EXPECT_THAT(LogLines("abcdef\n", {.line_bytes_max = 3}), ElementsAre("abc"));
  EXPECT_THAT(LogLines("a\n", {.lines_max = 0}), ElementsAre());
}

TEST(LogLines, OfAnAnswerThatIsCutOrLiesEndWhereItDoes) {
  const std::string whole = Piece(1, "begins\n") + Piece(2, "warns\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto lines = LogLines(whole.substr(0, size));
    EXPECT_LE(lines.size(), 2U) << size;
    if (size >= 15) {
      EXPECT_EQ(lines.front(), "begins") << size;
    }
  }
  std::string lying = Piece(1, "a\n");
  lying[4] = '\xff';
  EXPECT_THAT(LogLines(lying + "b\n"), ElementsAre("a", "b"));
  EXPECT_THAT(LogLines(Piece(1, "a\n") + "no head"), ElementsAre("a"));
}

}  // namespace
}  // namespace fairlead::docker

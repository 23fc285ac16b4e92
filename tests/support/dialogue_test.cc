#include "support/dialogue.h"

#include <gtest/gtest.h>

namespace fairlead::testing {
namespace {

constexpr const char* kText =
    "# a story\n"
    "open door\n"
    "twice\n"
    "----\n"
    "open\n"
    "# not a comment\n"
    "\n"
    "close door\n"
    "----\n"
    "(nothing)\n";

TEST(Dialogue, ReadsCommentsCommandsAndOutcomes) {
  const std::vector<DialogueStep> expected = {
      {.line = 2,
       .comment = "# a story\n",
       .command = "open door\ntwice",
       .expected = "open\n# not a comment"},
      {.line = 8, .comment = "", .command = "close door", .expected = ""},
  };
  EXPECT_EQ(ParseDialogue(kText), expected);
}

TEST(Dialogue, WritesBackWhatItRead) {
  EXPECT_EQ(FormatDialogue(ParseDialogue(kText)), kText);
}

TEST(Dialogue, ReadsAStepThatHasNoOutcomeYet) {
  const auto steps = ParseDialogue("open door\n\nclose door\n");
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].expected, "");
  EXPECT_EQ(steps[1].command, "close door");
}

TEST(Dialogue, IsNamedByItsFile) {
  EXPECT_EQ(DialogueName("/x/y/drain_then_stop.txt"), "drain_then_stop");
}

}  // namespace
}  // namespace fairlead::testing

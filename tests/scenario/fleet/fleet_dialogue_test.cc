#include <gtest/gtest.h>

#include "fleet_story.h"
#include "support/dialogue.h"

namespace fairlead::fleet::testing {
namespace {

class FleetDialogue : public ::testing::TestWithParam<std::string> {};

TEST_P(FleetDialogue, GoesAsWritten) {
  FleetStory story;
  fairlead::testing::RunDialogue(GetParam(),
                                 [&](const std::string& command) { return story.Run(command); });
}

INSTANTIATE_TEST_SUITE_P(
    Stories, FleetDialogue,
    ::testing::ValuesIn(fairlead::testing::DialogueFiles("tests/scenario/fleet/stories")),
    [](const auto& test) { return fairlead::testing::DialogueName(test.param); });

}  // namespace
}  // namespace fairlead::fleet::testing

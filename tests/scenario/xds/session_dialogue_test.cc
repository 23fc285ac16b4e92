// Plays every dialogue in tests/scenario/xds/dialogues against a discovery session.
#include <gtest/gtest.h>

#include "scenario/xds/session_story.h"
#include "support/dialogue.h"

namespace fairlead::xds {
namespace {

class DiscoveryStory : public ::testing::TestWithParam<std::string> {};

TEST_P(DiscoveryStory, GoesAsWritten) {
  SessionStory story;
  testing::RunDialogue(GetParam(), [&](const std::string& command) { return story.Run(command); });
}

INSTANTIATE_TEST_SUITE_P(
    Xds, DiscoveryStory,
    ::testing::ValuesIn(testing::DialogueFiles("tests/scenario/xds/dialogues")),
    [](const auto& story) { return testing::DialogueName(story.param); });

}  // namespace
}  // namespace fairlead::xds

#include "config/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/key_table.h"

namespace fairlead::config {
namespace {

using ::testing::HasSubstr;

TEST(HelpText, NamesEveryKeyWithItsMeaning) {
  const std::string text = HelpText();
  for (const KeyRule& rule : KeyTable()) {
    EXPECT_THAT(text, HasSubstr("--" + std::string(rule.path) + "=VALUE"));
    EXPECT_THAT(text, HasSubstr(std::string(rule.meaning)));
  }
  for (const char* flag :
       {"--config PATH", "--check-config", "--version", "--help", "--defaults.LABEL"}) {
    EXPECT_THAT(text, HasSubstr(flag));
  }
}

}  // namespace
}  // namespace fairlead::config

#include "base/error_reasons.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

namespace fairlead {
namespace {

TEST(ErrorReasons, AreTheTableOfTheReferenceWordForWord) {
  std::string table = "| reason | meaning |\n|---|---|\n";
  for (const reasons::Meaning& one : reasons::kAll)
    table += "| `" + std::string(one.reason) + "` | " + std::string(one.meaning) + " |\n";
  std::ifstream in(std::string(FAIRLEAD_SOURCE_DIR) + "/manifests/README.md");
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_NE(text.str().find(table + "\n"), std::string::npos)
      << "manifests/README.md should have this table:\n"
      << table;
}

TEST(ErrorReasons, AreWordsAsGoogleRpcTakesThemEachOnceAndInOrder) {
  const std::regex shape("[A-Z][A-Z0-9_]{2,60}[A-Z0-9]");
  for (const reasons::Meaning& one : reasons::kAll)
    EXPECT_TRUE(std::regex_match(std::string(one.reason), shape)) << one.reason;
  const auto is_before = [](const auto& a, const auto& b) { return a.reason < b.reason; };
  EXPECT_TRUE(std::ranges::is_sorted(reasons::kAll, is_before));
  EXPECT_EQ(std::ranges::adjacent_find(reasons::kAll, {}, &reasons::Meaning::reason),
            std::end(reasons::kAll));
}

}  // namespace
}  // namespace fairlead

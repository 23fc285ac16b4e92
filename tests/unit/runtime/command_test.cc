#include "runtime/command.h"

#include <gtest/gtest.h>

namespace fairlead::runtime {
namespace {

TEST(LastLines, OnlyTheLastLinesAreShownIndentedAndPrintable) {
  EXPECT_EQ(LastLines("", 3), "");
  EXPECT_EQ(LastLines("\n\n", 3), "");
  EXPECT_EQ(LastLines("one\ntwo\nthree\n", 2), "  two\n  three");
  EXPECT_EQ(LastLines("one", 2), "  one");
  EXPECT_EQ(LastLines("a\n\x1b[2Jb\n", 5), "  a\n  \\x1b[2Jb");
}

}  // namespace
}  // namespace fairlead::runtime

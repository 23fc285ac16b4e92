#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace fairlead::cli {
namespace {

TEST(Table, ColumnsAreAlignedAndLinesHaveNoTrailingBlanks) {
  EXPECT_EQ(RenderTable({"NAME", "N", "REST"},
                        {{{"a"}, {"10"}, {""}}, {{"long name"}, {"1"}, {"x"}}}, {}),
            "NAME       N   REST\n"
            "a          10\n"
            "long name  1   x\n");
}

TEST(Table, TheWidestColumnGivesWayWhenRowsAreTooWide) {
  const std::string table =
      RenderTable({"A", "B"}, {{{"short"}, {std::string(500, 'b')}}}, {.columns_max = 40});
  EXPECT_EQ(table, "A      B\nshort  " + std::string(30, 'b') + "...\n");
}

TEST(Table, AnyRowsFitTheTerminal) {
  const std::string wide(300, 'w');
  std::istringstream lines(RenderTable({"A", "B", "C", "D"}, {{{"a"}, {wide}, {"c"}, {wide}}}, {}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), kColumnsMax);
}

TEST(Table, TheNameInTheFirstColumnIsNeverCut) {
  const std::string name(60, 'n');
  const std::string table = RenderTable({"NAME", "B"}, {{{name}, {std::string(500, 'b')}}}, {});
  EXPECT_NE(table.find(name + "  " + std::string(35, 'b') + "...\n"), std::string::npos) << table;
}

TEST(Table, LettersBeyondAsciiCountAsOneColumn) {
  EXPECT_EQ(RenderTable({"A", "B"}, {{{"\xC3\xBC\xC3\xBC"}, {"x"}}}, {}),
            "A   B\n\xC3\xBC\xC3\xBC  x\n");
  const std::string cut = RenderTable(
      {"A", "B"},
      {{{"x"}, {"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"}}},
      {.columns_max = 11});
  EXPECT_EQ(cut, "A  B\nx  \xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC...\n")
      << "never inside a letter";
}

TEST(Table, AHostileCellCannotMoveTheCursorOrForgeARow) {
  EXPECT_EQ(RenderTable({"A", "B"}, {{{"x\n\x1b[31my"}, {"z"}}}, {}),
            "A               B\n"
            "x\\x0a\\x1b[31my  z\n");
}

TEST(Table, ColourIsOnlyWrittenWhenAskedFor) {
  const std::vector<std::vector<Cell>> rows = {{{"out", Colour::kBad}, {"x"}}};
  EXPECT_EQ(RenderTable({"A", "B"}, rows, {.colour = true}), "A    B\n\x1b[31mout\x1b[0m  x\n");
  EXPECT_EQ(RenderTable({"A", "B"}, rows, {}).find('\x1b'), std::string::npos);
}

TEST(Wrapped, BreaksAtBlanksAndIndentsWhatFollows) {
  EXPECT_EQ(Wrapped("", {.columns_max = 10}), "");
  EXPECT_EQ(Wrapped("one two three", {.indent = 2, .used = 4, .columns_max = 12}),
            "one two\n  three");
  EXPECT_EQ(Wrapped("one two", {.indent = 2, .used = 9, .columns_max = 12}), "one\n  two");
}

TEST(Wrapped, BreaksAWordThatFitsNoLineAndCountsLettersNotBytes) {
  EXPECT_EQ(Wrapped("abcdefghij kl", {.indent = 1, .used = 0, .columns_max = 5}),
            "abcde\n fghi\n j kl");
  EXPECT_EQ(Wrapped("\u00e4\u00e4\u00e4 \u00e4", {.columns_max = 5}), "\u00e4\u00e4\u00e4 \u00e4");
}

TEST(Wrapped, LetsNothingMoveTheCursor) {
  EXPECT_EQ(Wrapped("a\x1b[2Jb\nc", {}), "a\\x1b[2Jb\\x0ac");
}

}  // namespace
}  // namespace fairlead::cli

#include "lint/interpolate.h"

#include <gtest/gtest.h>

namespace fairlead::lint {
namespace {

std::string Of(std::string_view text) {
  const Interpolated done =
      Interpolate(text, [](const std::string& name) -> std::optional<std::string> {
        if (name == "SET") return "value";
        if (name == "EMPTY") return "";
        return std::nullopt;
      });
  std::string shown = done.text;
  for (const std::string& name : done.unset) shown += " !" + name;
  return shown;
}

TEST(Interpolate, PutsValuesDefaultsAndOthersIn) {
  EXPECT_EQ(Of("plain"), "plain");
  EXPECT_EQ(Of("$SET-x ${SET}y"), "value-x valuey");
  EXPECT_EQ(Of("${NONE:-a} ${NONE-b} ${EMPTY:-c} ${EMPTY-d}|"), "a b c |");
  EXPECT_EQ(Of("${SET:+a} ${EMPTY:+b} ${EMPTY+c} ${NONE+d}"), "a  c ");
  EXPECT_EQ(Of("$$SET"), "$SET");
}

TEST(Interpolate, TellsWhatIsNotSet) {
  EXPECT_EQ(Of("a$NONE"), "a !NONE");
  EXPECT_EQ(Of("${NONE:?say so}"), " !NONE");
  EXPECT_EQ(Of("${EMPTY}"), "");
}

TEST(Interpolate, LeavesADollarThatBeginsNothing) {
  for (const char* text : {"$", "a$", "$1", "${", "${}", "${1}", "${SET", "$ SET"})
    EXPECT_EQ(Of(text), text);
}

TEST(Interpolate, WithoutAnEnvironmentNothingIsSet) {
  EXPECT_EQ(Interpolate("$A", {}).unset, std::vector<std::string>{"A"});
}

}  // namespace
}  // namespace fairlead::lint

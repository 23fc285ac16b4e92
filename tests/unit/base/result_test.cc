#include "base/result.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fairlead {
namespace {

TEST(Code, HasGrpcsNumbersAndNames) {
  EXPECT_EQ(static_cast<int>(Code::kOk), 0);
  EXPECT_EQ(static_cast<int>(Code::kUnauthenticated), 16);
  EXPECT_EQ(CodeName(Code::kOk), "OK");
  EXPECT_EQ(CodeName(Code::kDeadlineExceeded), "DEADLINE_EXCEEDED");
  EXPECT_EQ(CodeName(Code::kUnauthenticated), "UNAUTHENTICATED");
}

TEST(Code, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int number = 0; number <= 16; ++number) names.insert(CodeName(static_cast<Code>(number)));
  EXPECT_EQ(names.size(), 17U);
}

TEST(Error, SaysItsCodeAndThenItsMessage) {
  const Error error{Code::kNotFound, "inspect container 3f2a: no such container"};
  EXPECT_EQ(error.Text(), "NOT_FOUND: inspect container 3f2a: no such container");
}

TEST(Fail, MakesAnyResultAFailureWithThatCode) {
  const Result<std::string> text = Fail(Code::kUnavailable, "read engine response: end of stream");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error(), (Error{Code::kUnavailable, "read engine response: end of stream"}));
  const Result<> nothing = Fail(Code::kAborted, "stop");
  EXPECT_EQ(nothing.error().code, Code::kAborted);
}

}  // namespace
}  // namespace fairlead

// Programs run to their end, with /bin/sh as the other side.
#include "runtime/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::runtime {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Result<CommandEnd> Shell(const std::string& script, Duration limit = 60s) {
  return RunCommand(std::vector<std::string>{"sh", "-c", script}, limit);
}

TEST(Command, BothOutputsAndTheExitCodeAreKept) {
  const auto end = Shell("echo out; echo err >&2; exit 7");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 7);
  EXPECT_EQ(end->output, "out\n");
  EXPECT_EQ(end->errors, "err\n");
  EXPECT_EQ(Shell("kill -9 $$")->exit_code, 137);
}

TEST(Command, ArgumentsAreNotForAShellAndItsInputIsEmpty) {
  const auto end = RunCommand(std::vector<std::string>{"echo", "$(id)", "a b", ";"}, 60s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output, "$(id) a b ;\n");
  EXPECT_EQ(Shell("cat")->output, "");
}

TEST(Command, MoreThanAPipeHoldsOnBothOutputsDoesNotBlock) {
  const auto end = Shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output.size(), 300'000U);
  EXPECT_EQ(end->errors.size(), 300'000U);
}

TEST(Command, WhatRunsTooLongIsKilled) {
  const auto end = Shell("echo working >&2; exec sleep 600", 200ms);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(end.error().message, HasSubstr("working"));
}

TEST(Command, AProgramThatIsNotThereIsNamed) {
  const auto end = RunCommand(std::vector<std::string>{"/no/such/program"}, 60s);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::kNotFound);
}

TEST(Command, AFailureIsToldWithItsLastLines) {
  const auto done = RunChecked(std::vector<std::string>{"sh", "-c", "echo why >&2; exit 3"}, 60s);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(done.error().message, HasSubstr("exit code 3\n  why"));
  EXPECT_EQ(*RunChecked(std::vector<std::string>{"echo", "fine"}, 60s), "fine\n");
}

}  // namespace
}  // namespace fairlead::runtime

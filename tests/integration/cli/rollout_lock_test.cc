#include "cli/rollout_lock.h"

#include <gtest/gtest.h>

namespace fairlead::cli {
namespace {

TEST(RolloutLock, OneAtATimeOfEachServiceUntilItIsGivenBack) {
  {
    const auto first = RolloutLock::Take("lock-test", "web");
    ASSERT_TRUE(first) << first.error().message;
    const auto second = RolloutLock::Take("lock-test", "web");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kAlreadyExists);
    EXPECT_TRUE(RolloutLock::Take("lock-test", "worker"));
    EXPECT_TRUE(RolloutLock::Take("lock-testweb", ""));
  }
  EXPECT_TRUE(RolloutLock::Take("lock-test", "web"));
}

}  // namespace
}  // namespace fairlead::cli

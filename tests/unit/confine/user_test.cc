#include "confine/user.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "confine/capabilities.h"
#include "confine/kept_child.h"
#include "unit/confine/in_a_child.h"

namespace fairlead::confine {
namespace {

using testing::kSomebody;

TEST(BecomeUser, KeepsCapabilitiesUntilTheyAreGivenUpAndThenThereIsNoWayBack) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes somebody else";
  const int status = testing::InAChild([] {
    if (!BecomeUser(kSomebody)) return 1;
    if (getuid() != kSomebody || geteuid() != kSomebody || getegid() != 0) return 2;
    if (getgroups(0, nullptr) > 1) return 3;
    if (!HasCapability(CAP_SETUID)) return 4;
    if (!KeepOnlyCapabilities({CAP_NET_BIND_SERVICE})) return 5;
    if (HasCapability(CAP_SETUID) || !HasCapability(CAP_NET_BIND_SERVICE)) return 6;
    return setresuid(0, 0, 0) == 0 ? 7 : 0;
  });
  EXPECT_EQ(status, 0);
}

TEST(BecomeUser, WithoutTheRightNothingChanges) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes somebody else";
  const int status = testing::InAChild([] {
    if (!KeepOnlyCapabilities({CAP_CHOWN})) return 1;
    if (BecomeUser(kSomebody)) return 2;
    return geteuid() == 0 ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
}

// A signal at our death would not reach processes of root's.
TEST(BecomeUser, ProcessesThatBeganBeforeEndAllTheSame) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes somebody else";
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const int status = testing::InAChild([&] {
    const Result<KeptChild> child = KeptChild::Start({.name = "sleeper",
                                                      .work =
                                                          [](int) {
                                                            pause();
                                                            return 0;
                                                          },
                                                      .died = [](const auto&, Duration) {}});
    if (!child) return 1;
    const pid_t keeper = child->keeper();
    if (!BecomeUser(kSomebody) || !KeepOnlyCapabilities({})) return 2;
    if (write(ends[1], &keeper, sizeof keeper) < 0) return 3;
    raise(SIGKILL);
    return 4;
  });
  EXPECT_EQ(status, -1);
  pid_t keeper = 0;
  ASSERT_EQ(read(ends[0], &keeper, sizeof keeper), static_cast<ssize_t>(sizeof keeper));
  ASSERT_GT(keeper, 1);
  EXPECT_TRUE(testing::Ends(keeper)) << "lives on";
  for (const int end : ends) close(end);
}

}  // namespace
}  // namespace fairlead::confine

#include "runtime/priority.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "unit/runtime/in_child.h"

namespace fairlead::runtime {
namespace {

// The n of "/autogroup-123 nice n"; empty where the kernel has no such thing.
std::string SessionNice() {
  std::ifstream file("/proc/self/autogroup");
  std::string name;
  std::string word;
  std::string nice;
  file >> name >> word >> nice;
  return nice;
}

// Exit codes of children are 0 when all holds.
constexpr int kNotPermitted = 77;

int RaiseOrSay() {
  const Result<> raised = RaisePriority();
  if (raised) return 0;
  return raised.error().code == Code::kPermissionDenied ? kNotPermitted : 1;
}

TEST(RaisePriority, CountsForTheProcessAndForTheSessionThatItLeads) {
  const int code = InChild([] {
    setsid();
    if (const int failed = RaiseOrSay(); failed != 0) return failed;
    if (getpriority(PRIO_PROCESS, 0) != kRaisedNice) return 2;
    const std::string nice = SessionNice();
    return nice.empty() || nice == std::to_string(kRaisedNice) ? 0 : 3;
  });
  if (code == kNotPermitted) GTEST_SKIP() << "CAP_SYS_NICE is missing";
  EXPECT_EQ(code, 0);
}

TEST(RaisePriority, LeavesASessionOfSomebodyElseAlone) {
  const int code = InChild([] {
    setsid();
    const std::string before = SessionNice();
    return InChild([&] {
      if (const int failed = RaiseOrSay(); failed != 0) return failed;
      return SessionNice() == before ? 0 : 2;
    });
  });
  if (code == kNotPermitted) GTEST_SKIP() << "CAP_SYS_NICE is missing";
  EXPECT_EQ(code, 0);
}

TEST(RaisePriority, WithoutThePermissionSaysSo) {
  EXPECT_EQ(InChild([] {
              // Another user's process has no capabilities. What is raised already may stay so.
              if (setpriority(PRIO_PROCESS, 0, 0) != 0) return 1;
              if (getuid() == 0 && setuid(65534) != 0) return 1;
              return RaiseOrSay();
            }),
            kNotPermitted);
}

}  // namespace
}  // namespace fairlead::runtime

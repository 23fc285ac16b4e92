#include "confine/capabilities.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include <fstream>
#include <string>

#include "unit/confine/in_a_child.h"

namespace fairlead::confine {
namespace {

// "CapEff", "NoNewPrivs" ... of /proc/self/status, as the kernel writes it.
std::string StatusOf(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":\t")) return line.substr(field.size() + 2);
  return "";
}

TEST(KeepOnlyCapabilities, LeavesThoseThatAreNamedAndWereThere) {
  const int status = testing::InAChild([] {
    if (!KeepOnlyCapabilities({CAP_NET_BIND_SERVICE, CAP_CHOWN})) return 1;
    const auto left = std::stoull(StatusOf("CapEff"), nullptr, 16);
    const auto named = (1ULL << CAP_NET_BIND_SERVICE) | (1ULL << CAP_CHOWN);
    if ((left & ~named) != 0) return 2;
    if (StatusOf("CapPrm") != StatusOf("CapEff")) return 3;
    if (!KeepOnlyCapabilities({})) return 4;
    // What is gone does not come back.
    if (!KeepOnlyCapabilities({CAP_CHOWN})) return 5;
    return std::stoull(StatusOf("CapPrm"), nullptr, 16) == 0 ? 0 : 6;
  });
  EXPECT_EQ(status, 0);
}

TEST(ForbidNewPrivileges, IsSeenFromOutside) {
  const int status = testing::InAChild([] {
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0) return 0;  // this test runs without already
    if (!ForbidNewPrivileges()) return 1;
    return StatusOf("NoNewPrivs") == "1" ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace fairlead::confine

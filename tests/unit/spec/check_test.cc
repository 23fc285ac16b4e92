#include "spec/check.h"

#include <gtest/gtest.h>

#include <set>

namespace fairlead::spec {
namespace {

constexpr int kLast = static_cast<int>(CheckClass::kCanaryFailed);

TEST(CheckClass, HasOneStableCodeEach) {
  std::set<std::string_view> codes;
  for (int i = 0; i <= kLast; ++i) codes.insert(CheckClassName(static_cast<CheckClass>(i)));
  const std::set<std::string_view> expected = {
      "serving",      "refused",         "reset",         "timeout",  "closed",
      "not-serving",  "service-unknown", "unimplemented", "tls",      "protocol",
      "http-status",  "no-fd",           "no-port",       "no-route", "self-stalled",
      "shared-stall", "canary-failed"};
  EXPECT_EQ(codes, expected);
}

TEST(CheckClass, FallsIntoExactlyOneGroup) {
  for (int i = 0; i <= kLast; ++i) {
    const auto c = static_cast<CheckClass>(i);
    const int readiness_only = c == CheckClass::kServing || c == CheckClass::kNotServing ? 1 : 0;
    EXPECT_EQ(IsLivenessClass(c) + IsMisconfiguration(c) + IsInconclusive(c) + readiness_only, 1)
        << CheckClassName(c);
  }
}

}  // namespace
}  // namespace fairlead::spec

#include "fleet/signal_number.h"

#include <gtest/gtest.h>

namespace fairlead::fleet {
namespace {

TEST(SignalNumber, ReadsNumbersAndNames) {
  EXPECT_EQ(SignalNumber("15"), 15);
  EXPECT_EQ(SignalNumber("TERM"), 15);
  EXPECT_EQ(SignalNumber("SIGKILL"), 9);
  EXPECT_EQ(SignalNumber("RTMIN"), 34);
  EXPECT_EQ(SignalNumber("SIGRTMIN+3"), 37);
}

TEST(SignalNumber, KnowsNothingElse) {
  for (const char* text :
       {"", "0", "65", "-1", "1x", "SIG", "FOO", "RTMIN+", "RTMIN+99", "99999999999"}) {
    EXPECT_EQ(SignalNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fairlead::fleet

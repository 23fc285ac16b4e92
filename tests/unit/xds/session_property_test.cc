// Random stories of one client against a model of it, for both kinds of session.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/rng.h"
#include "unit/xds/session_model.h"

namespace fairlead::xds {
namespace {

constexpr int kStorySteps = 250;
// For each kind: 20,000 operations in all, 10,000,000 in a soak.
std::uint64_t Stories() {
  return std::getenv("FAIRLEAD_SOAK") == nullptr ? 40 : 20'000;
}

class AnySession : public ::testing::TestWithParam<bool> {};

TEST_P(AnySession, GivesItsClientJustWhatThereIsWhateverHappensBefore) {
  for (std::uint64_t seed = 1; seed <= Stories(); ++seed) {
    Rng random(seed);
    SessionModel client(GetParam(), [&](std::size_t end) { return random.Below(end); });
    for (int step = 1; step <= kStorySteps; ++step) {
      client.Step();
      if (step % 10 == 0) client.Settle();
      ASSERT_EQ(client.problem(), "") << "seed " << seed << ", step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Xds, AnySession, ::testing::Bool(), [](const auto& kind) {
  return std::string(kind.param ? "Delta" : "Sotw");
});

}  // namespace
}  // namespace fairlead::xds

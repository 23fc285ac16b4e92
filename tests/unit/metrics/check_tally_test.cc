#include "metrics/check_tally.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "metrics/meter.h"
#include "metrics/page.h"

namespace fairlead::metrics {
namespace {

using namespace std::chrono_literals;
using spec::CheckClass;

bool Has(const std::string& page, const std::string& line) {
  return page.find(line + "\n") != std::string::npos;
}

TEST(CheckTally, TellsWhatTheMeterWouldHaveCounted) {
  CheckTally tally;
  Meter beside;
  const std::vector<std::pair<CheckClass, Duration>> checks = {
      {CheckClass::kServing, 400us},   {CheckClass::kServing, 1ms}, {CheckClass::kTimeout, 300ms},
      {CheckClass::kNotServing, 10ms}, {CheckClass::kTimeout, 11s}, {CheckClass::kCanaryFailed, 0s},
  };
  for (const auto& [check_class, latency] : checks) {
    tally.Observe(check_class, latency);
    beside.Count(Metric::kChecks, {std::string(spec::CheckClassName(check_class))});
    beside.Observe(Metric::kCheckSeconds, latency);
  }
  Meter meter;
  tally.TellTo(meter);
  EXPECT_EQ(PageOf(meter), PageOf(beside));
}

TEST(CheckTally, IsAskedWhenThePageIsMadeAndCountsOn) {
  CheckTally tally;
  Meter meter;
  meter.AddSource([&tally](Meter& into) { tally.TellTo(into); });
  tally.Observe(CheckClass::kServing, 1ms);
  meter.Refresh();
  meter.Refresh();
  EXPECT_TRUE(Has(PageOf(meter), R"(fairlead_checks_total{class="serving"} 1)")) << PageOf(meter);
  tally.Observe(CheckClass::kServing, 2ms);
  meter.Refresh();
  const std::string page = PageOf(meter);
  EXPECT_TRUE(Has(page, R"(fairlead_checks_total{class="serving"} 2)")) << page;
  EXPECT_TRUE(Has(page, "fairlead_check_seconds_count 2")) << page;
  EXPECT_TRUE(Has(page, R"(fairlead_check_seconds_bucket{le="0.001"} 1)")) << page;
}

}  // namespace
}  // namespace fairlead::metrics

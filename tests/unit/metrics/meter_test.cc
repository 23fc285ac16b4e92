#include "metrics/meter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "metrics/page.h"

namespace fairlead::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Meter, CountsBySeries) {
  Meter meter;
  meter.Count(Metric::kEvents, {"replica-seen"});
  meter.Count(Metric::kEvents, {"replica-seen"}, 2);
  meter.Count(Metric::kEvents, {"diagnostic"});
  const std::string page = PageOf(meter);
  EXPECT_NE(page.find("# TYPE fairlead_events_total counter\n"), std::string::npos) << page;
  EXPECT_NE(page.find("fairlead_events_total{kind=\"replica-seen\"} 3\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find("fairlead_events_total{kind=\"diagnostic\"} 1\n"), std::string::npos) << page;
}

TEST(Meter, PutsEachValueIntoTheBucketsThatHoldIt) {
  Meter meter;
  meter.Observe(Metric::kCheckSeconds, 1ms);
  meter.Observe(Metric::kCheckSeconds, 3ms);
  meter.Observe(Metric::kCheckSeconds, 1h);
  const std::string page = PageOf(meter);
  EXPECT_NE(page.find("fairlead_check_seconds_bucket{le=\"0.0005\"} 0\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find("fairlead_check_seconds_bucket{le=\"0.001\"} 1\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find("fairlead_check_seconds_bucket{le=\"0.005\"} 2\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find("fairlead_check_seconds_bucket{le=\"10\"} 2\n"), std::string::npos) << page;
  EXPECT_NE(page.find("fairlead_check_seconds_bucket{le=\"+Inf\"} 3\n"), std::string::npos) << page;
  EXPECT_NE(page.find("fairlead_check_seconds_count 3\n"), std::string::npos) << page;
}

TEST(Meter, ForgetsWhatIsNotNamedAnyMore) {
  Meter meter;
  meter.Replace(Metric::kServiceReplicas, {{{"shop", "a"}, 1}, {{"shop", "b"}, 2}});
  meter.Replace(Metric::kServiceReplicas, {{{"shop", "b"}, 3}});
  const std::string page = PageOf(meter);
  EXPECT_EQ(page.find("service=\"a\""), std::string::npos) << page;
  EXPECT_NE(page.find("{project=\"shop\",service=\"b\"} 3\n"), std::string::npos) << page;
}

TEST(Meter, AddsSamplesOfOneSeriesUp) {
  Meter meter;
  meter.Replace(Metric::kServiceVerdicts, {{{"p", "s", "ready"}, 1}, {{"p", "s", "ready"}, 1}});
  EXPECT_EQ(meter.All().at(Metric::kServiceVerdicts).at({"p", "s", "ready"}).value, 2);
}

TEST(Meter, HasAMostOfSeriesAndCountsTheRestAsOther) {
  Meter meter;
  for (std::size_t i = 0; i < kSeriesPerMetricMax + 5; ++i)
    meter.Count(Metric::kChecks, {std::to_string(i)});
  const auto all = meter.All();
  EXPECT_EQ(all.at(Metric::kChecks).size(), kSeriesPerMetricMax + 1);
  EXPECT_EQ(all.at(Metric::kChecks).at({"other"}).value, 5);
  EXPECT_EQ(all.at(Metric::kSeriesOverflow).at({"fairlead_checks_total"}).value, 5);
}

TEST(Meter, ShowsPrintableLabelsOfALimitedLength) {
  Meter meter;
  meter.Count(Metric::kChecks, {"a\n\"b\x1b" + std::string(500, 'x')});
  const std::string page = PageOf(meter);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_LT(page.size(), 600U);
  EXPECT_EQ(std::count(page.begin(), page.end(), '\n'), 3) << page;
}

}  // namespace
}  // namespace fairlead::metrics

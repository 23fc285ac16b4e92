// Servers that answer a check with all that they can send, beside others that behave.
#include <gtest/gtest.h>

#include <algorithm>

#include "integration/h2/frames.h"
#include "integration/health/flood_server.h"
#include "integration/health/live_server.h"
#include "integration/health/recording_sink.h"

namespace fairlead::health::testing {
namespace {

using h2::testing::Field;
using h2::testing::Frame;
using h2::testing::Settings;
using spec::CheckClass;

constexpr unsigned kData = 0, kHeaders = 1, kSettings = 4, kPing = 6, kContinuation = 9;
constexpr unsigned kEndHeaders = 4;

std::string Head() {
  return Frame(kHeaders, kEndHeaders, 1,
               Field(":status", "200") + Field("content-type", "application/grpc"));
}
std::string Repeat(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// A limit of its own for each target, so that no class but `protocol` comes of a busy machine.
spec::CheckTarget Often(std::uint16_t port, const std::string& id) {
  spec::CheckTarget target = TargetOn(port, id);
  target.health.mode = spec::HealthMode::kCheck;
  target.health.interval = 100ms;
  target.health.timeout = 5s;
  target.health.ping = 0ms;
  return target;
}

Duration MedianLatency(RecordingSink& sink, const std::string& id, std::size_t from) {
  std::vector<Duration> latencies;
  const std::vector<spec::CheckOutcome> outcomes = sink.Outcomes(id);
  for (std::size_t i = from; i < outcomes.size(); ++i) latencies.push_back(outcomes[i].latency);
  std::ranges::sort(latencies);
  return latencies.empty() ? Duration::zero() : latencies[latencies.size() / 2];
}

TEST(HostileTarget, IsQuarantinedWithItsReasonAndItsNeighboursNoticeNothing) {
  const std::string bomb = Repeat(Field("x-fill", std::string(100, 'b')), 100);
  // 100 KiB each, so that a send is worth a system call.
  const auto long_flood = [](const std::string& frame) {
    return Repeat(frame, 100 * 1024 / frame.size());
  };
  // A message that is as long as it may be, and never whole.
  const std::string trickle =
      Frame(kData, 0, 1, std::string("\0\0\0\xff\xff", 5) + std::string(16'000, 'd'));
  struct Row {
    std::string id;
    FloodServer server;
  };
  Row rows[] = {
      {"settings", {Settings(), long_flood(Frame(kSettings, 0, 0, "")), SIZE_MAX}},
      {"pings", {Settings(), long_flood(Frame(kPing, 0, 0, "12345678")), SIZE_MAX}},
      {"unknown-frames", {Settings(), long_flood(Frame(0x42, 0, 0, "")), SIZE_MAX}},
      {"data", {Settings() + Head(), long_flood(trickle), SIZE_MAX}},
      {"headers",
       {Settings() + Frame(kHeaders, 0, 1, bomb), long_flood(Frame(kContinuation, 0, 1, bomb)),
        SIZE_MAX}},
      {"one-byte-a-time", {Settings() + Head(), trickle, 1}},
  };

  LiveServer good;
  ProberUnderTest under_test;
  constexpr int kNeighbours = 20;
  const auto neighbour = [](int i) { return "good" + std::to_string(i); };
  for (int i = 0; i < kNeighbours; ++i) under_test.prober().Begin(Often(good.port(), neighbour(i)));
  std::vector<std::size_t> before(kNeighbours);
  for (int i = 0; i < kNeighbours; ++i) {
    under_test.sink().Outcome(neighbour(i), 10);
    before[static_cast<std::size_t>(i)] = under_test.sink().Outcomes(neighbour(i)).size();
  }

  for (Row& row : rows) under_test.prober().Begin(Often(row.server.port(), row.id));
  for (const Row& row : rows) {
    const spec::CheckOutcome outcome = under_test.sink().Outcome(row.id, 0);
    EXPECT_EQ(outcome.check_class, CheckClass::kProtocol) << row.id << ": " << outcome.detail;
    EXPECT_TRUE(outcome.is_over_limit) << row.id << ": " << outcome.detail;
    EXPECT_TRUE(outcome.detail.contains("not asked again for 10s")) << outcome.detail;
  }
  // Ten intervals later nobody has asked them again.
  for (int i = 0; i < kNeighbours; ++i) {
    const std::size_t from = before[static_cast<std::size_t>(i)];
    under_test.sink().Outcome(neighbour(i), from + 10);
    for (const spec::CheckOutcome& outcome : under_test.sink().Outcomes(neighbour(i)))
      EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
    EXPECT_LT(MedianLatency(under_test.sink(), neighbour(i), from), 20ms);
  }
  for (const Row& row : rows) {
    EXPECT_EQ(row.server.connections(), 1) << row.id;
    EXPECT_EQ(under_test.sink().Outcomes(row.id).size(), 1U) << row.id;
  }
}

// Each of its frames is a wake-up, a read and a write of ours, which is what a check may cost.
TEST(HostileTarget, IsEndedAfterFewReadsWhenItSendsOneFrameAfterAnother) {
  FloodServer server(Settings(), Frame(kSettings, 0, 0, ""), SIZE_MAX, 5s);
  ProberUnderTest under_test;
  under_test.prober().Begin(Often(server.port(), "c1"));
  const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(outcome.check_class, CheckClass::kProtocol) << outcome.detail;
  EXPECT_TRUE(outcome.is_over_limit) << outcome.detail;
  // The second that counts may be a new one once in between.
  EXPECT_LE(server.answered(), 2 * 64);
}

TEST(HostileTarget, IsAskedAgainEverLessOftenWhileItStaysSo) {
  FloodServer server(Settings(), Repeat(Frame(kPing, 0, 0, "12345678"), 5'000), SIZE_MAX);
  ProberLimits limits;
  limits.quarantine_first = 100ms;
  limits.quarantine_most = 400ms;
  ProberUnderTest under_test(limits);
  under_test.prober().Begin(Often(server.port(), "c1"));
  const char* const kPauses[] = {"100ms", "200ms", "400ms", "400ms"};
  for (std::size_t i = 0; i < std::size(kPauses); ++i) {
    const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", i);
    EXPECT_EQ(outcome.check_class, CheckClass::kProtocol);
    EXPECT_TRUE(outcome.detail.ends_with(std::string("for ") + kPauses[i])) << outcome.detail;
  }
}

}  // namespace
}  // namespace fairlead::health::testing

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_world.h"

namespace fairlead::fleet::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr int kSeeds = 25;
constexpr int kStepsPerSeed = 250;

TEST(FleetUnderRandomEvents, KeepsItsRulesAndRecoversWhenNothingGoesWrongAnyMore) {
  int cuts = 0;
  int standbys = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RandomWorld world(seed);
    for (int i = 0; i < kStepsPerSeed; ++i) world.HappenSomething();
    world.Heal();
    ASSERT_THAT(world.broken_rules(), IsEmpty()) << "seed " << seed;
    ASSERT_EQ(world.NotServing(), "") << "seed " << seed;
    cuts += world.cut_count();
    standbys += world.standby_count();
  }
  EXPECT_GT(cuts, 0) << "the rules of cuts were never put to the test";
  EXPECT_GT(standbys, 0) << "nor were those of standbys";
}

TEST(FleetUnderRandomEvents, IsReproducible) {
  const auto trace = [](std::uint64_t seed) {
    RandomWorld world(seed);
    for (int i = 0; i < kStepsPerSeed; ++i) world.HappenSomething();
    return world.trace();
  };
  EXPECT_EQ(trace(7), trace(7));
  EXPECT_NE(trace(7), trace(8));
}

// Six containers in their final state, and what their checks said.
struct Truth {
  std::vector<ContainerObserved> observed;
  std::vector<ProbeFinished> probed;
};

Truth MakeTruth() {
  Truth truth;
  for (int number = 1; number <= 6; ++number) {
    ContainerObserved one;
    one.facts.id = ContainerId("c" + std::to_string(number));
    one.facts.created = "2026-01-0" + std::to_string(number);
    one.facts.started_at = "life-2";
    one.facts.status = number == 6 ? EngineStatus::kExited : EngineStatus::kRunning;
    one.facts.networks = {{.network = "n",
                           .network_id = "n",
                           .ipv4 = "10.0.0." + std::to_string(number),
                           .ipv6 = ""}};
    spec::ServiceSpec spec;
    spec.name = {"shop", number % 2 == 0 ? "web" : "api"};
    spec.port = spec.health.port = 1;
    spec.compose_number = number == 5 ? 1 : number;  // 1 and 5 share a place, as in a recreate
    one.reading = {.opted_in = true, .spec = spec, .diagnostics = {}};
    truth.observed.push_back(one);
    const auto check_class =
        number == 3 ? spec::CheckClass::kNotServing : spec::CheckClass::kServing;
    truth.probed.push_back(
        {one.facts.generation(), {.check_class = check_class, .latency = {}, .detail = ""}});
  }
  return truth;
}

std::string Told(const Fleet& fleet) {
  std::string told;
  for (const ServiceName& name : fleet.services()) {
    const auto report = fleet.Report(name);
    for (const ReplicaReport& one : report->replicas) {
      told += one.name + " " + one.generation.id.value + " " + one.presence + " " + one.readiness +
              " " + one.liveness + " " + one.repair + " " +
              (one.in_rotation ? "in" : one.out_reason) + "\n";
    }
  }
  return told;
}

std::string ToldAfter(const std::vector<Event>& events) {
  Fleet fleet({}, {}, TimePoint(1h));
  for (const Event& event : events) fleet.Step(event, TimePoint(1h));
  return Told(fleet);
}

void Shuffle(std::vector<Event>& events, Rng& rng) {
  for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[rng.Below(i)]);
}

TEST(FleetUnderRandomEvents, RepeatedAndReorderedObservationsEndInTheSamePicture) {
  const Truth truth = MakeTruth();
  std::vector<Event> plain(truth.observed.begin(), truth.observed.end());
  plain.emplace_back(InventorySynced{});
  plain.insert(plain.end(), truth.probed.begin(), truth.probed.end());
  const std::string expected = ToldAfter(plain);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    std::vector<Event> first(truth.observed.begin(), truth.observed.end());
    first.insert(first.end(), truth.observed.begin(), truth.observed.end());
    Shuffle(first, rng);
    std::vector<Event> second(truth.probed.begin(), truth.probed.end());
    second.insert(second.end(), truth.observed.begin(), truth.observed.end());
    for (const ContainerObserved& one : truth.observed) {
      second.emplace_back(
          ProbeFinished{{one.facts.id, "life-1"},
                        {.check_class = spec::CheckClass::kTimeout, .latency = {}, .detail = ""}});
      second.emplace_back(ProcessExited{{one.facts.id, "life-1"}});
      second.emplace_back(Tick{});
    }
    Shuffle(second, rng);
    first.emplace_back(InventorySynced{});
    first.insert(first.end(), second.begin(), second.end());
    ASSERT_EQ(ToldAfter(first), expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace fairlead::fleet::testing

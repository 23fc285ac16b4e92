// Whose reports a step says have changed: readers take those again, and no others.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "fleet/fleet.h"

namespace fairlead::fleet {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

ContainerObserved Seen(const std::string& project, const std::string& service) {
  ContainerFacts facts;
  facts.id = ContainerId(project + "-" + service);
  facts.name = project + "-" + service + "-1";
  facts.status = EngineStatus::kRunning;
  facts.started_at = "life-1";
  facts.started_ns = 1;
  facts.networks = {
      {.network = project, .network_id = project + service, .ipv4 = "10.0.0.1", .ipv6 = ""}};
  spec::ServiceSpec spec;
  spec.name = {project, service};
  spec.port = spec.health.port = 50051;
  spec.compose_number = 1;
  return {std::move(facts),
          spec::LabelReading{.opted_in = true, .spec = std::move(spec), .diagnostics = {}},
          std::nullopt};
}

std::string Changed(const Effects& effects) {
  std::string text;
  for (const ServiceName& name : effects.reports_changed)
    text += (text.empty() ? "" : " ") + name.Text();
  return text;
}

class FleetReports : public ::testing::Test {
 protected:
  static Remembered OneThatIsGone() {
    Remembered remembered;
    remembered.next_act = ActId(1);
    remembered.intents.push_back({.service = {"gone", "ghost"},
                                  .replica = "ghost.gone/1",
                                  .container = {},
                                  .kind = IntentKind::kDrained,
                                  .actor = "uid 0",
                                  .reason = "",
                                  .at = kStart});
    return remembered;
  }

  FleetReports() : fleet_({}, OneThatIsGone(), kStart) {
    for (const auto& [project, service] :
         {std::pair("shop", "api"), std::pair("shop", "web"), std::pair("blog", "api")}) {
      EXPECT_EQ(Changed(fleet_.Step(Seen(project, service), kStart)),
                std::string(service) + "." + project);
    }
  }

  std::string Paused(PauseScope scope, const std::string& name) {
    return Changed(fleet_.Step(OperatorCommand{.command = next_++,
                                               .verb = OperatorVerb::kPause,
                                               .replica = name,
                                               .actor = "uid 0",
                                               .reason = "",
                                               .force = false,
                                               .scope = scope},
                               kStart));
  }

  Fleet fleet_;
  std::uint64_t next_ = 1;
};

TEST_F(FleetReports, APauseChangesThoseThatItCovers) {
  EXPECT_EQ(Paused(PauseScope::kService, "web.shop"), "web.shop");
  EXPECT_EQ(Paused(PauseScope::kService, "api.blog"), "api.blog");
  EXPECT_EQ(Paused(PauseScope::kProject, "blog"), "api.blog");
  EXPECT_EQ(Paused(PauseScope::kProject, "shop"), "api.shop web.shop");
  EXPECT_EQ(Paused(PauseScope::kReplica, "api.shop/1"), "api.shop");
  EXPECT_EQ(Paused(PauseScope::kHost, ""), "api.blog api.shop web.shop");
}

// A service of which nothing but an intent is kept has no report.
TEST_F(FleetReports, ANewPhaseChangesAllThatHaveOne) {
  EXPECT_EQ(Changed(fleet_.Step(InventorySynced{}, kStart)), "api.blog api.shop web.shop");
}

TEST_F(FleetReports, ATickChangesNobody) {
  EXPECT_EQ(Changed(fleet_.Step(Tick{}, kStart + 1ms)), "");
}

}  // namespace
}  // namespace fairlead::fleet

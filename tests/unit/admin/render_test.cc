#include "admin/render.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

#include "admin/render_explanation.h"

namespace fairlead::admin {
namespace {

using namespace std::chrono_literals;

runtime::WallTime Wall(TimePoint when) {
  return runtime::WallTime(1'700'000'000s) + when.time_since_epoch();
}

fleet::ServiceReport Service() {
  fleet::ServiceReport service;
  service.name = {.project = "shop", .service = "user-service"};
  service.port = 50051;
  service.revision = 7;
  service.in_rotation = 1;
  service.replicas.resize(2);
  return service;
}

TEST(Render, AServiceHasItsResourceNameAndCounts) {
  fleet::ServiceReport report = Service();
  pb::Service service = RenderService(report);
  EXPECT_EQ(service.name(), "services/user-service.shop");
  EXPECT_EQ(service.replica_count(), 2);
  EXPECT_FALSE(service.has_adopted_revision());
  report.adopted_revision = 0;
  service = RenderService(report);
  EXPECT_TRUE(service.has_adopted_revision());
}

TEST(Render, LoadIsRatesAndOpenCallsWithTheTimeOfItsNewestReport) {
  const pb::CallLoad load = RenderLoad({.clients = 2,
                                        .in_progress = UINT64_MAX,
                                        .issued_per_second = 120.5,
                                        .failed_per_second = 0.5,
                                        .dropped_per_second = 1,
                                        .told_at = TimePoint(2s)},
                                       Wall);
  EXPECT_EQ(load.client_count(), 2);
  EXPECT_EQ(load.in_progress(), INT64_MAX) << "clients tell any number";
  EXPECT_EQ(load.issued_per_second(), 120.5);
  EXPECT_EQ(load.failed_per_second(), 0.5);
  EXPECT_EQ(load.dropped_per_second(), 1);
  EXPECT_EQ(load.time().seconds(), 1'700'000'002);
}

TEST(Render, AnExplanationHasTheLoadOfServiceAndReplicaWhereSomebodyTells) {
  fleet::Explanation explanation;
  explanation.replicas.resize(1);
  EXPECT_FALSE(RenderExplanation(explanation, Wall).service().has_load());
  EXPECT_FALSE(RenderExplanation(explanation, Wall).replicas(0).has_load());
  explanation.load = spec::CallLoad{.clients = 4};
  explanation.replicas[0].load = spec::CallLoad{.clients = 1};
  const pb::Explanation shown = RenderExplanation(explanation, Wall);
  EXPECT_EQ(shown.service().load().client_count(), 4);
  EXPECT_EQ(shown.replicas(0).load().client_count(), 1);
}

TEST(Render, AReplicaShowsItsLastCheckAndTimesOnTheWallClock) {
  fleet::ReplicaReport report;
  report.name = "user-service.shop/2~";
  report.rotation_since = TimePoint(1500ms);
  report.last_check = spec::CheckOutcome{
      .check_class = spec::CheckClass::kTimeout, .latency = 1001ms, .detail = "no answer"};
  report.last_check_at = TimePoint(2s);
  const pb::Replica replica = RenderReplica(Service(), report, Wall);
  EXPECT_EQ(replica.name(), "services/user-service.shop/replicas/2~");
  EXPECT_EQ(replica.display_name(), "user-service.shop/2~");
  EXPECT_EQ(replica.rotation_since().seconds(), 1'700'000'001);
  EXPECT_EQ(replica.rotation_since().nanos(), 500'000'000);
  EXPECT_EQ(replica.last_check().check_class(), pb::CHECK_CLASS_TIMEOUT);
  EXPECT_EQ(replica.last_check().latency().seconds(), 1);
  EXPECT_EQ(replica.last_check().latency().nanos(), 1'000'000);
}

TEST(Render, TheStatusHasTheBrakeOnlyWhileItIsOn) {
  controller::DaemonStatus status;
  EXPECT_FALSE(RenderStatus(status, "1", Wall).has_brake_since());
  status.brake = "2 of 4 replicas fail";
  status.brake_since = TimePoint(2s);
  const pb::Status shown = RenderStatus(status, "1", Wall);
  EXPECT_EQ(shown.brake(), "2 of 4 replicas fail");
  EXPECT_EQ(shown.brake_since().seconds(), 1'700'000'002);
}

TEST(Render, AnEndComesWithItsEvidenceAndTheStatusWithTheSignalsOfDeath) {
  fleet::ReplicaReport report;
  report.departure = "crash(7)";
  report.departure_evidence = "exit code 7";
  const pb::Replica replica = RenderReplica(Service(), report, Wall);
  EXPECT_EQ(replica.departure(), "crash(7)");
  EXPECT_EQ(replica.departure_evidence(), "exit code 7");
  controller::DaemonStatus status;
  status.death_signals = {"probe", "engine events"};
  status.death_signals_off = "pidfd is off: remote";
  status.cut_off = "off: no capability";
  status.callers_reset = 7;
  status.http_addresses = {"127.0.0.1:18080"};
  status.http_token_path = "/state/http.token";
  const pb::Status shown = RenderStatus(status, "1", Wall);
  EXPECT_EQ(shown.cut_off(), "off: no capability");
  EXPECT_EQ(shown.callers_reset_count(), 7U);
  ASSERT_EQ(shown.http_addresses_size(), 1);
  EXPECT_EQ(shown.http_addresses(0), "127.0.0.1:18080");
  EXPECT_EQ(shown.http_token_file(), "/state/http.token");
  ASSERT_EQ(shown.death_signals_size(), 2);
  EXPECT_EQ(shown.death_signals(0), "probe");
  EXPECT_EQ(shown.death_signals_off(), "pidfd is off: remote");
}

TEST(Render, ATimeBeforeTheEpochStaysAValidTimestamp) {
  controller::DaemonStatus status;
  const pb::Status shown =
      RenderStatus(status, "1", [](TimePoint) { return runtime::WallTime(-1500ms); });
  EXPECT_EQ(shown.start_time().seconds(), -2);
  EXPECT_EQ(shown.start_time().nanos(), 500'000'000);
}

TEST(Render, EveryInventoryStateHasAValueAndTheEnginesWordsArePrintable) {
  using enum controller::InventoryState;
  std::set<pb::Inventory::State> states;
  for (const auto state : {kConnecting, kSynced, kFrozen, kStale}) {
    controller::DaemonStatus status;
    status.inventory.state = state;
    status.inventory.reason = "\x1b[2J";
    status.inventory.missed_events = 3;
    const pb::Status shown = RenderStatus(status, "1", Wall);
    states.insert(shown.inventory().state());
    EXPECT_EQ(shown.inventory().reason(), "\\x1b[2J");
    EXPECT_EQ(shown.missed_event_count(), 3U);
    EXPECT_FALSE(shown.inventory().has_list_time());
  }
  EXPECT_EQ(states.size(), 4U);
  EXPECT_FALSE(states.contains(pb::Inventory::STATE_UNSPECIFIED));
}

TEST(Render, HostileTextIsValidUtf8AndPrintable) {
  fleet::ReplicaReport report;
  report.container_name = "a\xff\x1b[2J\n";
  report.last_cause = std::string(100'000, 'x');
  const pb::Replica replica = RenderReplica(Service(), report, Wall);
  EXPECT_EQ(replica.container_name(), "a\\xff\\x1b[2J\\x0a");
  EXPECT_LT(replica.last_cause().size(), 1024U);
}

TEST(Render, EveryCodeOfTheCoreHasItsOwnCodeInTheApi) {
  std::set<int> phases;
  for (int phase = 0; phase <= static_cast<int>(fleet::Phase::kStopping); ++phase) {
    controller::DaemonStatus status;
    status.phase = static_cast<fleet::Phase>(phase);
    phases.insert(RenderStatus(status, "", Wall).phase());
  }
  EXPECT_EQ(phases.size(), static_cast<std::size_t>(fleet::Phase::kStopping) + 1);
  EXPECT_FALSE(phases.contains(pb::PHASE_UNSPECIFIED));

  std::set<int> classes;
  for (int check = 0; check <= static_cast<int>(spec::CheckClass::kCanaryFailed); ++check) {
    fleet::ReplicaReport report;
    report.last_check.emplace().check_class = static_cast<spec::CheckClass>(check);
    classes.insert(RenderReplica(Service(), report, Wall).last_check().check_class());
  }
  EXPECT_EQ(classes.size(), static_cast<std::size_t>(spec::CheckClass::kCanaryFailed) + 1);
  EXPECT_FALSE(classes.contains(pb::CHECK_CLASS_UNSPECIFIED));

  std::set<int> kinds;
  for (int kind = 0; kind <= static_cast<int>(fleet::NoteKind::kAccessRefused); ++kind) {
    controller::RecordedEvent event;
    event.note.kind = static_cast<fleet::NoteKind>(kind);
    kinds.insert(RenderEvent(event).kind());
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(fleet::NoteKind::kAccessRefused) + 1);
  EXPECT_FALSE(kinds.contains(pb::EVENT_KIND_UNSPECIFIED));
}

TEST(Render, AnEventOfTheDaemonNamesNoService) {
  controller::RecordedEvent event;
  event.id = 17;
  event.note.code = "serving";
  const pb::Event shown = RenderEvent(event);
  EXPECT_EQ(shown.name(), "events/17");
  EXPECT_EQ(shown.service(), "");
}

}  // namespace
}  // namespace fairlead::admin

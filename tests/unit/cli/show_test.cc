#include "cli/show.h"

#include <gtest/gtest.h>

#include <sstream>

namespace fairlead::cli {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

TEST(Show, CodesAreTheStableOnes) {
  EXPECT_EQ(CodeOf(pb::PHASE_ENGINE_SYNCED), "engine-synced");
  EXPECT_EQ(CodeOf(pb::CHECK_CLASS_NOT_SERVING), "not-serving");
  EXPECT_EQ(CodeOf(pb::EVENT_KIND_ROTATION_CHANGED), "rotation-changed");
  EXPECT_EQ(CodeOf(static_cast<pb::Phase>(99)), "unknown") << "a newer daemon may know more";
}

TEST(Show, AgesHaveOneUnit) {
  for (const auto& [seconds, text] :
       std::vector<std::pair<std::int64_t, std::string>>{{-5, "0s"},
                                                         {0, "0s"},
                                                         {119, "119s"},
                                                         {120, "2m"},
                                                         {7199, "119m"},
                                                         {7200, "2h"},
                                                         {172'800, "2d"}}) {
    EXPECT_EQ(Age(seconds), text);
  }
}

TEST(Show, TheStatusTellsOfTheBrakeWhileItIsOn) {
  pb::Status status;
  EXPECT_EQ(ShowStatus(status, 1'000, {}).find("brake"), std::string::npos);
  status.set_brake("2 of 4 replicas of this host fail");
  status.mutable_brake_since()->set_seconds(910);
  EXPECT_NE(ShowStatus(status, 1'000, {})
                .find("brake     on for 90s: 2 of 4 replicas of this host fail\n"),
            std::string::npos);
}

TEST(Show, TheStatusTellsHowDeathsAreSeenAndWhatIsMissing) {
  pb::Status status;
  EXPECT_EQ(ShowStatus(status, kNow, {}).find("deaths"), std::string::npos) << "an older daemon";
  for (const char* signal : {"pidfd", "probe", "engine events"}) status.add_death_signals(signal);
  EXPECT_NE(ShowStatus(status, kNow, {}).find("deaths    seen by pidfd, probe, engine events\n"),
            std::string::npos);
  status.mutable_death_signals()->DeleteSubrange(0, 1);
  status.set_death_signals_off("pidfd is off: no such process");
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("seen by probe, engine events; pidfd is off: no such process\n"),
            std::string::npos);
}

TEST(Show, TheStatusTellsWhatWasCutLooseOrWhyNothingIs) {
  pb::Status status;
  EXPECT_EQ(ShowStatus(status, kNow, {}).find("cut "), std::string::npos);
  status.set_callers_reset_count(7);
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("cut       7 connections of callers that waited on a silent replica\n"),
            std::string::npos);
  status.set_cut_off("off: no capability");
  EXPECT_NE(ShowStatus(status, kNow, {}).find("cut       off: no capability\n"), std::string::npos);
}

pb::Replica Replica(const std::string& name) {
  pb::Replica replica;
  replica.set_display_name(name);
  replica.set_presence("running");
  replica.set_in_rotation(true);
  replica.set_intent("none");
  replica.set_repair("idle");
  replica.set_address("172.31.0.4:50051");
  replica.mutable_rotation_since()->set_seconds(kNow - 300);
  replica.mutable_last_check()->set_check_class(pb::CHECK_CLASS_SERVING);
  replica.mutable_last_check()->mutable_latency()->set_nanos(1'234'000);
  return replica;
}

TEST(Show, AReplicaThatDoesNotRunTellsWhoseDoingThatIs) {
  pb::Replica down = Replica("user-service.shop/1");
  down.set_presence("exited");
  down.set_departure("crash(137)");
  EXPECT_NE(ShowReplicas({down}, kNow, {.columns_max = 100}).find("  crash(137)  "),
            std::string::npos);
}

TEST(Show, AReplicaThatStandsBySaysSo) {
  pb::Replica standby = Replica("user-service.shop/1");
  EXPECT_EQ(RotationText(standby), "in");
  standby.set_is_standby(true);
  EXPECT_EQ(RotationText(standby), "in (standby)");
  standby.set_is_panic(true);
  EXPECT_EQ(RotationText(standby), "in (panic)");
}

TEST(Show, ReplicasTellTheirRotationAndItsReason) {
  pb::Replica out = Replica("user-service.shop/2");
  out.set_in_rotation(false);
  out.set_out_reason("not-serving");
  out.set_intent("drained");
  out.set_repair("held(min-available)");
  out.set_restarts_in_window(2);
  out.clear_last_check();
  EXPECT_EQ(ShowReplicas({Replica("user-service.shop/1"), out}, kNow, {.columns_max = 160}),
            "REPLICA              ROTATION          SINCE  STATE    LAST CHECK     REPAIR"
            "                                     ADDRESS\n"
            "user-service.shop/1  in                5m     running  serving 1.2ms  idle"
            "                                       172.31.0.4:50051\n"
            "user-service.shop/2  out(not-serving)  5m     running  -              "
            "drained, held(min-available) (2 restarts)  172.31.0.4:50051\n");
}

TEST(Show, ReplicasFitTheTerminalWhateverIsSaidOfThem) {
  pb::Replica hostile = Replica("a.b/2\n\x1b[2J");
  hostile.set_out_reason(std::string(200, 'y'));
  hostile.set_in_rotation(false);
  std::istringstream lines(ShowReplicas({hostile, Replica("a.b/1")}, kNow, {}));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_LE(line.size(), kColumnsMax) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(count, 3);
}

TEST(Show, ServicesTellHowManyServe) {
  pb::Service service;
  service.set_name("services/user-service.shop");
  service.set_port(50051);
  service.set_replica_count(3);
  service.set_in_rotation_count(2);
  service.set_available_minimum(1);
  service.set_revision(7);
  EXPECT_EQ(ShowServices({service}, kNow, {}),
            "SERVICE            PORT   IN ROTATION  MINIMUM  REVISION  ADOPTED\n"
            "user-service.shop  50051  2/3          1        7         -\n");
}

TEST(Show, ServicesTellTheirCallsWhereClientsReportThem) {
  pb::Service silent;
  silent.set_name("services/a.shop");
  pb::Service called;
  called.set_name("services/b.shop");
  called.mutable_load()->set_client_count(2);
  called.mutable_load()->set_issued_per_second(120.5);
  called.mutable_load()->set_in_progress(3);
  called.mutable_load()->mutable_time()->set_seconds(kNow - 2);
  EXPECT_EQ(ShowServices({silent, called}, kNow, {}),
            "SERVICE  PORT  IN ROTATION  MINIMUM  REVISION  ADOPTED  CALLS            TOLD\n"
            "a.shop   0     0/0          0        0         -        -                -\n"
            "b.shop   0     0/0          0        0         -        120.5/s, 3 open  2s ago\n");
  called.mutable_load()->set_failed_per_second(0.5);
  called.mutable_load()->set_dropped_per_second(1);
  EXPECT_EQ(CallsText(called.load()), "120.5/s, 3 open, 0.5/s failed, 1.0/s dropped by clients");
}

TEST(Show, NothingAtAllSaysWhatToDo) {
  EXPECT_NE(ShowServices({}, kNow, {}).find("fairlead.enable=true"), std::string::npos);
}

TEST(Show, StatusSaysWhatIsWrong) {
  pb::Status status;
  status.set_version("0.1.0");
  status.set_phase(pb::PHASE_STALE);
  status.set_phase_reason("engine: connection refused");
  status.mutable_phase_since()->set_seconds(kNow - 30);
  status.mutable_start_time()->set_seconds(kNow - 7200);
  status.set_engine_endpoint("unix:/run/docker.sock");
  status.set_service_count(1);
  status.set_replica_count(3);
  status.set_replica_in_rotation_count(2);
  EXPECT_EQ(ShowStatus(status, kNow, {}),
            "phase     stale for 30s: engine: connection refused\n"
            "daemon    0.1.0, up 2h\n"
            "engine    not reached yet (unix:/run/docker.sock)\n"
            "services  1\n"
            "replicas  3, 2 in rotation\n");
}

TEST(Show, StatusEndsWithWhoAsksAndWhatItMay) {
  pb::Status status;
  EXPECT_EQ(ShowStatus(status, kNow, {}).find("you"), std::string::npos) << "an older daemon";
  status.set_caller("spiffe://corp/staff/bob");
  status.set_caller_role("viewer");
  EXPECT_TRUE(
      ShowStatus(status, kNow, {}).ends_with("you       spiffe://corp/staff/bob: viewer here\n"));
}

TEST(Show, TheInventorySaysHowFarItCanBeTrustedAndWhy) {
  pb::Status status;
  status.set_missed_event_count(2);
  pb::Inventory& inventory = *status.mutable_inventory();
  inventory.set_state(pb::Inventory::FROZEN);
  inventory.set_code("engine-silent");
  inventory.set_reason("ping the engine: no complete answer in time");
  inventory.mutable_since()->set_seconds(kNow - 7);
  inventory.mutable_list_time()->set_seconds(kNow - 40);
  inventory.set_list_count(3);
  inventory.set_reconnect_count(1);
  inventory.set_failed_inspect_count(5);
  inventory.set_undecided_container_count(2);
  inventory.set_unreadable_event_count(4);
  const std::string text = ShowStatus(status, kNow, {});
  EXPECT_EQ(text.substr(text.find("inventory")),
            "inventory frozen for 7s, engine-silent: ping the engine: no complete answer in time\n"
            "          last full list 40s ago, 3 in all, 1 reconnects\n"
            "          5 inspects failed, 2 containers undecided now\n"
            "events    2 of the engine's were lost; a full look followed each time\n"
            "events    4 of the engine's were unreadable; a full list followed\n");
}

TEST(Show, DiagnosticsComeWithTheirHint) {
  pb::ContainerDiagnostics container;
  container.set_container_name("shop-web-1");
  pb::Diagnostic& diagnostic = *container.add_diagnostics();
  diagnostic.set_severity(pb::SEVERITY_ERROR);
  diagnostic.set_code("label-missing-port");
  diagnostic.set_subject("fairlead.port");
  diagnostic.set_message("several ports are exposed");
  diagnostic.set_hint("say which one serves, e.g. fairlead.port=50051");
  EXPECT_EQ(ShowDiagnostics({container}, {}),
            "error shop-web-1: fairlead.port: several ports are exposed [label-missing-port]\n"
            "  hint: say which one serves, e.g. fairlead.port=50051\n");
  EXPECT_EQ(ShowDiagnostics({}, {}), "");
}

TEST(Show, AnEventIsOneLine) {
  pb::Event event;
  event.mutable_time()->set_seconds(kNow);
  event.mutable_time()->set_nanos(5'000'000);
  event.set_kind(pb::EVENT_KIND_ROTATION_CHANGED);
  event.set_service("services/user-service.shop");
  event.set_replica("user-service.shop/2");
  event.set_code("out(dead)");
  event.set_text("the process is gone\nforged line");
  EXPECT_EQ(ShowEvent(event, {}),
            "2023-11-14 22:13:20.005 user-service.shop/2 out(dead): the process is "
            "gone\\x0aforged line\n");
  event.clear_replica();
  event.clear_service();
  event.clear_code();
  EXPECT_NE(ShowEvent(event, {}).find(" fairleadd rotation-changed: "), std::string::npos);
}

TEST(Show, TheStatusTellsWhoPausedWhatAndWhy) {
  pb::Status status;
  EXPECT_EQ(ShowStatus(status, kNow, {}).find("paused"), std::string::npos);
  pb::Pause& pause = *status.add_pauses();
  pause.set_display_name("project shop");
  pause.set_actor("uid 0");
  pause.set_reason("rollout");
  pause.mutable_time()->set_seconds(kNow - 300);
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("repairs   paused of project shop for 5m by uid 0: rollout\n"),
            std::string::npos);
}

TEST(Show, TheStatusTellsWhatIsKeptAndWhatWasLost) {
  pb::Status status;
  EXPECT_EQ(ShowStatus(status, kNow, {}).find("journal"), std::string::npos) << "an older daemon";
  pb::Journal& journal = *status.mutable_journal();
  journal.set_entry_count(12);
  journal.mutable_oldest_time()->set_seconds(kNow - 300);
  journal.set_size_bytes(3 * 512 * 1024);
  journal.set_size_bytes_max(64 * 1024 * 1024);
  EXPECT_NE(ShowStatus(status, kNow, {}).find("journal   12 events of 5m, 1.5 of 64 MiB\n"),
            std::string::npos);
  journal.set_pruned_count(7);
  journal.set_dropped_count(5);
  journal.set_trouble("write events: disk full");
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("MiB; 7 old ones pruned; 5 not written\n          write events: disk full\n"),
            std::string::npos);
}

TEST(Show, TheStatusTellsWhatBecameOfAWebhooksEvents) {
  pb::Status status;
  pb::Webhook& webhook = *status.add_webhooks();
  webhook.set_url("https://alerts.example");
  webhook.set_delivered_count(3);
  EXPECT_NE(ShowStatus(status, kNow, {}).find("webhook   https://alerts.example: 3 delivered\n"),
            std::string::npos);
  webhook.set_waiting_count(1);
  webhook.set_failed_count(2);
  webhook.set_dropped_count(4);
  webhook.set_trouble("it answered 500");
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("3 delivered, 1 waiting, 2 failed, 4 thrown away; it answered 500\n"),
            std::string::npos);
}

TEST(Show, TheStatusTellsWhetherAFileIsAsItShouldBe) {
  pb::Status status;
  pb::FileSink& sink = *status.add_file_sinks();
  sink.set_output("/run/up.conf");
  sink.set_written_count(3);
  sink.set_refused_count(2);
  sink.set_changed("users.shop +10.0.0.1:80");
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("file      /run/up.conf: 3 written; users.shop +10.0.0.1:80\n"),
            std::string::npos);
  sink.set_trouble("nginx refuses it");
  EXPECT_NE(ShowStatus(status, kNow, {})
                .find("file      /run/up.conf: 3 written, 2 refused; nginx refuses it\n"),
            std::string::npos);
}

}  // namespace
}  // namespace fairlead::cli

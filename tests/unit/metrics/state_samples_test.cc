#include "metrics/state_samples.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "metrics/page.h"

namespace fairlead::metrics {
namespace {

fleet::ReplicaReport Replica(const std::string& readiness, const std::string& repair) {
  fleet::ReplicaReport replica;
  replica.readiness = readiness;
  replica.repair = repair;
  replica.restarts_in_window = 1;
  return replica;
}

DaemonState StateWithOneService() {
  DaemonState state;
  state.version = "1.2.3";
  state.status.phase = fleet::Phase::kStale;
  state.status.brake = "2 of 3 are silent";
  auto service = std::make_shared<fleet::ServiceReport>();
  service->name = {.project = "shop", .service = "api"};
  service->revision = 7;
  service->adopted_revision = 5;
  service->in_rotation = 2;
  service->available_minimum = 1;
  service->replicas = {Replica("ready", "idle"), Replica("ready", "idle"),
                       Replica("not-ready(timeout)", "held(brake)")};
  service->replicas[0].is_panic = true;
  state.services.push_back(service);
  return state;
}

bool Shows(const Meter& meter, const std::string& line) {
  return PageOf(meter).find("\n" + line + "\n") != std::string::npos;
}

TEST(StateSamples, TellTheDaemonAndItsServices) {
  Meter meter;
  TakeState(StateWithOneService(), meter);
  const std::string service = "{project=\"shop\",service=\"api\"}";
  for (const std::string& line : {
           std::string("fairlead_build_info{version=\"1.2.3\"} 1"),
           std::string("fairlead_phase{phase=\"stale\"} 1"),
           std::string("fairlead_phase{phase=\"serving\"} 0"),
           std::string("fairlead_brake_on 1"),
           "fairlead_service_replicas" + service + " 3",
           "fairlead_service_replicas_in_rotation" + service + " 2",
           "fairlead_service_replicas_panic" + service + " 1",
           "fairlead_service_available_minimum" + service + " 1",
           "fairlead_service_restarts_in_window" + service + " 3",
           "fairlead_service_adoption_lag_revisions" + service + " 2",
           std::string(
               "fairlead_service_verdicts{project=\"shop\",service=\"api\",readiness=\"ready\"} 2"),
           std::string("fairlead_service_repairs{project=\"shop\",service=\"api\",repair=\"held("
                       "brake)\"} 1"),
       })
    EXPECT_TRUE(Shows(meter, line)) << line << "\n" << PageOf(meter);
}

TEST(StateSamples, AServiceThatIsGoneHasNoSeries) {
  Meter meter;
  DaemonState state = StateWithOneService();
  TakeState(state, meter);
  state.services.clear();
  TakeState(state, meter);
  EXPECT_EQ(PageOf(meter).find("service=\"api\""), std::string::npos);
}

TEST(StateSamples, EventsAreCountedByKindAndActsByTheirEnd) {
  Meter meter;
  fleet::Note note;
  note.kind = fleet::NoteKind::kActFinished;
  note.code = "failed";
  CountEvent(note, meter);
  EXPECT_TRUE(Shows(meter, "fairlead_events_total{kind=\"act-finished\"} 1"));
  EXPECT_TRUE(Shows(meter, "fairlead_acts_total{outcome=\"failed\"} 1"));
}

}  // namespace
}  // namespace fairlead::metrics

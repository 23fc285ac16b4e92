#include "docker/actuator_policy.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace fairlead::docker {
namespace {

constexpr ApiVersion kPolicyVersion{1, 41};
const ContainerId kJudged("3f2a");

EngineRequest RequestOf(Verb verb, const std::string& signal = "") {
  return {.verb = verb, .version = kPolicyVersion, .id = kJudged, .signal = signal};
}

// "at once", "no", or what comes of it once the container has been looked at: "no" or "yes".
std::string Fate(const EngineRequest& request, const ContainerFacts& facts, const Grants& grants) {
  const auto may = MayAskAtOnce(request, grants);
  if (!may) {
    EXPECT_EQ(may.error().code, Code::kPermissionDenied);
    return "no";
  }
  if (*may) return "at once";
  const auto judged = MayAct(request, facts, grants);
  if (judged) return "yes";
  EXPECT_EQ(judged.error().code, Code::kPermissionDenied);
  EXPECT_FALSE(judged.error().message.empty());
  return "no";
}

struct LabelRow {
  std::map<std::string, std::string> labels;
  std::string acts;  // start, stop, restart
  std::string logs;
  std::string hang_up;
};

TEST(ActuatorPolicy, WalksTheTable) {
  const Grants grants{.hang_up = {"web"}};
  for (const LabelRow& row : std::vector<LabelRow>{
           {{{"fairlead.enable", "true"}}, "yes", "yes", "no"},
           {{{"autoheal", "true"}}, "yes", "yes", "no"},
           {{{"autoheal", "true"}, {"fairlead.enable", "false"}}, "no", "no", "no"},
           {{{"autoheal", "yes"}}, "no", "no", "no"},
           {{{"fairlead.enable", "ture"}}, "no", "no", "no"},
           {{{"fairlead.port", "80"}}, "no", "no", "no"},
           {{}, "no", "no", "no"},
       }) {
    const ContainerFacts facts{.id = kJudged, .name = "api", .labels = row.labels};
    const std::string labels = row.labels.empty() ? "" : row.labels.begin()->first;
    for (const Verb verb :
         {Verb::kPing, Verb::kInfo, Verb::kList, Verb::kListRunning, Verb::kEvents, Verb::kInspect})
      EXPECT_EQ(Fate(RequestOf(verb), facts, grants), "at once") << labels;
    for (const Verb verb : {Verb::kStart, Verb::kStop, Verb::kRestart})
      EXPECT_EQ(Fate(RequestOf(verb), facts, grants), row.acts) << labels;
    EXPECT_EQ(Fate(RequestOf(Verb::kLogs), facts, grants), row.logs) << labels;
    EXPECT_EQ(Fate(RequestOf(Verb::kKill, "SIGHUP"), facts, grants), row.hang_up) << labels;
  }
}

TEST(ActuatorPolicy, HangsUpOnWhomFileSinksNameAndSendsNoOtherSignal) {
  const ContainerFacts web{.id = kJudged, .name = "web"};
  EXPECT_EQ(Fate(RequestOf(Verb::kKill, "SIGHUP"), web, {.hang_up = {"web"}}), "yes");
  EXPECT_EQ(Fate(RequestOf(Verb::kKill, "SIGHUP"), web, {.hang_up = {"other"}}), "no");
  EXPECT_EQ(Fate(RequestOf(Verb::kKill, "SIGHUP"), web, {}), "no");
  for (const char* signal : {"SIGKILL", "1", "HUP", ""})
    EXPECT_EQ(Fate(RequestOf(Verb::kKill, signal), web, {.hang_up = {"web"}}), "no") << signal;
}

TEST(ActuatorPolicy, AHostThatOnlyObservesIsActedOnByNobody) {
  const ContainerFacts facts{.id = kJudged, .labels = {{"fairlead.enable", "true"}}};
  for (const Verb verb : {Verb::kStart, Verb::kStop, Verb::kRestart})
    EXPECT_EQ(Fate(RequestOf(verb), facts, {.may_act = false}), "no");
  EXPECT_EQ(Fate(RequestOf(Verb::kLogs), facts, {.may_act = false}), "yes");
}

TEST(ActuatorPolicy, NeverActsOnItsOwnContainer) {
  const ContainerFacts facts{.id = kJudged, .labels = {{"fairlead.enable", "true"}}};
  for (const Verb verb : {Verb::kStart, Verb::kStop, Verb::kRestart})
    EXPECT_EQ(Fate(RequestOf(verb), facts, {.self = kJudged}), "no");
}

TEST(ActuatorPolicy, FactsOfAnotherIdCountForNothing) {
  const ContainerFacts facts{.id = ContainerId("3f2a77"), .labels = {{"fairlead.enable", "true"}}};
  for (const Verb verb : {Verb::kStart, Verb::kStop, Verb::kRestart, Verb::kLogs})
    EXPECT_EQ(Fate(RequestOf(verb), facts, {}), "no") << "the id was the beginning of one";
}

}  // namespace
}  // namespace fairlead::docker

#include "cli/acts.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "integration/cli/cli_run.h"

namespace fairlead::cli {
namespace {

using ::testing::HasSubstr;

TEST_F(CliRunTest, ADryRunAsksAndCommandsNothing) {
  control_.trials["user-service.shop/2"] = {.replica = "user-service.shop/2",
                                            .text = "user-service.shop/2 would leave its list"};
  for (const char* const verb : {"restart", "drain", "undrain", "evict"}) {
    const Outcome told = RunHere({verb, "user-service.shop/2", "--dry-run"});
    EXPECT_EQ(told.exit, kExitDone) << told.err;
    EXPECT_EQ(told.out, "user-service.shop/2 would leave its list\n");
    const Outcome refused = RunHere({verb, "user-service.shop/9", "--dry-run"});
    EXPECT_EQ(refused.exit, kExitNo);
    EXPECT_THAT(refused.err, HasSubstr("try user-service.shop/9: min-available"));
  }
  EXPECT_TRUE(control_.commands().empty());
  EXPECT_EQ(RunHere({"pause", "user-service.shop/2", "--dry-run"}).exit, kExitUsage);
}

TEST_F(CliRunTest, AnActThatIsDoneSaysWhatIsTrueNow) {
  const Outcome restart = RunHere({"restart", "user-service.shop/2", "--reason", "new config"});
  EXPECT_EQ(restart.exit, kExitDone) << restart.err;
  EXPECT_THAT(restart.out,
              HasSubstr("user-service.shop/2 was restarted and is ready again (took "));
  ASSERT_EQ(control_.commands().size(), 1U);
  EXPECT_EQ(control_.commands()[0].reason, "new config");
  for (const char* verb : {"drain", "undrain", "evict"}) {
    EXPECT_EQ(RunHere({verb, "user-service.shop/2"}).exit, kExitDone) << verb;
  }
  EXPECT_EQ(control_.commands()[3].verb, fleet::OperatorVerb::kEvict);
}

TEST_F(CliRunTest, APauseIsAboutTheScopeThatWasTyped) {
  control_.answers[""] = {};
  control_.answers["shop"] = {};
  control_.answers["user-service.shop"] = {};
  struct Case {
    std::vector<std::string> arguments;
    fleet::PauseScope scope;
    std::string target;
    std::string shown;
  };
  const std::vector<Case> cases = {
      {{}, fleet::PauseScope::kHost, "", "this host"},
      {{"--project", "shop"}, fleet::PauseScope::kProject, "shop", "project shop"},
      {{"--service", "user-service.shop"},
       fleet::PauseScope::kService,
       "user-service.shop",
       "service user-service.shop"},
      {{"user-service.shop/2"},
       fleet::PauseScope::kReplica,
       "user-service.shop/2",
       "user-service.shop/2"}};
  for (const auto& [word, verb, outcome] :
       {std::tuple("pause", fleet::OperatorVerb::kPause, " are paused until they are resumed"),
        std::tuple("resume", fleet::OperatorVerb::kResume, " are resumed;")}) {
    for (const Case& one : cases) {
      std::vector<std::string> arguments = {word, "--reason", "rollout"};
      arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
      const Outcome done = RunHere(arguments);
      EXPECT_EQ(done.exit, kExitDone) << done.err;
      EXPECT_THAT(done.out, HasSubstr("repairs of " + one.shown + outcome));
      const fleet::OperatorCommand command = control_.commands().back();
      EXPECT_EQ(command.verb, verb);
      EXPECT_EQ(command.scope, one.scope);
      EXPECT_EQ(command.replica, one.target);
      EXPECT_EQ(command.reason, "rollout");
    }
  }
}

TEST_F(CliRunTest, ARefusedActExitsWithOneAndSaysWhatToDo) {
  const Outcome refused = RunHere({"evict", "user-service.shop/3"});
  EXPECT_EQ(refused.exit, kExitNo);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("min-available [MIN_AVAILABLE]\n"));
  EXPECT_THAT(refused.err, HasSubstr("--force with --reason"));
  const Outcome unknown = RunHere({"restart", "nobody"});
  EXPECT_EQ(unknown.exit, kExitNo);
  EXPECT_THAT(unknown.err, HasSubstr("`fairlead replicas` lists what there is"));
}

TEST_F(CliRunTest, AnActThatTakesTooLongSaysThatItGoesOn) {
  const Outcome late = RunHere({"restart", "user-service.shop/1", "--timeout", "100ms"});
  EXPECT_EQ(late.exit, kExitNo);
  EXPECT_THAT(late.err, HasSubstr("the daemon goes on with it"));
}

}  // namespace
}  // namespace fairlead::cli

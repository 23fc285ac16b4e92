#include "cli/args.h"

#include <gtest/gtest.h>

#include <sstream>

namespace fairlead::cli {
namespace {

using namespace std::chrono_literals;

Result<Args> Parse(std::vector<std::string> arguments) {
  return ParseArgs(arguments);
}

TEST(Args, VerbsTakeTheirOperandAndOptionsInAnyOrder) {
  const auto args = Parse({"--output", "json", "evict", "--force", "user-service.shop/2",
                           "--reason=disk swap", "--admin", "unix:/x", "--timeout", "30s"});
  ASSERT_TRUE(args) << args.error().message;
  EXPECT_EQ(args->verb, Verb::kEvict);
  EXPECT_EQ(args->operand, "user-service.shop/2");
  EXPECT_EQ(args->output, Output::kJson);
  EXPECT_TRUE(args->force);
  EXPECT_EQ(args->reason, "disk swap");
  EXPECT_EQ(args->admin, "unix:/x");
  EXPECT_EQ(args->timeout, 30s);
}

TEST(Args, ClientsTakesOneClientAndCanBeWide) {
  EXPECT_EQ(Parse({"clients"})->operand, "");
  const auto args = Parse({"clients", "17", "--wide"});
  ASSERT_TRUE(args);
  EXPECT_EQ(args->verb, Verb::kClients);
  EXPECT_EQ(args->operand, "17");
  EXPECT_TRUE(args->wide);
  EXPECT_FALSE(Parse({"replicas", "--wide"}));
}

TEST(Args, EveryVerbIsKnown) {
  for (const char* verb :
       {"status", "services", "replicas", "events", "dashboard", "version", "help"}) {
    EXPECT_TRUE(Parse({verb})) << verb;
  }
  for (const char* verb : {"restart", "drain", "undrain", "evict", "replicas"}) {
    EXPECT_TRUE(Parse({verb, "a.b/1"})) << verb;
  }
  EXPECT_TRUE(Parse({"bootstrap", "grpc", "--tcp"}));
  EXPECT_EQ(Parse({"bootstrap", "grpc", "--tls-dir", "/certs"})->tls_directory, "/certs");
  EXPECT_EQ(Parse({"tls", "user.shop"})->operand, "user.shop");
  EXPECT_TRUE(Parse({"events", "--follow", "--since", "1h30m"}));
  for (const char* verb : {"pause", "resume"}) {
    EXPECT_TRUE(Parse({verb})) << verb;
    EXPECT_TRUE(Parse({verb, "a.b/1"})) << verb;
    EXPECT_TRUE(Parse({verb, "--service", "a.b", "--reason", "x"})) << verb;
    EXPECT_TRUE(Parse({verb, "--project", "b"})) << verb;
  }
}

TEST(Args, ARolloutTakesWhatComposeTakesAndItsOwnNumbers) {
  const auto args = Parse({"rollout", "user-service", "--file", "a.yaml", "--file=b.yaml",
                           "--batch", "2", "--scale", "5", "--dry-run", "--project", "shop"});
  ASSERT_TRUE(args) << args.error().message;
  EXPECT_EQ(args->verb, Verb::kRollout);
  EXPECT_EQ(args->files, (std::vector<std::string>{"a.yaml", "b.yaml"}));
  EXPECT_EQ(args->batch, 2);
  EXPECT_EQ(args->scale, 5);
  EXPECT_EQ(args->project, "shop");
  EXPECT_TRUE(args->dry_run);
  EXPECT_EQ(Parse({"rollout", "user-service"})->batch, 1);
  EXPECT_EQ(Parse({"rollout", "user-service"})->scale, std::nullopt) << "the file's";
}

TEST(Args, SinceIsATimeAgoOrATime) {
  EXPECT_EQ(Parse({"events"})->since, 1h);
  EXPECT_EQ(Parse({"events"})->since_time, std::nullopt);
  EXPECT_EQ(Parse({"events", "--since", "90s"})->since, 90s);
  EXPECT_EQ(Parse({"events", "--since", "1970-01-02T00:00:01Z"})->since_time,
            (UnixTime{.seconds = 86'401}));
}

TEST(Args, WhatFollowsTwoDashesIsAnOperand) {
  EXPECT_EQ(Parse({"restart", "--", "--odd-name"})->operand, "--odd-name");
}

TEST(Args, MistakesAreNamedWithWhatToTypeInstead) {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  for (const Case& wrong : std::vector<Case>{
           {{}, "no verb given"},
           {{"restrat", "x"}, "unknown verb \"restrat\"; did you mean \"restart\"?"},
           {{"frobnicate"}, "unknown verb \"frobnicate\""},
           {{"status", "--outptu", "json"}, "unknown option --outptu; did you mean \"--output\"?"},
           {{"status", "-v"}, "unknown option -v; options are written in full"},
           {{"status", "--output", "yaml"}, "--output: \"yaml\" is neither table nor json"},
           {{"status", "--output"}, "--output needs a value: table|json"},
           {{"status", "--follow"}, "status does not take --follow"},
           {{"status", "now"}, "status: \"now\" is too much"},
           {{"replicas", "a", "b"}, "replicas: \"b\" is too much"},
           {{"restart"}, "restart needs REPLICA"},
           {{"restart", ""}, "restart needs REPLICA"},
           {{"undrain", "a", "--force"}, "undrain does not take --force"},
           {{"drain", "a", "--force"}, "--force needs --reason TEXT, for the record"},
           {{"drain", "a", "--force=yes"}, "--force takes no value"},
           {{"events", "--since", "soon"},
            "--since: \"soon\" is neither a duration such as 90s or 1h30m nor a time such as "
            "2026-01-31T08:00:00Z"},
           {{"pause", "a.b/1", "--service", "a"},
            "pause: give one of REPLICA, --service and --project, or none for the whole host"},
           {{"resume", "--project", "b", "--service", "a"},
            "resume: give one of REPLICA, --service and --project, or none for the whole host"},
           {{"pause", ""}, "pause: REPLICA is empty"},
           {{"pause", "--project="}, "--project: is empty"},
           {{"pause", "a", "--force"}, "pause does not take --force"},
           {{"drain", "--service", "a"}, "drain needs REPLICA"},
           {{"restart", "a", "--timeout", "0"},
            "--timeout: \"0\" is no duration; write it as 30s, 5m or 1h30m"},
           {{"rollout"}, "rollout needs SERVICE"},
           {{"rollout", "a", "--batch", "0"}, "--batch: \"0\" is no number from 1 to 100"},
           {{"rollout", "a", "--scale", "2x"}, "--scale: \"2x\" is no number from 1 to 10000"},
           {{"rollout", "a", "--file="}, "--file: is empty"},
           {{"rollout", "a", "--force"}, "rollout does not take --force"},
           {{"bootstrap", "grpc", "--tls-dir", "certs"},
            "--tls-dir: write an absolute path, as the client has it"},
           {{"tls", "user.shop", "--output", "json"},
            "tls SERVICE: is for people; `replicas` and `clients` have it in JSON"},
           {{"bootstrap", "nginx"}, "bootstrap: \"nginx\" is none of grpc|envoy"},
           {{"help", "me"}, "no help for \"me\""},
           {{"status", "--ca="}, "--ca: is empty"},
           {{"status", "--cert", "/c"}, "--cert and --key need each other"},
           {{"status", "--admin="}, "--admin: is empty; write unix:/PATH or HOST:PORT"},
           {{"\x1b[2J"}, "unknown verb \"\\x1b[2J\""}}) {
    const auto args = Parse(wrong.arguments);
    ASSERT_FALSE(args) << wrong.message;
    EXPECT_EQ(args.error().code, Code::kInvalidArgument);
    EXPECT_EQ(args.error().message, wrong.message);
  }
}

TEST(Args, LintTakesOneFileOrMore) {
  const auto args = Parse({"lint", "a.yaml", "--strict", "b.yaml", "-"});
  ASSERT_TRUE(args) << args.error().message;
  EXPECT_EQ(args->operands, (std::vector<std::string>{"a.yaml", "b.yaml", "-"}));
  EXPECT_TRUE(args->strict);
  EXPECT_EQ(Parse({"lint"}).error().message, "lint needs FILE...");
  EXPECT_FALSE(Parse({"status", "--strict"}));
  EXPECT_FALSE(Parse({"explain", "a", "b"}));
}

TEST(Args, HelpIsAskedForInEveryUsualWay) {
  EXPECT_EQ(Parse({"--help"})->verb, Verb::kHelp);
  EXPECT_EQ(Parse({"help"})->help_for, std::nullopt);
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"restart", "--help"}, {"help", "restart"}, {"-h", "restart"}}) {
    const auto args = Parse(arguments);
    ASSERT_TRUE(args);
    EXPECT_EQ(args->verb, Verb::kHelp);
    EXPECT_EQ(args->help_for, Verb::kRestart);
  }
}

TEST(Help, FitsTheTerminalAndShowsOnlyWhatTheVerbTakes) {
  for (const std::optional<Verb> verb :
       {std::optional<Verb>(), std::optional(Verb::kEvents), std::optional(Verb::kEvict),
        std::optional(Verb::kReplicas), std::optional(Verb::kBootstrap),
        std::optional(Verb::kRollout), std::optional(Verb::kExplain), std::optional(Verb::kLint)}) {
    std::istringstream lines(HelpText(verb));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
  EXPECT_NE(HelpText(Verb::kEvents).find("--since"), std::string::npos);
  EXPECT_EQ(HelpText(Verb::kEvents).find("--force"), std::string::npos);
  EXPECT_NE(HelpText(Verb::kReplicas).find("fairlead replicas [SERVICE] [OPTIONS]"),
            std::string::npos);
}

}  // namespace
}  // namespace fairlead::cli

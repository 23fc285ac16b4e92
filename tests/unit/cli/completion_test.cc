#include "cli/completion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/args.h"

namespace fairlead::cli {
namespace {

using Words = std::vector<std::string>;
using Names = Completion::Names;

Words Found(const Words& words) {
  Words found;
  for (const Candidate& candidate : Complete(words).candidates) found.push_back(candidate.word);
  return found;
}

TEST(Complete, OffersEveryVerbThatHelpTellsOf) {
  const Words found = Found({""});
  std::size_t told = 0;
  for (const VerbSpec& verb : Verbs()) {
    told += verb.is_hidden ? 0 : 1;
    const bool is_offered = std::ranges::find(found, verb.name) != found.end();
    EXPECT_EQ(is_offered, !verb.is_hidden) << verb.name;
  }
  EXPECT_EQ(found.size(), told);
  EXPECT_EQ(Found({"und"}), Words{"undrain"});
  EXPECT_EQ(Found({"nothing-like-it"}), Words{});
  EXPECT_EQ(Found({"nothing-like-it", ""}), Words{});
}

TEST(Complete, OffersTheOptionsThatTheVerbTakesAndAreNotThereYet) {
  EXPECT_EQ(Found({"drain", "--f"}), Words{"--force"});
  EXPECT_EQ(Found({"drain", "--force", "--f"}), Words{});
  EXPECT_EQ(Found({"events", "--f"}), Words{"--follow"});
  EXPECT_EQ(Found({"rollout", "--file", "x", "--fi"}), Words{"--file"}) << "may be repeated";
  EXPECT_EQ(Found({"--out"}), Words{"--output"});
}

TEST(Complete, OffersTheWordsOfAnOptionAndOfAVerb) {
  EXPECT_EQ(Found({"status", "--output", ""}), (Words{"table", "json"}));
  EXPECT_EQ(Found({"status", "--output", "=", "j"}), Words{"json"}) << "as bash splits it";
  EXPECT_EQ(Found({"status", "--output", "="}), (Words{"table", "json"}));
  EXPECT_EQ(Found({"status", "--output=j"}), Words{"json"});
  EXPECT_EQ(Found({"bootstrap", ""}), (Words{"grpc", "envoy"}));
  EXPECT_EQ(Found({"log-level", "d"}), Words{"debug"});
  EXPECT_EQ(Found({"help", "cli"}), Words{"clients"});
  EXPECT_EQ(Found({"bootstrap", "grpc", ""}), Words{}) << "one is enough";
}

TEST(Complete, KnowsWhatToAskTheDaemonFor) {
  struct Case {
    Words words;
    Names names;
  };
  for (const Case& one : std::vector<Case>{{{"restart", ""}, Names::kReplicas},
                                           {{"replicas", "us"}, Names::kServices},
                                           {{"pause", "--service", ""}, Names::kServices},
                                           {{"clients", ""}, Names::kClients},
                                           {{"diagnose", ""}, Names::kContainers},
                                           {{"diagnose", "web-1", ""}, Names::kServices},
                                           {{"diagnose", "web-1", "api", ""}, Names::kNone},
                                           {{"restart", "--reason", ""}, Names::kNone},
                                           {{"status", ""}, Names::kNone}}) {
    EXPECT_EQ(Complete(one.words).names, one.names) << one.words.front() << one.words.size();
  }
  EXPECT_EQ(Complete(Words{"--admin", "unix:/x", "restart", ""}).admin, "unix:/x");
  EXPECT_TRUE(Complete(Words{"rollout", "--file", ""}).is_file);
}

TEST(CompletionText, GivesAShellNoNameThatCouldMeanSomethingToIt) {
  const Completion asked = Complete(Words{"restart", "a"});
  EXPECT_EQ(CompletionText(asked, Words{"a.b/1", "a$(reboot)", "a`x`", "a b", "a;x", "b.c/1"}),
            "words\na.b/1\n");
}

}  // namespace
}  // namespace fairlead::cli

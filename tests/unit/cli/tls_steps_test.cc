#include "cli/tls_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::cli {
namespace {

using ::testing::HasSubstr;

// Replicas by what they speak: "", "permissive", "strict"; "!strict" is out of rotation. Callers by
// whether their bootstrap has TLS.
TlsFacts Facts(const std::vector<std::string>& replicas, const std::vector<bool>& callers) {
  TlsFacts facts{.service = "user.shop"};
  for (const std::string& tls : replicas) {
    pb::Replica& replica = facts.replicas.emplace_back();
    const bool is_out = tls.starts_with('!');
    replica.set_display_name("user.shop/" + std::to_string(facts.replicas.size()));
    replica.set_tls(is_out ? tls.substr(1) : tls);
    replica.set_in_rotation(!is_out);
  }
  for (const bool can : callers) {
    pb::Client& client = facts.clients.emplace_back();
    client.set_name("clients/" + std::to_string(facts.clients.size()));
    client.set_node_id("web");
    client.set_container_id("0123456789abcdef");
    if (can) client.set_tls_directory("/certs");
    pb::ClientResources& asked = *client.add_resources();
    asked.set_type("endpoints");
    asked.add_names(can ? "user.shop+tls" : "user.shop");
  }
  pb::Client& stranger = facts.clients.emplace_back();
  stranger.add_resources()->set_type("endpoints");
  stranger.mutable_resources(0)->add_names("cart.shop");
  return facts;
}

TEST(TlsStage, FollowsFromReplicasAndCallers) {
  const auto stage = [](const std::vector<std::string>& replicas,
                        const std::vector<bool>& callers) {
    return TlsStageOf(Facts(replicas, callers));
  };
  EXPECT_EQ(stage({"", ""}, {false}), TlsStage::kPlaintext);
  EXPECT_EQ(stage({}, {}), TlsStage::kPlaintext);
  EXPECT_EQ(stage({"", "permissive"}, {true}), TlsStage::kJoining);
  EXPECT_EQ(stage({"permissive", "permissive"}, {true, false}), TlsStage::kPermissive);
  EXPECT_EQ(stage({"permissive"}, {true, true}), TlsStage::kReady);
  EXPECT_EQ(stage({"permissive", "strict"}, {true}), TlsStage::kClosing);
  EXPECT_EQ(stage({"strict"}, {true, false}), TlsStage::kStrict);
  EXPECT_EQ(stage({"permissive", "!"}, {true}), TlsStage::kReady) << "the other is out of rotation";
  EXPECT_EQ(stage({"!strict"}, {}), TlsStage::kStrict);
}

TEST(TlsSteps, NameWhoIsInTheWay) {
  EXPECT_THAT(ShowTlsSteps(Facts({"", "permissive"}, {}), {}),
              HasSubstr("replace what speaks none: user.shop/1."));
  EXPECT_THAT(
      ShowTlsSteps(Facts({"permissive"}, {true, false}), {}),
      HasSubstr("next: 1 of 2 callers cannot speak TLS: client 2 (web, container 0123456789ab); "));
  EXPECT_THAT(ShowTlsSteps(Facts({"permissive"}, {true}), {}),
              HasSubstr("next: every caller can speak TLS: set fairlead.tls.mode=strict"));
  EXPECT_THAT(ShowTlsSteps(Facts({"permissive", "strict"}, {true}), {}),
              HasSubstr("still answers in plaintext: user.shop/1\n"));
  EXPECT_THAT(ShowTlsSteps(Facts({"strict"}, {false}), {}),
              HasSubstr("the bootstrap of client 1 (web, container 0123456789ab) has none"));
}

TEST(TlsSteps, ShowWhatIsThere) {
  EXPECT_EQ(ShowTlsSteps(Facts({"strict", "strict"}, {true}), {}),
            "user.shop\n"
            "  replicas  2 in all; 2 speak TLS alone, 0 TLS and plaintext, 0 plaintext alone\n"
            "  callers   1 now\n"
            "CALLER                                  TLS\n"
            "client 1 (web, container 0123456789ab)  uses TLS\n"
            "next: none; it is done\n");
}

}  // namespace
}  // namespace fairlead::cli

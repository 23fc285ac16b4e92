#include "cli/show_clients.h"

#include <gtest/gtest.h>

#include <sstream>

namespace fairlead::cli {
namespace {

constexpr std::int64_t kClientsNow = 1'700'000'000;

pb::Client Connected() {
  pb::Client client;
  client.set_name("clients/17");
  client.set_node_id("web-1");
  client.set_user_agent("gRPC C-core linux");
  client.set_user_agent_version("C-core 29.0.0");
  client.set_protocol(pb::Client::STATE_OF_THE_WORLD);
  client.mutable_connect_time()->set_seconds(kClientsNow - 300);
  client.set_pid(4711);
  client.set_is_placed(true);
  return client;
}

pb::ClientResources& Ask(pb::Client& client, const std::string& type,
                         pb::ClientResources::State state) {
  pb::ClientResources& asked = *client.add_resources();
  asked.set_type(type);
  asked.set_state(state);
  asked.set_name_count(2);
  asked.add_names("user.shop");
  return asked;
}

TEST(ShowClients, ATableFitsTheTerminalAndAWideOneHoldsEverything) {
  pb::Client client = Connected();
  client.set_container_id(std::string(64, 'c'));
  client.set_project("shop");
  Ask(client, "endpoints", pb::ClientResources::ACKNOWLEDGED).add_names("cart.shop");
  std::istringstream lines(ShowClients({client}, kClientsNow, false, {}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_EQ(ShowClients({client}, kClientsNow, true, {}),
            "CLIENT  AGENT                            PLACE                           SINCE  "
            "ASKED FOR     STATE         NODE   PROTOCOL\n"
            "17      gRPC C-core linux C-core 29.0.0  container cccccccccccc of shop  5m     "
            "user.shop +1  acknowledged  web-1  state of the world\n");
  EXPECT_NE(ShowClients({}, kClientsNow, false, {}).find("fairlead bootstrap grpc"),
            std::string::npos);
}

// The last cell of the only row.
std::string State(const pb::Client& client) {
  const std::string text = ShowClients({client}, kClientsNow, false, {.columns_max = 300});
  const std::size_t column = text.find("STATE");
  return text.substr(text.find('\n') + 1 + column);
}

TEST(ShowClients, TheStateIsTheWorstThatIsToBeSaid) {
  pb::Client client = Connected();
  EXPECT_EQ(State(client), "asked for nothing\n");
  Ask(client, "listeners", pb::ClientResources::ACKNOWLEDGED);
  EXPECT_EQ(State(client), "acknowledged\n");
  pb::ClientResources& endpoints = Ask(client, "endpoints", pb::ClientResources::REQUESTED);
  EXPECT_EQ(State(client), "endpoints nothing to send\n");
  endpoints.set_state(pb::ClientResources::SENT);
  endpoints.mutable_unanswered_since()->set_seconds(kClientsNow - 4);
  EXPECT_EQ(State(client), "endpoints sent\n");
  endpoints.mutable_unanswered_since()->set_seconds(kClientsNow - 90);
  EXPECT_EQ(State(client), "endpoints no answer for 90s\n");
  pb::ClientMissing& missing = *client.mutable_resources(0)->add_missing();
  missing.set_name("user");
  missing.set_reason("no such service");
  endpoints.clear_unanswered_since();
  EXPECT_EQ(State(client), "user: no such service\n");
  client.mutable_resources(0)->mutable_refusal()->set_text("code 3: bad");
  EXPECT_EQ(State(client), "listeners refused: code 3: bad\n");
  client.set_is_placed(false);
  EXPECT_EQ(State(client), "not placed yet\n");
}

TEST(ShowClients, PlaceTellsDoubtFromKnowledge) {
  pb::Client client = Connected();
  const auto place = [&] { return ShowClient(client, kClientsNow, {}); };
  EXPECT_NE(place().find("place     host pid 4711\n"), std::string::npos);
  client.set_place_doubt("the engine is away");
  EXPECT_NE(place().find("place     host? pid 4711\n"), std::string::npos);
  EXPECT_NE(place().find("          the engine is away\n"), std::string::npos);
  client.set_is_placed(false);
  client.set_pid(0);
  client.set_address("10.0.0.5");
  EXPECT_NE(place().find("place     unknown yet 10.0.0.5\n"), std::string::npos);
}

TEST(ShowClients, OneOffTheHostIsShownWithItsCertificateWhatItSeesAndWhyNoMore) {
  pb::Client client = Connected();
  client.set_pid(0);
  client.set_address("10.0.0.9");
  client.set_is_off_host(true);
  client.set_is_limited(true);
  client.add_identities("URI:spiffe://corp/web");
  client.add_identities("DNS:web.corp");
  client.add_projects("media");
  client.add_projects("shop");
  std::string text = ShowClient(client, kClientsNow, {});
  EXPECT_NE(text.find("place     elsewhere 10.0.0.9 as URI:spiffe://corp/web\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("identity  URI:spiffe://corp/web\nidentity  DNS:web.corp\n"),
            std::string::npos);
  EXPECT_NE(text.find("sees      projects media, shop\n"), std::string::npos);
  client.clear_projects();
  client.set_denied("no rule names it");
  EXPECT_EQ(State(client), "denied: no rule names it\n");
  text = ShowClient(client, kClientsNow, {});
  EXPECT_NE(text.find("sees      nothing\ndenied    no rule names it\n"), std::string::npos)
      << text;
  client.mutable_denied_time()->set_seconds(kClientsNow - 12);
  text = ShowClient(client, kClientsNow, {});
  EXPECT_NE(text.find("denied    its stream was ended 12s ago: no rule names it\n"),
            std::string::npos)
      << text;
}

TEST(ShowClients, OneIsShownWithEveryNameVersionAndReason) {
  pb::Client client = Connected();
  pb::ClientResources& asked = Ask(client, "endpoints", pb::ClientResources::REFUSED);
  asked.set_sent_version("v2");
  asked.set_sent_nonce("9");
  asked.set_acknowledged_version("v1");
  asked.set_acknowledged_nonce("8");
  asked.mutable_refusal()->set_version("v2");
  asked.mutable_refusal()->set_nonce("9");
  asked.mutable_refusal()->set_text("code 3: bad");
  asked.mutable_refusal()->mutable_time()->set_seconds(kClientsNow - 12);
  pb::ClientLeftOut& left_out = *client.add_left_out();
  left_out.set_service("user.shop");
  left_out.set_replica_count(1);
  left_out.add_replicas("user.shop/2");
  EXPECT_EQ(ShowClient(client, kClientsNow, {}),
            "client    17, connected for 5m\n"
            "node      web-1\n"
            "agent     gRPC C-core linux C-core 29.0.0\n"
            "place     host pid 4711\n"
            "protocol  state of the world, all types on one stream, no load reports\n"
            "\n"
            "endpoints refused: code 3: bad\n"
            "  sent          v2 #9\n"
            "  acknowledged  v1 #8\n"
            "  refused       v2 #9, 12s ago\n"
            "  asked for     user.shop\n"
            "  asked for     1 more\n"
            "\n"
            "not told of 1 replicas of user.shop, as it can reach no address of them:\n"
            "  user.shop/2\n");
}

TEST(ShowClients, TheCallsOfOneAreShownByServiceAndWhereToldByReplica) {
  pb::Client client = Connected();
  client.set_tells_calls(true);
  pb::ClientCalls& calls = *client.add_calls();
  calls.set_service("user.shop");
  calls.mutable_time()->set_seconds(kClientsNow - 1);
  calls.mutable_interval()->set_seconds(2);
  calls.set_in_progress(3);
  calls.set_issued(120);
  calls.set_succeeded(117);
  calls.set_failed(2);
  calls.set_dropped(5);
  calls.set_endpoint_count(21);
  pb::ClientEndpointCalls& endpoint = *calls.add_endpoints();
  endpoint.set_address("10.0.0.1:80");
  endpoint.set_in_progress(1);
  const std::string text = ShowClient(client, kClientsNow, {});
  EXPECT_NE(text.find("protocol  state of the world, all types on one stream, load reports\n"),
            std::string::npos);
  EXPECT_EQ(
      text.substr(text.find("\ncalls")),
      "\ncalls     user.shop, told 1s ago\n"
      "  all of them   3 open; 120 issued, 117 succeeded, 2 failed, 5 dropped by the client in "
      "2s\n"
      "  10.0.0.1:80   1 open; 0 issued, 0 succeeded, 0 failed\n"
      "  20 more\n");
}

}  // namespace
}  // namespace fairlead::cli

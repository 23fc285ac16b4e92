#include "admin/client_messages.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace fairlead::admin {
namespace {

using namespace std::chrono_literals;

runtime::WallTime WallOf(TimePoint when) {
  return runtime::WallTime(1'700'000'000s) + when.time_since_epoch();
}

xds::ClientReport ReportOf(std::uint64_t number) {
  xds::ClientReport report{.number = number, .opened_at = TimePoint(5s), .pid = 4711};
  report.node = {.id = "web-1", .cluster = "web", .user_agent = "envoy"};
  return report;
}

// Clients 1..count; remembers what it was asked for.
struct Crowd {
  std::uint64_t count = 0;
  xds::ClientQuery asked;
  ClientSource Source() {
    return [this](const xds::ClientQuery& query) {
      asked = query;
      std::vector<xds::ClientReport> found;
      for (std::uint64_t n = query.after + 1; n <= count && found.size() < query.clients_max; ++n) {
        found.push_back(ReportOf(n));
      }
      return found;
    };
  }
};

TEST(ClientMessages, TheCallsOfAClientAreShownAsItToldThem) {
  xds::ClientReport report = ReportOf(17);
  EXPECT_FALSE(RenderClient(report, WallOf).tells_calls());
  report.tells_calls = true;
  xds::ClientReport::Calls& calls = report.calls.emplace_back();
  calls.service = "user.shop";
  calls.at = TimePoint(9s);
  calls.load = {.calls = {.in_progress = 3, .issued = UINT64_MAX, .succeeded = 5, .failed = 1},
                .dropped = 2,
                .interval = 2s};
  for (int host = 10; host < 40; ++host)
    calls.load.endpoints["10.0.0." + std::to_string(host) + ":80"] = {.in_progress = 1};
  const pb::Client client = RenderClient(report, WallOf);
  EXPECT_TRUE(client.tells_calls());
  ASSERT_EQ(client.calls_size(), 1);
  const pb::ClientCalls& shown = client.calls(0);
  EXPECT_EQ(shown.service(), "user.shop");
  EXPECT_EQ(shown.time().seconds(), 1'700'000'009);
  EXPECT_EQ(shown.interval().seconds(), 2);
  EXPECT_EQ(shown.in_progress(), 3);
  EXPECT_EQ(shown.issued(), INT64_MAX) << "whatever a client claims";
  EXPECT_EQ(shown.failed(), 1);
  EXPECT_EQ(shown.dropped(), 2);
  EXPECT_EQ(shown.endpoint_count(), 30);
  ASSERT_EQ(shown.endpoints_size(), 20);
  EXPECT_EQ(shown.endpoints(0).address(), "10.0.0.10:80");
  EXPECT_EQ(shown.endpoints(0).in_progress(), 1);
}

TEST(ClientMessages, AClientIsShownWithItsPlaceAndItsTypes) {
  xds::ClientReport report = ReportOf(17);
  report.is_delta = true;
  report.only = "endpoints";
  report.place = xds::ClientPlace{.viewer = {.network_ids = std::set<std::string>{"n1"}},
                                  .project = "shop",
                                  .container = "c0ffee",
                                  .doubt = ""};
  report.left_out["user.shop"] = std::vector<std::string>(30, "user.shop/1");
  report.types.push_back({.resource_type = "endpoints",
                          .name_count = 7,
                          .names = {"user.shop"},
                          .sent = {.version = "v2", .nonce = 9},
                          .acknowledged = {.version = "v1", .nonce = 8},
                          .unanswered_count = 1,
                          .unanswered_since = TimePoint(6s)});
  const pb::Client client = RenderClient(report, WallOf);
  EXPECT_EQ(client.name(), "clients/17");
  EXPECT_EQ(client.protocol(), pb::Client::INCREMENTS);
  EXPECT_EQ(client.only_type(), "endpoints");
  EXPECT_EQ(client.connect_time().seconds(), 1'700'000'005);
  EXPECT_TRUE(client.is_placed());
  EXPECT_EQ(client.container_id(), "c0ffee");
  EXPECT_EQ(client.network_ids_size(), 1);
  EXPECT_EQ(client.left_out(0).replica_count(), 30);
  EXPECT_EQ(client.left_out(0).replicas_size(), 20) << "bounded";
  const pb::ClientResources& endpoints = client.resources(0);
  EXPECT_EQ(endpoints.state(), pb::ClientResources::SENT);
  EXPECT_EQ(endpoints.name_count(), 7);
  EXPECT_EQ(endpoints.sent_nonce(), "9");
  EXPECT_EQ(endpoints.acknowledged_version(), "v1");
  EXPECT_EQ(endpoints.unanswered_since().seconds(), 1'700'000'006);
  EXPECT_FALSE(endpoints.has_refusal());
}

TEST(ClientMessages, OneOffTheHostIsShownWithItsNamesWhatItSeesAndWhyItWasTurnedAway) {
  xds::ClientReport report = ReportOf(17);
  report.place = xds::ClientPlace{.is_off_host = true, .doubt = "no container has its address"};
  report.names = std::vector<std::string>(30, "DNS:web.corp");
  EXPECT_FALSE(RenderClient(report, WallOf).is_limited());
  report.projects = {{"media", "shop"}};
  report.denied = "no rule\nnames it";
  report.ended_at = TimePoint(6s);
  const pb::Client client = RenderClient(report, WallOf);
  EXPECT_TRUE(client.is_off_host());
  EXPECT_EQ(client.identities_size(), 20) << "bounded";
  EXPECT_EQ(client.identities(0), "DNS:web.corp");
  EXPECT_TRUE(client.is_limited());
  EXPECT_EQ(client.projects_size(), 2);
  EXPECT_EQ(client.denied().find('\n'), std::string::npos);
  EXPECT_EQ(client.denied_time().seconds(), 1'700'000'006);
}

TEST(ClientMessages, TheStateOfATypeIsThatOfItsLastResponse) {
  const auto state_of = [](xds::ClientReport::Type type) {
    xds::ClientReport report = ReportOf(1);
    report.types.push_back(std::move(type));
    return RenderClient(report, WallOf).resources(0).state();
  };
  const xds::ClientReport::Response one{.version = "v1", .nonce = 1};
  const xds::ClientReport::Response two{.version = "v2", .nonce = 2};
  EXPECT_EQ(state_of({}), pb::ClientResources::REQUESTED);
  EXPECT_EQ(state_of({.sent = one, .acknowledged = one}), pb::ClientResources::ACKNOWLEDGED);
  EXPECT_EQ(state_of({.sent = two, .acknowledged = one, .refused = two}),
            pb::ClientResources::REFUSED);
  EXPECT_EQ(state_of({.sent = two, .refused = one, .unanswered_count = 1}),
            pb::ClientResources::SENT);
}

TEST(ClientMessages, TextsOfHostileClientsArePrintableAndShort) {
  xds::ClientReport report = ReportOf(1);
  report.node.id = std::string(60'000, '\n');
  report.types.push_back({.resource_type = "listeners",
                          .names = {"\xff\x1b[2J"},
                          .missing = {{"\xff", "no such service"}},
                          .refused = {.version = "v", .nonce = 1},
                          .refused_text = std::string(60'000, 'x')});
  const pb::Client client = RenderClient(report, WallOf);
  EXPECT_LT(client.node_id().size(), 300U);
  EXPECT_EQ(client.resources(0).names(0), "\\xff\\x1b[2J");
  EXPECT_EQ(client.resources(0).missing(0).name(), "\\xff");
  EXPECT_LT(client.resources(0).refusal().text().size(), 1100U);
}

TEST(ClientMessages, PagesGoOnWhereTheLastOneEndedAndAskForNoMoreThanTheyShow) {
  Crowd crowd{.count = 250};
  pb::ListClientsRequest request;
  std::vector<std::string> names;
  do {
    const Result<pb::ListClientsResponse> page = ListClients(request, crowd.Source(), WallOf);
    ASSERT_TRUE(page);
    EXPECT_LE(crowd.asked.clients_max, 101U);
    EXPECT_EQ(crowd.asked.names_max, kNamesListedMax);
    for (const pb::Client& client : page->clients()) names.push_back(client.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(names.size(), 250U);
  EXPECT_EQ(names.front(), "clients/1");
  EXPECT_EQ(names[100], "clients/101");
  EXPECT_EQ(names.back(), "clients/250");
}

TEST(ClientMessages, APageThatEndsWithTheLastClientHasNoNext) {
  Crowd crowd{.count = 3};
  pb::ListClientsRequest request;
  request.set_page_size(3);
  EXPECT_EQ(ListClients(request, crowd.Source(), WallOf)->next_page_token(), "");
  request.set_page_size(2);
  EXPECT_EQ(ListClients(request, crowd.Source(), WallOf)->next_page_token(), "clients/2");
}

TEST(ClientMessages, BadPagesAndNamesAreRefused) {
  Crowd crowd{.count = 3};
  pb::ListClientsRequest list;
  list.set_page_size(-1);
  EXPECT_EQ(ListClients(list, crowd.Source(), WallOf).error().code, Code::kInvalidArgument);
  list.set_page_size(0);
  list.set_page_token("services/x");
  EXPECT_EQ(ListClients(list, crowd.Source(), WallOf).error().code, Code::kInvalidArgument);
  pb::GetClientRequest get;
  for (const char* name : {"", "clients/", "clients/0", "clients/-1", "clients/1x", "17"}) {
    get.set_name(name);
    EXPECT_EQ(GetClient(get, crowd.Source(), WallOf).error().code, Code::kInvalidArgument) << name;
  }
  get.set_name("clients/4");
  EXPECT_EQ(GetClient(get, crowd.Source(), WallOf).error().code, Code::kNotFound);
  get.set_name("clients/3");
  EXPECT_EQ(GetClient(get, crowd.Source(), WallOf)->name(), "clients/3");
}

TEST(ClientMessages, OneThatHasGoneIsNotTakenForTheNext) {
  pb::GetClientRequest get;
  get.set_name("clients/3");
  const auto source = [](const xds::ClientQuery&) { return std::vector{ReportOf(4)}; };
  EXPECT_EQ(GetClient(get, source, WallOf).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fairlead::admin

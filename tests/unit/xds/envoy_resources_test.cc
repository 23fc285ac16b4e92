#include "xds/envoy_resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "decode.h"
#include "sample_view.h"

namespace fairlead::xds {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

RouteConfiguration Table(const std::vector<SampleView>& samples, bool has_short_name) {
  std::vector<fleet::ServiceView> views(samples.begin(), samples.end());
  std::vector<EnvoyRoute> routes;
  for (const fleet::ServiceView& view : views) {
    routes.push_back({&view, has_short_name});
  }
  return Decode<RouteConfiguration>(MakeEnvoyRouteTable(routes, {}));
}

HttpConnectionManager ManagerOf(const EnvoyListener& listener) {
  const Listener message = Decode<Listener>(MakeEnvoyListener(listener));
  return Unpack<HttpConnectionManager>(message.filter_chains(0).filters(0).typed_config());
}

// "NAME of TYPE" of each HTTP filter, in order.
std::vector<std::string> FiltersOf(const EnvoyListener& listener) {
  std::vector<std::string> filters;
  const HttpConnectionManager manager = ManagerOf(listener);
  for (const auto& filter : manager.http_filters()) {
    const std::string& type = filter.typed_config().type_url();
    filters.push_back(filter.name() + " of " + type.substr(type.rfind('.') + 1));
  }
  return filters;
}

// What the route table says to these listeners, by the name of their filter.
std::map<std::string, CorsPolicy> Policies(const std::vector<EnvoyListener>& listeners) {
  std::map<std::string, CorsPolicy> policies;
  const auto table = Decode<RouteConfiguration>(MakeEnvoyRouteTable({}, listeners));
  for (const auto& [filter, policy] : table.typed_per_filter_config()) {
    policies[filter] = Unpack<CorsPolicy>(policy);
  }
  return policies;
}

std::vector<std::string> OriginsOf(const CorsPolicy& policy) {
  std::vector<std::string> origins;
  for (const auto& origin : policy.allow_origin_string_match()) origins.push_back(origin.exact());
  return origins;
}

TEST(EnvoyListenerResource, ListensWhereConfiguredAndTakesItsRoutesFromAds) {
  const Listener listener = Decode<Listener>(MakeEnvoyListener({"edge", "0.0.0.0", 8080}));
  EXPECT_EQ(listener.name(), "edge");
  EXPECT_EQ(listener.address().socket_address().address(), "0.0.0.0");
  EXPECT_EQ(listener.address().socket_address().port_value(), 8080u);
  EXPECT_FALSE(listener.has_api_listener());
  ASSERT_EQ(listener.filter_chains_size(), 1);
  ASSERT_EQ(listener.filter_chains(0).filters_size(), 1);
  const auto manager =
      Unpack<HttpConnectionManager>(listener.filter_chains(0).filters(0).typed_config());
  EXPECT_EQ(manager.codec_type(), HttpConnectionManager::AUTO);
  EXPECT_FALSE(manager.stat_prefix().empty());
  EXPECT_EQ(manager.rds().route_config_name(), kEnvoyRouteName);
  ASSERT_TRUE(manager.has_stream_idle_timeout());
  EXPECT_EQ(manager.stream_idle_timeout().seconds(), 0);
  ASSERT_EQ(manager.http_filters_size(), 1);
  EXPECT_EQ(manager.http_filters(0).name(), "envoy.filters.http.router");
  Unpack<envoy::extensions::filters::http::router::v3::Router>(
      manager.http_filters(0).typed_config());
}

TEST(EnvoyListenerResource, HasTheFiltersForPagesThatItIsToldBeforeTheRouter) {
  const std::string router = "envoy.filters.http.router of Router";
  const std::string grpc_web = "envoy.filters.http.grpc_web of GrpcWeb";
  const std::string cors = "envoy.filters.http.cors.edge of Cors";
  EXPECT_THAT(FiltersOf({.name = "edge"}), ElementsAre(router));
  EXPECT_THAT(FiltersOf({.name = "edge", .takes_grpc_web = true}), ElementsAre(grpc_web, router));
  EXPECT_THAT(FiltersOf({.name = "edge", .cors = {"*"}}), ElementsAre(cors, router));
  EXPECT_THAT(FiltersOf({.name = "edge", .takes_grpc_web = true, .cors = {"*"}}),
              ElementsAre(grpc_web, cors, router));
}

TEST(EnvoyRouteTable, SaysToEachListenersCorsFilterWhatItsOwnPagesMay) {
  const auto policies =
      Policies({{.name = "closed", .takes_grpc_web = true},
                {.name = "shop", .cors = {"https://a.example", "http://127.0.0.1:3000"}},
                {.name = "all", .cors = {"https://a.example", "*"}}});
  ASSERT_THAT(policies, SizeIs(2));
  const CorsPolicy& shop = policies.at("envoy.filters.http.cors.shop");
  EXPECT_THAT(OriginsOf(shop), ElementsAre("https://a.example", "http://127.0.0.1:3000"));
  EXPECT_EQ(shop.allow_methods(), "GET, POST, OPTIONS");
  EXPECT_EQ(shop.allow_headers(), "*");
  EXPECT_EQ(shop.expose_headers(), "grpc-status, grpc-message, grpc-status-details-bin, *");
  EXPECT_EQ(shop.max_age(), "600");
  EXPECT_TRUE(shop.allow_credentials().value());
  ASSERT_TRUE(shop.has_forward_not_matching_preflights());
  EXPECT_FALSE(shop.forward_not_matching_preflights().value());
  const CorsPolicy& all = policies.at("envoy.filters.http.cors.all");
  EXPECT_THAT(OriginsOf(all), ElementsAre("https://a.example", "*"));
  EXPECT_FALSE(all.allow_credentials().value()) << "cookies, for every page";
}

TEST(EnvoyRouteTable, HasAVirtualHostPerServiceByFullAndShortName) {
  const RouteConfiguration table = Table({{.service = "user"}, {.service = "order"}}, true);
  EXPECT_EQ(table.name(), kEnvoyRouteName);
  EXPECT_TRUE(table.ignore_port_in_host_matching());
  ASSERT_EQ(table.virtual_hosts_size(), 2);
  const auto& host = table.virtual_hosts(1);
  EXPECT_EQ(host.name(), "order.shop");
  ASSERT_EQ(host.domains_size(), 2);
  EXPECT_EQ(host.domains(0), "order.shop");
  EXPECT_EQ(host.domains(1), "order");
  EXPECT_EQ(host.routes(0).route().cluster(), "order.shop");
}

TEST(EnvoyRouteTable, LeavesAnAmbiguousShortNameOut) {
  const RouteConfiguration table = Table({{}}, false);
  ASSERT_EQ(table.virtual_hosts(0).domains_size(), 1);
  EXPECT_EQ(table.virtual_hosts(0).domains(0), "user.shop");
}

TEST(EnvoyRouteTable, SetsTheTimeoutToNoneUnlessLabelled) {
  spec::TrafficSpec labelled;
  labelled.timeout = std::chrono::seconds(3);
  const auto unlabelled_route = Table({{}}, true).virtual_hosts(0).routes(0).route();
  ASSERT_TRUE(unlabelled_route.has_timeout());
  EXPECT_EQ(unlabelled_route.timeout().seconds(), 0);
  EXPECT_EQ(
      Table({{.traffic = labelled}}, true).virtual_hosts(0).routes(0).route().timeout().seconds(),
      3);
}

TEST(EnvoyRouteTable, RetriesACallThatNeverGotAnAnswerAsUnavailable) {
  spec::TrafficSpec traffic;
  traffic.retry.attempts = 4;
  traffic.retry.on = {"unavailable", "internal"};
  const auto policy =
      Table({{.traffic = traffic}}, true).virtual_hosts(0).routes(0).route().retry_policy();
  EXPECT_EQ(policy.retry_on(), "unavailable,connect-failure,refused-stream,reset,internal");
  EXPECT_EQ(policy.num_retries().value(), 3u);
}

TEST(EnvoyRouteTable, WithoutServicesIsEmptyAndStillThere) {
  EXPECT_EQ(Table({}, true).virtual_hosts_size(), 0);
}

}  // namespace
}  // namespace fairlead::xds

#include "xds/load_report.h"

#include <gtest/gtest.h>

#include "envoy/service/load_stats/v3/lrs.pb.h"
#include "xds/load_stream.h"

namespace fairlead::xds {
namespace {

using namespace std::chrono_literals;
using envoy::config::endpoint::v3::ClusterStats;
using envoy::config::endpoint::v3::UpstreamEndpointStats;
using envoy::config::endpoint::v3::UpstreamLocalityStats;
using envoy::service::load_stats::v3::LoadStatsRequest;
using envoy::service::load_stats::v3::LoadStatsResponse;

// Localities and hosts have the same counts.
template <class Stats>
void SetCounts(Stats& stats, std::uint64_t open, std::uint64_t issued) {
  stats.set_total_requests_in_progress(open);
  stats.set_total_issued_requests(issued);
  stats.set_total_successful_requests(issued - 1);
  stats.set_total_error_requests(1);
}

void AddEndpoint(UpstreamLocalityStats& locality, const std::string& ip, std::uint64_t open) {
  UpstreamEndpointStats& endpoint = *locality.add_upstream_endpoint_stats();
  endpoint.mutable_address()->mutable_socket_address()->set_address(ip);
  endpoint.mutable_address()->mutable_socket_address()->set_port_value(80);
  SetCounts(endpoint, open, 5);
}

Result<LoadReport> Read(const std::string& bytes, const LoadLimits& limits = {}) {
  return ReadLoadReport(std::as_bytes(std::span(bytes)), limits);
}

Result<LoadReport> Read(const LoadStatsRequest& request, const LoadLimits& limits = {}) {
  return Read(request.SerializeAsString(), limits);
}

TEST(ReadLoadReport, AddsTheLocalitiesOfAServiceUp) {
  LoadStatsRequest request;
  ClusterStats& user = *request.add_cluster_stats();
  user.set_cluster_name("user.shop");
  user.set_total_dropped_requests(7);
  user.mutable_load_report_interval()->set_seconds(2);
  SetCounts(*user.add_upstream_locality_stats(), 3, 10);
  SetCounts(*user.add_upstream_locality_stats(), 1, 20);
  request.add_cluster_stats()->set_cluster_name("idle.shop");
  const Result<LoadReport> report = Read(request);
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->size(), 2u);
  const ServiceLoad& load = report->at("user.shop");
  EXPECT_EQ(load.calls, (CallCounts{.in_progress = 4, .issued = 30, .succeeded = 28, .failed = 2}));
  EXPECT_EQ(load.dropped, 7u);
  EXPECT_EQ(load.interval, 2s);
  EXPECT_TRUE(load.endpoints.empty());
  EXPECT_EQ(report->at("idle.shop").calls, CallCounts{});
}

TEST(ReadLoadReport, KeepsHostsApartWhereTheClientDoes) {
  LoadStatsRequest request;
  ClusterStats& user = *request.add_cluster_stats();
  user.set_cluster_name("user.shop");
  UpstreamLocalityStats& locality = *user.add_upstream_locality_stats();
  AddEndpoint(locality, "10.0.0.1", 2);
  AddEndpoint(locality, "fd00::1", 1);
  locality.add_upstream_endpoint_stats()->mutable_address()->mutable_pipe()->set_path("/x");
  AddEndpoint(locality, std::string(46, '1'), 1);
  const Result<LoadReport> report = Read(request);
  ASSERT_TRUE(report.has_value());
  const auto& endpoints = report->at("user.shop").endpoints;
  ASSERT_EQ(endpoints.size(), 2u) << "what is no socket address is no replica of ours";
  EXPECT_EQ(endpoints.at("10.0.0.1:80").in_progress, 2u);
  EXPECT_EQ(endpoints.at("[fd00::1]:80").in_progress, 1u);
}

TEST(ReadLoadReport, KeepsNoMoreThanItsLimits) {
  LoadStatsRequest request;
  for (const char* name : {"a.shop", "b.shop", "c.shop", "a.shop"}) {
    ClusterStats& stats = *request.add_cluster_stats();
    stats.set_cluster_name(name);
    stats.set_total_dropped_requests(1);
    UpstreamLocalityStats& locality = *stats.add_upstream_locality_stats();
    AddEndpoint(locality, "10.0.0.1", 1);
    AddEndpoint(locality, "10.0.0.2", 1);
    AddEndpoint(locality, "10.0.0.1", 1);
  }
  const Result<LoadReport> report =
      Read(request, {.services_max = 2, .endpoints_per_service_max = 1});
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->size(), 2u);
  EXPECT_EQ(report->at("a.shop").dropped, 2u) << "one that is known already is added to";
  ASSERT_EQ(report->at("b.shop").endpoints.size(), 1u);
  EXPECT_EQ(report->at("b.shop").endpoints.at("10.0.0.1:80").in_progress, 2u);
}

TEST(ReadLoadReport, RefusesRubbishAndWhatIsTooLong) {
  EXPECT_EQ(Read(std::string("\x12\x7F rubbish")).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Read(std::string(100, '\0'), {.report_bytes_max = 99}).error().code,
            Code::kResourceExhausted);
  EXPECT_TRUE(Read(std::string()).has_value()) << "the first request of an idle client";
}

TEST(ReadLoadReport, TakesNoIntervalAtItsWord) {
  LoadStatsRequest request;
  ClusterStats& stats = *request.add_cluster_stats();
  stats.set_cluster_name("user.shop");
  stats.mutable_load_report_interval()->set_seconds(INT64_MAX);
  stats.mutable_load_report_interval()->set_nanos(-5);
  EXPECT_EQ(Read(request)->at("user.shop").interval, 24h);
  stats.mutable_load_report_interval()->set_seconds(-1);
  EXPECT_EQ(Read(request)->at("user.shop").interval, 0s);
}

TEST(LoadOrder, AsksForEverythingAndNeverLacksTheInterval) {
  const h2::SharedBytes bytes = MakeLoadOrder(LoadLimits{}.interval);
  LoadStatsResponse order;
  ASSERT_TRUE(order.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
  EXPECT_TRUE(order.send_all_clusters());
  EXPECT_TRUE(order.report_endpoint_granularity());
  EXPECT_EQ(order.load_reporting_interval().seconds(), 2);
  EXPECT_EQ(order.load_reporting_interval().nanos(), 0);
}

}  // namespace
}  // namespace fairlead::xds

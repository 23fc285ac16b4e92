// Whom a caller that dials replicas by itself calls, and how: each as it speaks, standbys only
// where nobody before them can be called.
#include "xds/callable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sample_view.h"

namespace fairlead::xds {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint16_t kTlsPort = 50443;

fleet::Endpoint Plaintext(const std::string& ip) {
  return EndpointAt(ip);
}
fleet::Endpoint Strict(const std::string& ip) {
  fleet::Endpoint endpoint = EndpointAt(ip);
  endpoint.plaintext = false;
  endpoint.tls_port = kTlsPort;
  return endpoint;
}
fleet::Endpoint Permissive(const std::string& ip) {
  fleet::Endpoint endpoint = Strict(ip);
  endpoint.plaintext = true;
  return endpoint;
}

spec::TrafficSpec WithTls() {
  spec::TrafficSpec traffic;
  traffic.tls = {.source = spec::TlsSource::kAuto, .profile = {}, .port = kTlsPort};
  return traffic;
}

// "10.0.0.1:50051", and " tls" where it is.
std::vector<std::string> Called(const fleet::ServiceView& view,
                                const Viewer& viewer = {.network_ids = {{"net-shop"}}}) {
  std::vector<std::string> called;
  for (const CallableReplica& one : CallableNow(viewer, view)) {
    EXPECT_EQ(one.endpoint->replica, "at " + one.address.ip);
    called.push_back(one.address.ip + ":" + std::to_string(one.address.port) +
                     (one.security == Security::kTls ? " tls" : ""));
  }
  return called;
}

TEST(CallableNow, IsEachReplicaAsItSpeaksAndOverTlsWhereItCan) {
  const SampleView view{
      .endpoints = {Plaintext("10.0.0.1"), Permissive("10.0.0.2"), Strict("10.0.0.3")},
      .traffic = WithTls()};
  EXPECT_THAT(Called(view),
              ElementsAre("10.0.0.1:50051", "10.0.0.2:50443 tls", "10.0.0.3:50443 tls"));
}

TEST(CallableNow, LeavesOutWhomNobodySaysWhatToExpectOf) {
  // The newest replica speaks plaintext again.
  const SampleView view{
      .endpoints = {Plaintext("10.0.0.1"), Permissive("10.0.0.2"), Strict("10.0.0.3")}};
  EXPECT_THAT(Called(view), ElementsAre("10.0.0.1:50051", "10.0.0.2:50051"));
}

TEST(CallableNow, TakesStandbysWhereNobodyBeforeThemCanBeCalled) {
  fleet::Endpoint resting = OfPriority(0, Plaintext("10.0.0.4"));
  resting.weight = 0;
  const SampleView strict_first{.endpoints = {OfPriority(0, Strict("10.0.0.1")), resting,
                                              OfPriority(2, Plaintext("10.0.0.5")),
                                              OfPriority(1, Plaintext("10.0.0.2")),
                                              OfPriority(1, Plaintext("10.0.0.3"))}};
  EXPECT_THAT(Called(strict_first), ElementsAre("10.0.0.2:50051", "10.0.0.3:50051"));
  SampleView told = strict_first;
  told.traffic = WithTls();
  EXPECT_THAT(Called(told), ElementsAre("10.0.0.1:50443 tls"));
}

TEST(CallableNow, IsNobodyWhomTheViewerDoesNotReach) {
  const SampleView view{.endpoints = {Strict("10.0.0.1")}, .traffic = WithTls()};
  EXPECT_THAT(Called(view, {.network_ids = {{"net-other"}}}), IsEmpty());
}

TEST(CallableNow, IsNobodyOfAProjectThatTheViewerDoesNotSee) {
  const SampleView view{.endpoints = {Plaintext("10.0.0.1")}};
  EXPECT_THAT(Called(view, {.network_ids = {{"net-shop"}}, .projects = {{"blog"}}}), IsEmpty());
  EXPECT_THAT(Called(view, {.network_ids = {{"net-shop"}}, .projects = {{"blog", "shop"}}}),
              ElementsAre("10.0.0.1:50051"));
}

TEST(CallableNow, IsThePortThatIsPublishedWhereTheOtherIsNot) {
  fleet::Endpoint endpoint = Permissive("10.0.0.1");
  endpoint.addresses.clear();
  endpoint.published = {{.container_port = 50051, .host_ip = "192.0.2.7", .host_port = 8080}};
  endpoint.replica = "at 192.0.2.7";
  EXPECT_THAT(Called(SampleView{.endpoints = {endpoint}, .traffic = WithTls()}, Viewer{}),
              ElementsAre("192.0.2.7:8080"));
}

}  // namespace
}  // namespace fairlead::xds

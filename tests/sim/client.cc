#include "sim/client.h"

#include <algorithm>
#include <utility>

#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/resource_type.h"
#include "xds/server.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;
using envoy::config::endpoint::v3::ClusterLoadAssignment;
using envoy::service::discovery::v3::DiscoveryRequest;
using envoy::service::discovery::v3::DiscoveryResponse;

SimClient::Addresses AddressesOf(const ClusterLoadAssignment& endpoints) {
  SimClient::Addresses addresses;
  for (const auto& locality : endpoints.endpoints()) {
    for (const auto& endpoint : locality.lb_endpoints())
      addresses.insert(endpoint.endpoint().address().socket_address().address());
  }
  return addresses;
}

}  // namespace

SimClient::SimClient(Timeline& timeline, Chance chance, std::string name,
                     std::vector<std::string> services, Applied applied)
    : timeline_(timeline),
      chance_(chance),
      name_(std::move(name)),
      services_(std::move(services)),
      applied_(std::move(applied)) {}

void SimClient::OnDaemon(SimDiscovery* discovery) {
  discovery_ = discovery;
  is_connected_ = is_known_ = false;
  ++connection_;
  if (discovery_) Connect();
}

bool SimClient::is_known() const {
  return is_known_ &&
         (is_connected_ || timeline_.now() - left_at_ < xds::DiscoveryOptions{}.remember_clients);
}

void SimClient::Vanish(Duration span) {
  if (discovery_ && is_connected_) discovery_->Leave(stream_);
  if (is_connected_) left_at_ = timeline_.now();
  is_connected_ = false;
  ++connection_;
  away_until_ = timeline_.now() + span;
  Connect();
}

void SimClient::Calm() {
  away_until_ = refuses_until_ = slow_until_ = timeline_.now();
  // What it refused is not sent again by itself; a client that is mended is one that began anew.
  if (discovery_) Vanish(1ms);
}

// What is on its way to a connection that is gone is lost.
void SimClient::Later(Duration wait, std::function<void()> what) {
  timeline_.After(wait, [this, connection = connection_, what = std::move(what)] {
    if (connection == connection_ && discovery_) what();
  });
}

void SimClient::Connect() {
  const Duration away = std::max<Duration>(away_until_ - timeline_.now(), 0ns);
  Later(away + chance_.Between(1ms, 500ms), [this] {
    is_connected_ = true;
    has_said_who_ = false;
    answers_last_ = timeline_.now();
    stream_ = discovery_->Join(name_, [this](std::string bytes) {
      const Duration way = chance_.Between(100us, 2ms);
      Later(way, [this, bytes = std::move(bytes)] {
        OnResponse(bytes);
        discovery_->OnWritten(stream_);
      });
    });
    Send(std::string(xds::TypeUrl(xds::ResourceType::kCluster)), "", false);
    Send(std::string(xds::TypeUrl(xds::ResourceType::kEndpoints)), "", false);
  });
}

void SimClient::Send(const std::string& type_url, const std::string& nonce, bool is_refusal) {
  DiscoveryRequest request;
  request.set_type_url(type_url);
  for (const std::string& service : services_) request.add_resource_names(service);
  request.set_response_nonce(nonce);
  if (is_refusal) {
    request.mutable_error_detail()->set_code(3);
    request.mutable_error_detail()->set_message("will not do");
  }
  if (!std::exchange(has_said_who_, true)) {
    request.mutable_node()->set_id(name_);
    request.mutable_node()->set_user_agent_name("gRPC C-core linux");
  }
  const bool is_slow = timeline_.now() < slow_until_;
  TimePoint when =
      timeline_.now() + (is_slow ? chance_.Between(1s, 20s) : chance_.Between(100us, 5ms));
  // A stream keeps its order.
  when = answers_last_ = std::max(when, answers_last_);
  Later(when - timeline_.now(), [this, bytes = request.SerializeAsString()] {
    is_known_ = true;
    if (!discovery_->OnRequest(stream_, bytes)) Vanish(1s);
  });
}

void SimClient::OnResponse(const std::string& bytes) {
  DiscoveryResponse response;
  if (!response.ParseFromString(bytes)) return;
  const bool refuses = timeline_.now() < refuses_until_;
  if (!refuses && response.type_url() == xds::TypeUrl(xds::ResourceType::kEndpoints)) {
    for (const auto& resource : response.resources()) {
      ClusterLoadAssignment endpoints;
      if (!resource.UnpackTo(&endpoints)) continue;
      Addresses& list = lists_[endpoints.cluster_name()] = AddressesOf(endpoints);
      applied_(*this, endpoints.cluster_name(), list);
    }
  }
  Send(response.type_url(), response.nonce(), refuses);
}

}  // namespace fairlead::sim

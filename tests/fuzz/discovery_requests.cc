// Requests of hostile clients: whatever comes, a session refuses it with a code of two or answers
// in messages that protobuf reads, and comes to an end.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "fuzz/targets.h"
#include "unit/xds/sample_view.h"
#include "xds/delta_session.h"
#include "xds/sotw_session.h"

namespace fairlead::fuzz {
namespace {

constexpr xds::SessionLimits kLimits{
    .names_per_type_max = 20, .name_bytes_max = 64, .unasked_requests_burst_max = 50};
// One response for each type and each half of an increment, and each of its parts.
constexpr int kResponsesMax = 100;

class Deaf final : public xds::SessionEvents {
 public:
  void OnSubscribed(xds::ResourceType, const std::string& name) override { Check(name); }
  void OnUnsubscribed(xds::ResourceType, const std::string& name) override { Check(name); }
  void OnWildcard(xds::ResourceType type, bool) override { CHECK(xds::IsCompleteSet(type)); }
  void OnEndpointsAcknowledged(const std::string& name, std::uint64_t) override { Check(name); }
  void OnRefused(const xds::Refusal& refusal) override {
    constexpr std::size_t kTextBytesMax = 1'100;
    CHECK(refusal.text.size() <= kTextBytesMax);
  }

 private:
  static void Check(const std::string& name) { CHECK(name.size() <= kLimits.name_bytes_max); }
};

// Each message has its length before it, in one byte.
std::vector<std::string_view> Messages(std::string_view input) {
  std::vector<std::string_view> messages;
  while (!input.empty()) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<unsigned char>(input.front()), input.size() - 1);
    messages.push_back(input.substr(1, length));
    input.remove_prefix(1 + length);
  }
  return messages;
}

template <class SessionKind, class Response>
void Talk(const std::vector<std::string_view>& messages) {
  xds::Catalog catalog({.envoy_listeners = {{"edge", "0.0.0.0", 8080}}});
  xds::SampleView sample;
  sample.endpoints.push_back(xds::EndpointAt("10.0.0.1"));
  const fleet::ServiceViewPtr view = sample;
  catalog.Apply({&view, 1}, {});
  xds::ResponseCache responses(catalog);
  SessionKind session(kLimits);
  Deaf events;
  for (const std::string_view message : messages) {
    const Result<> taken =
        session.OnRequest(std::as_bytes(std::span(message)), TimePoint{}, events);
    if (!taken) {
      CHECK(taken.error().code == Code::kInvalidArgument ||
            taken.error().code == Code::kResourceExhausted);
      return;
    }
    int count = 0;
    while (const auto next = session.Next(catalog, responses, TimePoint{})) {
      CHECK(++count <= kResponsesMax);
      const xds::NonceTail tail(next->nonce);
      xds::Bytes whole = *next->shared;
      whole.insert(whole.end(), tail.bytes().begin(), tail.bytes().end());
      Response response;
      CHECK(response.ParseFromArray(whole.data(), static_cast<int>(whole.size())));
      CHECK(response.nonce() == std::to_string(next->nonce));
    }
    for (const xds::ResourceType type : xds::kResourceTypes) {
      CHECK(session.subscription(type).names.size() <= kLimits.names_per_type_max);
    }
  }
}

}  // namespace

int FuzzDiscoveryRequests(std::string_view input) {
  namespace discovery = envoy::service::discovery::v3;
  const std::vector<std::string_view> messages = Messages(input);
  Talk<xds::SotwSession, discovery::DiscoveryResponse>(messages);
  Talk<xds::DeltaSession, discovery::DeltaDiscoveryResponse>(messages);
  return 0;
}

}  // namespace fairlead::fuzz

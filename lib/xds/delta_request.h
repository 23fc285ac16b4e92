// DeltaRequest: one DeltaDiscoveryRequest, read in place.
//
// Lifetime: all views point into the message.
// Pure. Input is hostile: anything that protobuf would refuse is kInvalidArgument.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fairlead::xds {

struct DeltaRequest {
  std::optional<std::string_view> node;  // encoded envoy.config.core.v3.Node
  std::string_view type_url;
  std::vector<std::string_view> subscribe;
  std::vector<std::string_view> unsubscribe;
  std::vector<std::pair<std::string_view, std::string_view>> held;  // name, version
  std::string_view response_nonce;
  std::optional<std::string_view> error_detail;  // encoded google.rpc.Status
};

Result<DeltaRequest> ReadDeltaRequest(std::span<const std::byte> message);

}  // namespace fairlead::xds

// Request: one DiscoveryRequest, read in place.
//
// Why our own reader: each push is answered by an ACK that lists every subscribed name again. Most
// ACKs say nothing new, and that can be told from the bytes without parsing a single name.
// Lifetime: all views point into the message.
// Pure. Input is hostile: anything that protobuf would refuse is kInvalidArgument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

struct Request {
  std::string_view version_info;
  std::optional<std::string_view> node;  // encoded envoy.config.core.v3.Node
  std::string_view type_url;
  std::string_view response_nonce;
  std::optional<std::string_view> error_detail;  // encoded google.rpc.Status
  std::size_t name_count = 0;
  std::uint64_t names_hash = 0;  // of the names in their order; in this process
  std::string_view message;      // the whole request

  // The resource names, in the order given.
  std::vector<std::string_view> Names() const;
};

Result<Request> ReadRequest(std::span<const std::byte> message);

// What we keep of a client's Node.
struct NodeInfo {
  std::string id;
  std::string cluster;
  std::string user_agent;  // "gRPC C-core linux", "envoy"
  std::string user_agent_version;
  // Where it has tls.crt, tls.key and ca.crt to speak TLS to services, as its bootstrap says
  // (BootstrapNode::tls_directory); empty: it cannot.
  std::string tls_directory;
};
Result<NodeInfo> ReadNode(std::string_view encoded);

// What this client must be served.
Flavour FlavourOf(const NodeInfo& node);

// "code 3: text" of an encoded google.rpc.Status, fit for a log line. Never fails.
std::string ErrorDetailText(std::string_view encoded);

}  // namespace fairlead::xds

// Encoding: resources and responses as immutable shared bytes.
//
// Why: a resource is encoded once, however many streams get it. A DiscoveryResponse is laid out as
// version_info(1), resources(2), type_url(4) and last nonce(5): all but the nonce is the same for
// every stream, so a response is one shared prefix and a tail of a few bytes.
// Versions are hashes of the content: equal content has equal versions over restarts and hosts.
// Threads: values; share freely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xds/resource_type.h"

namespace fairlead::xds {

using Bytes = std::vector<std::byte>;
using SharedBytes = std::shared_ptr<const Bytes>;

// One encoded resource.
struct Resource {
  ResourceType type = ResourceType::kCluster;
  std::string name;
  std::uint64_t content = 0;  // hash of the serialised message
  SharedBytes entry;          // one `resources` field of a DiscoveryResponse: tag, length, Any
  SharedBytes alone;          // the prefix of a response that holds just this resource
};
using ResourcePtr = std::shared_ptr<const Resource>;

// A response without its nonce.
struct Response {
  std::uint64_t content = 0;  // version_info is VersionText() of it
  SharedBytes prefix;
};

// `message` is the resource, serialised deterministically.
ResourcePtr EncodeResource(ResourceType type, std::string name, std::string_view message);

// REQUIRES: all of `type`, no name twice. The order given is the order on the wire.
Response EncodeResponse(ResourceType type, std::span<const ResourcePtr> resources);
// The same for a DeltaDiscoveryResponse: each resource with its name and version, and the names of
// what is gone. Its nonce is the same field, so the tail is too.
Response EncodeDelta(ResourceType type, std::span<const ResourcePtr> resources,
                     std::span<const std::string> removed);
// The response that holds just `resource`: nothing is encoded anew.
Response ResponseOf(const Resource& resource);

// 64-bit FNV-1a with a final mix: stable over builds and hosts, not meant against attackers.
std::uint64_t ContentHash(std::string_view bytes, std::uint64_t seed = 0);
// Sixteen hex digits.
std::string VersionText(std::uint64_t content);

// The nonce field that ends a response on the wire.
class NonceTail {
 public:
  explicit NonceTail(std::uint64_t nonce);
  std::span<const std::byte> bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::byte, 24> bytes_{};  // tag, length, at most 20 digits
  std::size_t size_ = 0;
};

}  // namespace fairlead::xds

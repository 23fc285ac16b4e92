// Session: the protocol of one discovery stream, as values; what its two kinds have in common.
//
// Why two: a client speaks state of the world (SotwSession) or increments (DeltaSession); who it
// is, what it may send, and how its stream is driven is the same for both.
// Requests and changes only mark what is owed; Next() makes one response out of the catalog as it
// is at that moment. So at most one write is on its way and the latest state wins.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "xds/catalog.h"
#include "xds/request.h"
#include "xds/response_cache.h"
#include "xds/transport_security.h"

namespace fairlead::xds {

struct SessionLimits {
  std::size_t node_bytes_max = 64 * 1024;   // Envoy's with all its extensions: about 20 KiB
  std::size_t names_per_type_max = 20'000;  // twice the largest fleet we are made for
  std::size_t name_bytes_max = 512;         // a container name, a project and a port fit in 200
  std::size_t response_bytes_max = 2 * 1024 * 1024;  // gRPC clients take 4 MiB at most
  // Requests that acknowledge nothing: real clients send a few per new target.
  double unasked_requests_per_second_max = 100;
  double unasked_requests_burst_max = 1'000;
};

// A client has refused what we sent it (NACK).
struct Refusal {
  ResourceType type = ResourceType::kCluster;
  std::string version;  // of the refused response
  std::string text;     // "code 3: ...", fit for a log line
};

// Hears what a stream's requests mean. Called from within OnRequest().
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  virtual void OnSubscribed(ResourceType type, const std::string& name) = 0;
  virtual void OnUnsubscribed(ResourceType type, const std::string& name) = 0;
  virtual void OnWildcard(ResourceType type, bool is_wildcard) = 0;
  // The client uses the endpoints of `name` as they were published with `revision`.
  virtual void OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) = 0;
  virtual void OnRefused(const Refusal& refusal) = 0;
};

// One response, ready to be written.
struct Outgoing {
  ResourceType type = ResourceType::kCluster;
  std::uint64_t content = 0;  // its version is VersionText() of it
  SharedBytes shared;
  std::uint64_t nonce = 0;  // the tail: NonceTail(nonce)
};

// Who sends the requests of a stream, and what it may send.
class Requester {
 public:
  // `only`: the one type of a stream of a per-type service.
  Requester(SessionLimits limits, std::optional<ResourceType> only)
      : limits_(limits), only_(only) {}

  bool has_node() const { return node_.has_value(); }
  const NodeInfo& node() const { return *node_; }  // REQUIRES: has_node()
  Flavour flavour() const { return flavour_; }
  const SessionLimits& limits() const { return limits_; }
  // What it is told of under this name alone: where its own certificate lies. Null: nothing.
  ResourcePtr Own(ResourceType type, std::string_view name) const {
    return type == ResourceType::kSecret && name == kIdentitySecret ? identity_ : nullptr;
  }

  // Takes the first request's node, encoded, and says which type a request is about: nothing for
  // one that we do not serve, so that the client waits or does without.
  Result<std::optional<ResourceType>> Admit(std::optional<std::string_view> node,
                                            std::string_view type_url);
  Result<> CheckNameCount(std::size_t count) const;
  Result<> CheckNames(const std::vector<std::string_view>& names) const;
  // For each request that answers no response.
  Result<> SpendUnasked(TimePoint now);
  // What a first request without a name means, for listeners and clusters. gRPC clients that open
  // a type so want nothing (older Go and Java do when they resubscribe), everybody else wants all.
  bool wants_all_unnamed() const { return !node_->user_agent.starts_with("gRPC"); }

 private:
  Result<> TakeNode(std::optional<std::string_view> encoded);
  Result<std::optional<ResourceType>> TypeOf(std::string_view type_url) const;

  Flavour flavour_ = Flavour::kGrpc;
  const SessionLimits limits_;
  const std::optional<ResourceType> only_;
  std::optional<NodeInfo> node_;
  ResourcePtr identity_;  // of Envoys with TLS
  double unasked_budget_ = 0;
  std::optional<TimePoint> unasked_at_;
};

class Answers;

class Session {
 public:
  virtual ~Session() = default;

  // Takes one encoded request. An error ends the stream with that status.
  virtual Result<> OnRequest(std::span<const std::byte> message, TimePoint now,
                             SessionEvents& events) = 0;
  // From now on the client is told what this class is told. What differs from what it was sent is
  // owed, removals of addresses first; of what does not, `events` hears what it uses already.
  virtual void MoveTo(const ViewerClass& viewers, Catalog& catalog, SessionEvents& events) = 0;
  // A resource that this stream subscribes to has changed, come or gone, for its viewers.
  virtual void Touch(const ResourceChange& change) = 0;
  // Asks for memory that Touch(), Next() and an ACK need, for endpoints (base/prefetch.h).
  virtual void FetchAhead() const = 0;
  // The next response, or nothing while nothing is owed. `now` is only for those who ask later how
  // long it has been unanswered: it may be the time of what caused it.
  virtual std::optional<Outgoing> Next(Catalog& catalog, ResponseCache& responses,
                                       TimePoint now) = 0;

  // What the stream asked for of `type`, whether it ever did, and what the client said to what it
  // was sent.
  virtual const Subscription& subscription(ResourceType type) const = 0;
  virtual bool is_asked(ResourceType type) const = 0;
  virtual const Answers& answers(ResourceType type) const = 0;

  // A response was made, of whatever type.
  bool has_sent() const { return last_nonce_ != 0; }
  // False: Next() has nothing.
  bool owes() const { return owes_urgent_ || owed_types_ != 0; }
  const ViewerClass& viewers() const { return viewers_; }
  bool has_node() const { return requester_.has_node(); }
  const NodeInfo& node() const { return requester_.node(); }  // REQUIRES: has_node()
  Flavour flavour() const { return requester_.flavour(); }

 protected:
  Session(SessionLimits limits, std::optional<ResourceType> only) : requester_(limits, only) {}

  // What this client is told under the name; null: nothing.
  ResourcePtr Told(Catalog& catalog, ResourceType type, std::string_view name) const {
    ResourcePtr own = requester_.Own(type, name);
    return own ? own : catalog.Find(viewers_, flavour(), type, name);
  }
  // Whatever adds to what is owed says so; only Next() finds that nothing is left.
  void Owe(ResourceType type) { owed_types_ |= 1U << Index(type); }

  // Whether there may be something urgent, and in which types something else is owed: the most
  // frequent question about a stream, answered from one place. What a push needs stands first.
  std::uint32_t owed_types_ = 0;  // bit Index(type)
  bool owes_urgent_ = false;
  std::uint64_t last_nonce_ = 0;  // unique over all types of the stream
  ViewerClass viewers_;           // the host's until MoveTo()
  Requester requester_;
};

// The number that a nonce of ours holds; nothing for any other text.
std::optional<std::uint64_t> ReadNonce(std::string_view text);

}  // namespace fairlead::xds

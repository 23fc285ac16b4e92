// DiscoveryStream: one client's stream: its session, of either kind, joined to its HTTP/2 stream.
//
// Threads: the discovery loop. Owned by the HTTP/2 server; leaves the hub in OnClosed().
#pragma once

#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/time.h"
#include "h2/server.h"
#include "xds/adoption.h"
#include "xds/client_locator.h"
#include "xds/delta_session.h"
#include "xds/process.h"
#include "xds/sotw_session.h"
#include "xds/subscriber_index.h"

namespace fairlead::xds {

class DiscoveryHub;

// What a stream speaks, as its path says.
struct Dialect {
  bool is_delta = false;
  std::optional<ResourceType> only;  // the type of a per-type service
};

class DiscoveryStream final : public h2::StreamHandler, private SessionEvents {
 public:
  DiscoveryStream(DiscoveryHub& hub, StreamId id, const h2::Peer& peer, h2::ServerStream& stream,
                  const Dialect& dialect, SessionLimits limits, TimePoint opened_at);

  void OnMessage(std::span<const std::byte> message) override;
  void OnWritten() override;
  void OnHalfClose() override;
  void OnAged() override;
  void OnClosed() override;
  void FetchAhead() const override;
  // Asks for memory that Touch() and Pump() will need (base/prefetch.h), in so many steps.
  void FetchForPush(std::size_t step) const;
  static constexpr std::size_t kPushFetchSteps = 4;

  // True the first time since the last Pump().
  bool Touch(const ResourceChange& change) {
    Visit([&](auto& session) { session.Touch(change); });
    return !std::exchange(is_touched_, true);
  }
  // Writes the responses that are owed, while the socket takes each whole and the gate is open.
  void Pump(TimePoint now);
  void Finish(const Error& error);

  // Where the client is, as far as is known. Until it is, nothing is written.
  void MoveTo(const ViewerClass& viewers, const ClientPlace& place);
  // Takes its subscriptions of one type out of the index.
  void LeaveIndex(ResourceType type);
  bool is_placed() const { return is_placed_; }
  // Why it is told of nothing; nothing: it is. Its end, unless it was answered before.
  void SetDenial(std::optional<Error> denial) { denial_ = std::move(denial); }
  const std::optional<Error>& denial() const { return denial_; }
  const std::optional<ClientPlace>& place() const { return place_; }

  StreamId id() const { return id_; }
  TimePoint opened_at() const { return opened_at_; }
  const Session& session() const {
    return *std::visit([](const auto& session) -> const Session* { return &session; }, session_);
  }
  const ClientId& client() const { return client_; }
  const std::optional<Process>& process() const { return process_; }
  const h2::Peer& peer() const { return peer_; }
  const Dialect& dialect() const { return dialect_; }

 private:
  void OnSubscribed(ResourceType type, const std::string& name) override;
  void OnUnsubscribed(ResourceType type, const std::string& name) override;
  void OnWildcard(ResourceType type, bool is_wildcard) override;
  void OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) override;
  void OnRefused(const Refusal& refusal) override;

  // Without a virtual call: a push visits thousands of sessions.
  template <class Use>
  std::invoke_result_t<Use, SotwSession&> Visit(Use use) {
    if (SotwSession* sotw = std::get_if<SotwSession>(&session_); sotw != nullptr) [[likely]] {
      return use(*sotw);
    }
    return use(*std::get_if<DeltaSession>(&session_));
  }

  SubscriberIndex::Shelf ShelfOf(ResourceType type) const;
  // Counts the client among those who use what it asked for, as far as it sees that.
  void CountUses(const ViewerClass& before);
  // Ends the stream of a client that will say no more, once it has been told what it asked for.
  void EndIfSaidAll();
  // Once the node is known. A unix peer is its process, a TCP peer its address and node id.
  void Identify();

  // What a push touches comes first and stands together.
  DiscoveryHub& hub_;
  const StreamId id_;
  h2::ServerStream& stream_;
  bool is_finished_ = false;
  bool is_touched_ = false;
  bool is_placed_ = false;       // place_ is known
  bool is_half_closed_ = false;  // the client will say no more
  std::variant<SotwSession, DeltaSession> session_;
  std::optional<ClientPlace> place_;
  std::optional<Error> denial_;
  const h2::Peer peer_;
  const Dialect dialect_;
  const TimePoint opened_at_;
  std::optional<Process> process_;  // unix peers that we can see
  ClientId client_;                 // empty until the first request
};

}  // namespace fairlead::xds

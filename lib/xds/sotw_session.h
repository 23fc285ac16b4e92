// SotwSession: the state-of-the-world protocol of one discovery stream, as values.
//
// Why: who is owed what, which answer acknowledges which response, and what goes out next decides
// over the availability of every service; so it does no I/O and knows no transport.
// How: requests and changes only mark what is owed; Next() makes one response out of the catalog
// as it is at that moment. So at most one write is on its way and the latest state wins.
// Order of Next(): endpoints that lost an address, clusters, endpoints, listeners, routes.
// Rules (Envoy xDS protocol page): a request with a nonce that is not the type's latest changes
// nothing; error_detail alone makes a NACK; growth of names is answered though it looks like an
// ACK; a name that comes back after an unsubscribe is sent again; what a client refused is not
// sent again until its content changes; wildcard exists for listeners and clusters only.
// One rule is not from there. C-core (1.51) forgets a cluster and its endpoints together with the
// listener. When that is back at once, its two requests, without the name and with it, go out as
// one that repeats its last ACK, or is the next, and it waits 15 s for what it forgot. So after a
// listener's return a few such requests are answered in full, although they ask for nothing.
// Threads: none; lives on the discovery loop.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "xds/catalog.h"
#include "xds/lost_listeners.h"
#include "xds/request.h"
#include "xds/response_cache.h"

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
  std::uint64_t content = 0;  // version_info is VersionText() of it
  SharedBytes shared;
  std::uint64_t nonce = 0;  // the tail: NonceTail(nonce)
};

class SotwSession {
 public:
  explicit SotwSession(SessionLimits limits) : limits_(limits) {}

  // Takes one encoded DiscoveryRequest. An error ends the stream with that status.
  Result<> OnRequest(std::span<const std::byte> message, TimePoint now, SessionEvents& events);

  // From now on the client is told what this class is told. What differs from what it was sent is
  // owed, removals of addresses first; of what does not, `events` hears what it uses already.
  void MoveTo(const ViewerClass& viewers, Catalog& catalog, SessionEvents& events);
  const ViewerClass& viewers() const { return viewers_; }

  // A resource that this stream subscribes to has changed, come or gone, for its viewers.
  void Touch(const ResourceChange& change);

  // Asks for memory that Touch(), Next() and an ACK need, for endpoints (base/prefetch.h).
  void FetchAhead() const;

  // False: Next() has nothing.
  bool owes() const { return owes_urgent_ || owed_types_ != 0; }
  // The next response, or nothing while nothing is owed.
  std::optional<Outgoing> Next(Catalog& catalog, ResponseCache& responses);

  bool has_node() const { return node_.has_value(); }
  const NodeInfo& node() const { return *node_; }  // REQUIRES: has_node()
  Flavour flavour() const { return flavour_; }
  const Subscription& subscription(ResourceType type) const {
    return types_[Index(type)].subscription;
  }
  // What the client last acknowledged of `type`, and what it refused since; empty for none.
  std::string acknowledged_version(ResourceType type) const {
    const std::optional<std::uint64_t> content = types_[Index(type)].acknowledged_content;
    return content ? VersionText(*content) : "";
  }
  const std::string& refused_text(ResourceType type) const {
    return types_[Index(type)].refused_text;
  }

 private:
  struct SentEndpoints {
    ResourcePtr resource;  // null: none
    std::uint64_t revision = 0;
  };
  // A response that the client has not answered yet. The usual one tells of one resource.
  struct Sent {
    std::uint64_t nonce = 0;
    std::uint64_t content = 0;
    SentEndpoints first;  // for ResourceType::kEndpoints
    std::vector<SentEndpoints> more;

    void Add(SentEndpoints endpoints);
    template <class Visit>
    void ForEach(Visit visit) const {
      if (first.resource) visit(first);
      for (const SentEndpoints& endpoints : more) visit(endpoints);
    }
  };
  // How many requests that ask for nothing are still answered. An ACK right after the return may
  // have come before the client forgot, and repetitions may follow each other.
  struct Reminders {
    std::uint8_t for_answers = 0;
    std::uint8_t for_repetitions = 0;
  };
  enum class Owed : std::uint8_t { kIfChanged, kAlways };
  // One name of a type that is sent in parts. A push to thousands of streams looks at one of each:
  // all about it stands together.
  struct Part {
    std::string name;
    std::uint64_t sent_content = 0;
    bool is_sent = false;
    bool is_refused = false;  // as it was sent last
    std::optional<Owed> owed;
    std::optional<Owed> urgent;
  };
  // How many parts are marked so, and the place before which none is.
  struct Marks {
    std::size_t count = 0;
    std::size_t from = 0;
  };
  // A gRPC client has one part and answers one response at a time: that needs no memory elsewhere.
  using Parts = boost::container::small_vector<Part, 1>;
  using Unanswered = boost::container::small_vector<Sent, 1>;
  struct TypeState {
    bool is_asked = false;     // a request of this type has come
    bool has_named = false;    // a name was ever given: from then on empty means none
    bool has_refused = false;  // some part ever was
    Reminders reminders;
    // Complete sets: whether a response is due.
    std::optional<Owed> set_owed;
    std::size_t name_count = 0;  // of the last request, with its hash: equal means no change
    std::uint64_t names_hash = 0;
    std::uint64_t latest_nonce = 0;  // 0 = nothing sent yet
    // Types that are sent in parts: the names of the subscription, in their order.
    Marks owed;
    Marks urgent;
    Parts parts;
    Unanswered unanswered;  // oldest first
    std::optional<std::uint64_t> acknowledged_content;
    std::string refused_text;
    // Colder from here on.
    std::optional<std::uint64_t> sent_set_content;
    Subscription subscription;
  };

  Result<> TakeNode(const Request& request);
  Result<> CheckNames(const Request& request, const std::vector<std::string_view>& names) const;
  bool TakeAnswer(TypeState& state, ResourceType type, const Request& request,
                  SessionEvents& events);
  static bool HasSameNames(const TypeState& state, const Request& request);
  // Owes everything of the type again, unless the client refused it.
  void Remind(TypeState& state, ResourceType type);
  // Notes what goes and comes in a set of listeners that is about to be sent.
  void CompareListeners(Catalog& catalog);
  Result<> SpendUnasked(TimePoint now);
  Result<> TakeNames(TypeState& state, ResourceType type, const Request& request,
                     SessionEvents& events);
  void SetWildcard(TypeState& state, ResourceType type, bool is_wildcard, SessionEvents& events);
  bool WantsWildcard(const TypeState& state, ResourceType type,
                     const std::vector<std::string_view>& names) const;
  std::optional<Outgoing> NextSet(ResourceType type, Catalog& catalog, ResponseCache& responses);
  // Whatever adds to what is owed says so; only Next() finds that nothing is left.
  void Owe(ResourceType type) { owed_types_ |= 1U << Index(type); }
  // `marked`: a kind of mark, and where its parts are counted.
  std::optional<Outgoing> NextPart(ResourceType type, std::optional<Owed> Part::* marked,
                                   Marks TypeState::* marks, Catalog& catalog);
  static void Mark(Marks& marks, std::optional<Owed>& mark, Owed owed, std::size_t place);
  void RenewParts(TypeState& state, ResourceType type,
                  const std::set<std::string, std::less<>>& wanted, bool is_initial);
  Outgoing Send(TypeState& state, ResourceType type, Response response, Sent sent);
  void OweAllEndpoints();
  void MoveEndpoints(Catalog& catalog, SessionEvents& events);
  static void SetRefused(TypeState& state, const SentEndpoints& endpoints, bool is_refused);

  // Whether there may be something in `urgent`, and in which types something else is owed: the most
  // frequent question about a stream, answered from one place.
  bool owes_urgent_ = false;
  std::uint32_t owed_types_ = 0;  // bit Index(type)
  Flavour flavour_ = Flavour::kGrpc;
  std::uint64_t last_nonce_ = 0;  // unique over all types of the stream
  ViewerClass viewers_;           // the host's until MoveTo()
  const SessionLimits limits_;
  std::optional<NodeInfo> node_;
  PerType<TypeState> types_;
  LostListeners lost_listeners_;
  double unasked_budget_ = 0;
  std::optional<TimePoint> unasked_at_;
};

}  // namespace fairlead::xds

// SotwSession: the state-of-the-world protocol of one discovery stream, as values.
//
// Why: who is owed what, which answer acknowledges which response, and what goes out next decides
// over the availability of every service; so it does no I/O and knows no transport.
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
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "xds/answers.h"
#include "xds/lost_listeners.h"
#include "xds/session.h"

namespace fairlead::xds {

class SotwSession final : public Session {
 public:
  // `only`: the type of a per-type service; none on the aggregated one.
  explicit SotwSession(SessionLimits limits, std::optional<ResourceType> only = std::nullopt)
      : Session(limits, only) {}

  Result<> OnRequest(std::span<const std::byte> message, TimePoint now,
                     SessionEvents& events) override;
  void MoveTo(const ViewerClass& viewers, Catalog& catalog, SessionEvents& events) override;
  void Touch(const ResourceChange& change) override;
  void FetchAhead() const override;
  std::optional<Outgoing> Next(Catalog& catalog, ResponseCache& responses, TimePoint now) override;

  const Subscription& subscription(ResourceType type) const override {
    return types_[Index(type)].subscription;
  }
  bool is_asked(ResourceType type) const override { return types_[Index(type)].is_asked; }
  const Answers& answers(ResourceType type) const override { return types_[Index(type)].answers; }

 private:
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
  // A gRPC client has one part: that needs no memory elsewhere.
  using Parts = boost::container::small_vector<Part, 1>;
  struct TypeState {
    bool is_asked = false;   // a request of this type has come
    bool has_named = false;  // a name was ever given: from then on empty means none
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
    Answers answers;
    // Colder from here on.
    std::optional<std::uint64_t> sent_set_content;
    Subscription subscription;
  };

  static bool HasSameNames(const TypeState& state, const Request& request);
  // Owes everything of the type again, unless the client refused it.
  void Remind(TypeState& state, ResourceType type);
  // Notes what goes and comes in a set of listeners that is about to be sent.
  void CompareListeners(Catalog& catalog);
  Result<> TakeNames(TypeState& state, ResourceType type, const Request& request,
                     SessionEvents& events);
  void SetWildcard(TypeState& state, ResourceType type, bool is_wildcard, SessionEvents& events);
  bool WantsWildcard(const TypeState& state, ResourceType type,
                     const std::vector<std::string_view>& names) const;
  std::optional<Outgoing> NextSet(ResourceType type, Catalog& catalog, ResponseCache& responses,
                                  TimePoint now);
  // `marked`: a kind of mark, and where its parts are counted.
  std::optional<Outgoing> NextPart(ResourceType type, std::optional<Owed> Part::* marked,
                                   Marks TypeState::* marks, Catalog& catalog, TimePoint now);
  static void Mark(Marks& marks, std::optional<Owed>& mark, Owed owed, std::size_t place);
  void RenewParts(TypeState& state, ResourceType type,
                  const std::set<std::string, std::less<>>& wanted, bool is_initial);
  Outgoing Send(TypeState& state, ResourceType type, Response response, SentResponse sent);
  void OweAllEndpoints();
  // A complete set, if it was asked for: its viewers may be told another now.
  void OweSetIfChanged(ResourceType type);
  void MoveEndpoints(Catalog& catalog, SessionEvents& events);
  static void SetRefused(TypeState& state, const std::string& name, bool is_refused);

  PerType<TypeState> types_;
  LostListeners lost_listeners_;
};

}  // namespace fairlead::xds

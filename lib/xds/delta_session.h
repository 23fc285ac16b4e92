// DeltaSession: the incremental protocol of one discovery stream, as values (session.h).
//
// Rules (Envoy xDS protocol page): subscriptions are edits, obeyed whatever the nonce; a name that
// is subscribed is always answered, with the resource or as removed, and a missing one again when
// it comes; what a wildcard covers is sent only where the client's version differs; an unsubscribe
// is silent unless the wildcard still covers the name; a name is never in both halves of a
// response.
// "*", and a first request without a name, ask for all listeners or clusters.
// Order of Next(): endpoints that lost an address; what came or changed of clusters, endpoints,
// listeners, routes; what is gone of listeners, routes, clusters, endpoints. So whatever is
// referred to comes before what refers to it and leaves after it.
// Envoy holds back a changed cluster until its endpoints come again: they do, changed or not.
// What a client refused is not sent again until its content changes or it is subscribed anew.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xds/answers.h"
#include "xds/delta_request.h"
#include "xds/session.h"

namespace fairlead::xds {

class DeltaSession final : public Session {
 public:
  // `only`: the type of a per-type service; none on the aggregated one.
  explicit DeltaSession(SessionLimits limits, std::optional<ResourceType> only = std::nullopt)
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
  enum class Owed : std::uint8_t { kIfChanged, kAlways };
  using Marks = std::map<std::string, Owed, std::less<>>;
  // A name that the client was told of, says it has, or waits for.
  struct Item {
    std::string version;      // that the client has, or refused; empty: it has none
    bool is_refused = false;  // as it was sent last
  };
  struct TypeState {
    bool is_asked = false;        // a request of this type has come
    bool is_all_owed = false;     // whatever differs between the catalog and the items
    bool is_answer_owed = false;  // a wildcard is answered even if nothing differs
    std::map<std::string, Item, std::less<>> items;
    Marks owed;
    Marks urgent;  // endpoints that lost an address
    Marks gone;    // found missing; told after everything that came
    Answers answers;
    Subscription subscription;
  };

  Result<> TakeEdits(TypeState& state, ResourceType type, const DeltaRequest& request,
                     SessionEvents& events);
  void Subscribe(TypeState& state, ResourceType type, std::string_view name, SessionEvents& events);
  void Unsubscribe(TypeState& state, ResourceType type, std::string_view name,
                   SessionEvents& events);
  void SetWildcard(TypeState& state, ResourceType type, bool is_wildcard, SessionEvents& events);
  void MoveEndpoints(Catalog& catalog, SessionEvents& events);
  void Mark(ResourceType type, std::string_view name, Owed owed);
  void OweAll(ResourceType type);
  void MarkDifferences(TypeState& state, ResourceType type, const Catalog& catalog);
  std::optional<Outgoing> NextChanges(ResourceType type, Marks& marks, Catalog& catalog,
                                      ResponseCache& responses, TimePoint now);
  std::optional<Outgoing> NextRemovals(ResourceType type, ResponseCache& responses, TimePoint now);
  Outgoing Send(TypeState& state, ResourceType type, Response response, SentResponse sent);

  PerType<TypeState> types_;
};

}  // namespace fairlead::xds

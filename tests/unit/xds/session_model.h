// SessionModel: one client of one discovery session, beside a model of what it must have.
//
// Why: whatever was asked, published, refused or left unread, once all is written the client has
// just what there is. Chance or a fuzzer chooses what happens; the model says what must hold of it.
// Threads: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "xds/catalog.h"
#include "xds/response_cache.h"
#include "xds/session.h"

namespace fairlead::xds {

class SessionModel : private SessionEvents {
 public:
  // A choice: some number below `end`, which is at least 1.
  using Below = std::function<std::size_t(std::size_t end)>;

  SessionModel(bool is_delta, Below below);

  // Something happens: a service changes, comes or goes, the client asks, answers, reads, or comes
  // back on a new stream.
  void Step();
  // Reads and acknowledges everything; then the client has what there is.
  void Settle();
  // What the session did first that it must not; empty: nothing.
  const std::string& problem() const { return problem_; }

 private:
  struct Model {
    bool is_asked = false;
    bool is_wildcard = false;
    std::set<std::string> wanted;
    std::map<std::string, std::uint64_t> held;  // refused content counts: it has been heard
    std::uint64_t nonce = 0;
  };

  void Must(bool holds, const std::string& what);
  std::string Pick(const std::vector<std::string>& of) { return of[below_(of.size())]; }
  void Publish();
  void Apply(const CatalogChanges& changes);
  void Reconnect();
  void Want(ResourceType type);
  void AskWithAnOldNonce(ResourceType type);
  void Answer(bool is_refusal);
  void Ask(ResourceType type, const std::set<std::string>& names, bool is_refusal,
           bool is_reconnect);
  void Request(const std::string& bytes);
  bool Read();
  void ReadIncrement(const Outgoing& sent);
  void ReadWhole(const Outgoing& sent);
  void CheckType(ResourceType type);

  void OnSubscribed(ResourceType, const std::string&) override {}
  void OnUnsubscribed(ResourceType, const std::string&) override {}
  void OnWildcard(ResourceType, bool) override {}
  void OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) override;
  void OnRefused(const Refusal&) override {}

  const bool is_delta_;
  const Below below_;
  Catalog catalog_;
  ResponseCache responses_;
  std::unique_ptr<Session> session_;
  PerType<Model> models_;
  std::vector<std::pair<ResourceType, std::uint64_t>> unanswered_;
  std::uint64_t revision_ = 0;
  TimePoint now_{};
  std::string problem_;
};

}  // namespace fairlead::xds

// ClientReport: one stream of discovery as it is now: who it is, what it asked for, what it was
// sent, and what it said to that.
//
// Why: "does this client have the new list" must have an answer. Made on request from what the
// stream keeps anyway. Nothing in it is cut or made printable: nodes and texts are the client's own
// words. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "xds/client_locator.h"
#include "xds/load_report.h"
#include "xds/request.h"

namespace fairlead::xds {

// Which streams, and how much of each.
struct ClientQuery {
  std::uint64_t after = 0;  // only numbers above this
  std::size_t clients_max = SIZE_MAX;
  std::size_t names_max = SIZE_MAX;  // for each type; the first in their order
};

struct ClientReport {
  struct Response {
    std::string version;
    std::uint64_t nonce = 0;  // 0: none
  };
  // Of a type that the client asked for.
  struct Type {
    std::string resource_type;  // "clusters"
    bool is_wildcard = false;
    std::size_t name_count = 0;
    std::vector<std::string> names;  // at most ClientQuery::names_max
    // Of these, listeners that do not exist for a gRPC client, and endpoints of which it is told
    // of none for what it speaks; and why.
    std::map<std::string, std::string> missing;
    Response sent;             // the last
    Response acknowledged;     // the last
    Response refused;          // none: it refused nothing since it last acknowledged
    std::string refused_text;  // "code 3: ..."
    TimePoint refused_at{};
    std::size_t unanswered_count = 0;
    std::optional<TimePoint> unanswered_since;  // when the oldest of them was sent
  };

  // Its calls to a service, as it told last; with those of other clients behind its connection that
  // asked for the same service.
  struct Calls {
    std::string service;  // "user-service.shop"
    ServiceLoad load;
    TimePoint at{};
  };

  std::uint64_t number = 0;  // grows with each stream, never used again while the daemon lives
  std::string client;        // "process 4711 ..." or "node X at 10.0.0.5"
  NodeInfo node;
  bool is_delta = false;
  std::string only;  // "listeners": the service of that type; empty: the aggregated one
  TimePoint opened_at{};
  std::int32_t pid = 0;              // unix peers
  std::string address;               // TCP peers
  std::vector<std::string> names;    // of its certificate: "DNS:a.b", "URI:spiffe://c/d"
  std::optional<ClientPlace> place;  // nothing: not known yet
  // The projects that it may see, where that is not every one.
  std::optional<std::set<std::string>> projects;
  std::string denied;                 // why it is told of nothing at all; empty: it is
  bool is_unnamed = false;            // ... which is that no rule names its certificate
  std::optional<TimePoint> ended_at;  // its stream was ended for that
  // Per endpoints resource that it asked for, of the first ClientQuery::names_max: the replicas
  // that it cannot reach, so is not told of.
  std::map<std::string, std::vector<std::string>> left_out;
  std::vector<Type> types;
  bool tells_calls = false;  // it reports its load
  // Of the services whose endpoints it asked for; at most ClientQuery::names_max.
  std::vector<Calls> calls;
};

}  // namespace fairlead::xds

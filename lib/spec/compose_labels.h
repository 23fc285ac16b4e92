// ComposeIdentity: which Compose project, service and number a container has, if it has any.
//
// Why so strict: an image built by Compose carries project and service as image labels, and every
// `docker run` of it inherits them. Only Compose itself writes config-hash on a container, so that
// label decides. `docker compose run` and hooks make containers of a service that serve nobody.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::spec {

enum class ComposeRole {
  kOutside,  // not made by Compose, or only built by it
  kReplica,
  kOneOff,  // docker compose run
  kHook,    // pre_start and the like
};

// When Compose starts the dependant, and whether it restarts it along.
enum class DependencyCondition { kStarted, kHealthy, kCompleted };

struct ComposeDependency {
  std::string service;  // any bytes, not empty
  DependencyCondition condition = DependencyCondition::kStarted;
  bool restart = false;  // a restart of that service by Compose restarts this one too
  auto operator<=>(const ComposeDependency&) const = default;
};

// More than any real file has; what comes after is dropped.
inline constexpr std::size_t kDependenciesMax = 256;

struct ComposeIdentity {
  ComposeRole role = ComposeRole::kOutside;
  std::string project = {};        // empty outside; otherwise any bytes, not yet validated
  std::string service = {};        // likewise
  std::optional<int> number = {};  // 1..1,000,000; nothing when absent or unreadable
  bool labels_from_image = false;  // outside, yet with a Compose service among its labels
  // Of a container that a recreate made (Compose 2.16 on), the one it replaces: its id (up
  // to 2.38), or its name or "service-number" (2.39 on). For people; who replaces whom is told by
  // the number.
  std::string replaces = {};
  std::vector<ComposeDependency> depends_on = {};  // by service, each once
  bool operator==(const ComposeIdentity&) const = default;
};

ComposeIdentity ReadCompose(const std::map<std::string, std::string>& labels);

// The depends_on label in its three spellings: "db" (Compose 2.0), "db:service_healthy" (2.3),
// "db:service_healthy:true" (2.17), joined by commas in any order. An edge with an unknown
// condition counts as service_started; one without a service is dropped.
std::vector<ComposeDependency> ReadDependencies(std::string_view label);

}  // namespace fairlead::spec

// The names of things: container ids, generations, services and replicas.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/strong_id.h"

namespace fairlead {

// The engine's full 64-digit id. A name is never an identity: Compose renames, people reuse.
using ContainerId = StrongId<struct ContainerIdTag, std::string>;

// One life of a container's process. Checks, verdicts and acts belong to a generation and die
// with it. `started_at` is State.StartedAt exactly as the engine wrote it (compared, never parsed).
struct Generation {
  ContainerId id;
  std::string started_at;
  auto operator<=>(const Generation&) const = default;
};

struct ServiceName {
  std::string project;
  std::string service;

  std::string Text() const { return service + "." + project; }  // "user-service.shop"
  auto operator<=>(const ServiceName&) const = default;
};

}  // namespace fairlead

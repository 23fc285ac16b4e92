// What the actuator lets through: by the verb at once, or after it has looked at the container
// itself.
//
// Why again, as the core decides all of this too: the core's process talks to the network. Whoever
// takes it over may then do to the host what this table allows, and no more.
// Threads: any; pure.
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "docker/engine_request.h"
#include "spec/container_facts.h"

namespace fairlead::docker {

// The host's say, from the configuration; fixed for the actuator's life.
struct Grants {
  bool may_act = true;            // not with policy.observe_only
  std::set<std::string> hang_up;  // names of containers that may be sent SIGHUP (file_sinks)
  ContainerId self = {};          // the container that we run in; empty: none
  bool operator==(const Grants&) const = default;
};

// True: to be asked at once. False: after MayAct() has seen the container. kPermissionDenied:
// never.
Result<bool> MayAskAtOnce(const EngineRequest& request, const Grants& grants);

// `facts`: of the container whose id the request names, from an inspect of the actuator's own.
// kPermissionDenied, with the reason: another container's facts, not opted in, our own container.
Result<> MayAct(const EngineRequest& request, const ContainerFacts& facts, const Grants& grants);

}  // namespace fairlead::docker

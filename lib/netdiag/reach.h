// NoteReach: fills in what only this host can say about a container's networks.
//
// Why: the engine tells addresses and not who can reach them. The host reaches a bridge network,
// internal ones too, because the bridge has an address of the host's; it does not reach a macvlan
// or overlay network, nor a bridge that has none. So the kernel is asked: an address that it would
// send to directly, on-link, is reachable; one behind a gateway or the default route is not the
// container's network. And a macvlan or ipvlan interface never talks to its parent's host, also
// where both are in one subnet and the routing table promises it: the interface that holds the
// address is looked at, from inside.
// All answers are those of the namespace in which this daemon runs.
// Threads: any; blocks for some 200 us per running container.
#pragma once

#include "netdiag/namespace_work.h"
#include "spec/container_facts.h"

namespace fairlead::netdiag {

// Sets is_host_routable of every network, pid_start_ticks and namespace_obstacle; nothing else.
// What cannot be found out stays as if it were reachable.
void NoteReach(NamespaceWork& work, ContainerFacts& facts);

}  // namespace fairlead::netdiag

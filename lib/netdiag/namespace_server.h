// The process that enters containers' networks, for one that may not.
//
// Why: what it needs (SYS_ADMIN, SYS_PTRACE, NET_ADMIN) is the host to whoever has it, so who talks
// to strangers does not. This one listens to nobody but that process, decides nothing, and does of
// a short list (namespace_policy.h) what each packet asks, or refuses.
// How: over the pair comes a packet with the end of another one (SCM_RIGHTS), on which the answer
// goes back, with the socket that was asked for. Who closes that end has left, and nothing is done.
// Threads: the caller's, which waits for questions; a container's file is read by one of its own,
// as the container's file system may be slow, or hang for ever.
#pragma once

#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

// Serves until nobody holds the other end of `pair` (SOCK_SEQPACKET).
void ServeNamespaceQuestions(int pair, NamespaceWork& work);

}  // namespace fairlead::netdiag

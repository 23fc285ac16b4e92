// PassedPacket: bytes with one descriptor beside them (SCM_RIGHTS), between processes of ours.
//
// Why: what a process may not open itself, another opens for it and passes on; and a question
// brings the end along on which it is answered. Input may be hostile: whatever descriptors come,
// all but the first are closed.
// Threads: any; nothing here waits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/file_descriptor.h"

namespace fairlead::runtime {

struct PassedPacket {
  std::string bytes;
  FileDescriptor descriptor;  // the first that came along
};

enum class PacketReceived {
  kPacket,
  kNothing,  // there is none yet
  kEnd,      // nobody holds the other end any more
};

// The next packet of `socket`, which keeps packets apart. Of a longer one the first `bytes_max` + 1
// bytes, so that it is seen as that.
PacketReceived ReceivePacket(int socket, std::size_t bytes_max, PassedPacket& packet);

// 0, or the errno of what went wrong: EAGAIN when there is no room. `descriptor` stays the
// caller's; -1: none.
int SendPacket(int socket, std::string_view bytes, int descriptor);

// Whether it is a unix socket of this type (SOCK_STREAM ...), and nothing else that is written to
// like one.
bool IsUnixSocket(int descriptor, int type);

}  // namespace fairlead::runtime

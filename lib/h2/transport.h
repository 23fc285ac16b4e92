// Transport: bytes into and out of one connected socket, without ever waiting.
//
// Why: connections and calls need only these four verbs, so TLS can take the plain socket's place
// without a change above it.
// Threads: one, the connection's loop.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

namespace fairlead::h2 {

enum class IoState { kDone, kWouldBlock, kEnd, kFailed };

struct IoOutcome {
  IoState state = IoState::kDone;
  std::size_t bytes = 0;  // moved, when kDone
  int error = 0;          // errno, when kFailed
};

class Transport {
 public:
  virtual ~Transport() = default;
  // kEnd: the peer closed its side.
  virtual IoOutcome Read(std::span<std::byte> buffer) = 0;
  // Takes as many bytes as the socket does, possibly fewer than offered. At most 1,024 pieces.
  virtual IoOutcome Write(std::span<const iovec> pieces) = 0;
  // The descriptor to watch for readiness.
  virtual int descriptor() const = 0;
};

// Owns `descriptor`, a connected non-blocking stream socket, and closes it.
std::unique_ptr<Transport> MakePlainTransport(int descriptor);

}  // namespace fairlead::h2

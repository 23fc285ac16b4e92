// WaitingSocket: one socket whose every step waits until a deadline, and no longer.
//
// Threads: the caller's. Errors: kUnavailable with what the kernel said, kDeadlineExceeded.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "h2/socket_address.h"

namespace fairlead::diagnose {

// Makes a non-blocking, close-on-exec socket in some network namespace; SOCK_STREAM or SOCK_DGRAM.
using MakeSocket = std::function<Result<int>(int family, int type)>;

class WaitingSocket {
 public:
  explicit WaitingSocket(int descriptor) : descriptor_(descriptor) {}
  ~WaitingSocket();
  WaitingSocket(WaitingSocket&& other) noexcept;
  WaitingSocket& operator=(WaitingSocket&&) = delete;

  Result<> Connect(const h2::SocketAddress& address, TimePoint deadline);
  Result<> Send(std::span<const std::byte> bytes, TimePoint deadline);
  // What has come, up to `most` bytes; empty when the peer closed its side.
  Result<std::vector<std::byte>> Receive(std::size_t most, TimePoint deadline);
  // False when `deadline` comes first. `events` of poll(2).
  bool Wait(short events, TimePoint deadline) const;
  int descriptor() const { return descriptor_; }
  // Gives it away.
  int Release();

 private:
  int descriptor_;
};

}  // namespace fairlead::diagnose

#include "h2/parting.h"

#include <sys/socket.h>

#include <cerrno>

namespace fairlead::h2 {

Parting::Parting(Transport& transport, TimePoint now)
    : descriptor_(transport.descriptor()), begun_at_(now) {
  transport.EndWriting();
}

bool Parting::Hear(std::span<std::byte> scratch) {
  while (heard_bytes_ <= kPartingBytesMax) {
    const ssize_t got = recv(descriptor_, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) return true;
    heard_bytes_ += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace fairlead::h2

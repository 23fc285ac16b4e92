#include "diagnose/waiting_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::diagnose {
namespace {

std::unexpected<Error> SaidNo(int error) {
  return Fail(Code::kUnavailable, std::generic_category().message(error));
}
std::unexpected<Error> TooLate() {
  return Fail(Code::kDeadlineExceeded, "no answer in time");
}

}  // namespace

WaitingSocket::~WaitingSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}
WaitingSocket::WaitingSocket(WaitingSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}
int WaitingSocket::Release() {
  return std::exchange(descriptor_, -1);
}

bool WaitingSocket::Wait(short events, TimePoint deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - runtime::Now());
    if (left.count() <= 0) return false;
    pollfd wanted{.fd = descriptor_, .events = events, .revents = 0};
    const int ready =
        poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Result<> WaitingSocket::Connect(const h2::SocketAddress& address, TimePoint deadline) {
  if (connect(descriptor_, address.get(), address.size()) == 0) return {};
  if (errno != EINPROGRESS) return SaidNo(errno);
  if (!Wait(POLLOUT, deadline)) return TooLate();
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? Result<>() : SaidNo(error);
}

Result<> WaitingSocket::Send(std::span<const std::byte> bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return SaidNo(errno);
    } else if (!Wait(POLLOUT, deadline)) {
      return TooLate();
    }
  }
  return {};
}

Result<std::vector<std::byte>> WaitingSocket::Receive(std::size_t most, TimePoint deadline) {
  std::vector<std::byte> bytes(most);
  for (;;) {
    const ssize_t got = recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (got >= 0) {
      bytes.resize(static_cast<std::size_t>(got));
      return bytes;
    }
    if (errno != EAGAIN && errno != EINTR) return SaidNo(errno);
    if (!Wait(POLLIN, deadline)) return TooLate();
  }
}

}  // namespace fairlead::diagnose

#include "integration/h2/raw_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <exception>

#include "h2/socket_address.h"
#include "integration/h2/frames.h"

namespace fairlead::h2::testing {

RawClient::RawClient(std::uint16_t port)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto address = SocketAddress::Ip("127.0.0.1", port);
  if (connect(descriptor_, address->get(), address->size()) != 0) std::terminate();
}

RawClient::~RawClient() {
  close(descriptor_);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::SendPreface() {
  return Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Settings());
}

bool RawClient::SendRequest(unsigned stream, std::string_view path, std::string_view content_type) {
  return Send(Frame(1, 4, stream,
                    Field(":method", "POST") + Field(":scheme", "http") + Field(":path", path) +
                        Field(":authority", "test") + Field("content-type", content_type)));
}

bool RawClient::ReadMore() {
  pollfd watched{.fd = descriptor_, .events = POLLIN, .revents = 0};
  if (poll(&watched, 1, 10'000) != 1) return false;
  std::array<char, 16'384> buffer;
  const ssize_t size = recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  unread_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

bool RawClient::WaitForFrame(unsigned type) {
  constexpr std::size_t kHeadBytes = 9;
  for (;;) {
    while (unread_.size() >= kHeadBytes) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(unread_[i]); };
      const std::size_t size = std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | byte(2);
      if (unread_.size() < kHeadBytes + size) break;
      const bool is_wanted = byte(3) == type;
      payload_ = unread_.substr(kHeadBytes, size);
      unread_.erase(0, kHeadBytes + size);
      if (is_wanted) return true;
    }
    if (!ReadMore()) return false;
  }
}

bool RawClient::WaitForLastWord() const {
  pollfd watched{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
  return poll(&watched, 1, 10'000) == 1;
}

bool RawClient::WaitForClose() {
  pollfd watched{.fd = descriptor_, .events = POLLIN, .revents = 0};
  std::array<char, 16'384> buffer;
  while (poll(&watched, 1, 10'000) == 1) {
    if (recv(descriptor_, buffer.data(), buffer.size(), 0) <= 0) return true;
  }
  return false;
}

}  // namespace fairlead::h2::testing

#include "h2/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace fairlead::h2 {

Result<SocketAddress> SocketAddress::Unix(const std::string& path) {
  SocketAddress made;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Fail(Code::kInvalidArgument,
                "use the unix socket path \"" + path + "\": it must have 1 to 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  std::memcpy(&made.storage_, &address, sizeof address);
  made.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return made;
}

Result<SocketAddress> SocketAddress::UnixAbstract(const std::string& name) {
  // The same bytes, one further on, and without the one that ends a path.
  Result<SocketAddress> made = Unix(" " + name);
  if (!made) return made;
  auto* const path = reinterpret_cast<char*>(&made->storage_) + offsetof(sockaddr_un, sun_path);
  path[0] = '\0';
  made->size_ -= 1;
  return made;
}

Result<SocketAddress> SocketAddress::Ip(const std::string& ip, std::uint16_t port) {
  SocketAddress made;
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (inet_pton(AF_INET, ip.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::memcpy(&made.storage_, &four, sizeof four);
    made.size_ = sizeof four;
  } else if (inet_pton(AF_INET6, ip.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::memcpy(&made.storage_, &six, sizeof six);
    made.size_ = sizeof six;
  } else {
    return Fail(Code::kInvalidArgument,
                "use the address \"" + ip + "\": it is not a literal IP address");
  }
  return made;
}

SocketAddress SocketAddress::OfSocket(int descriptor) {
  SocketAddress made;
  made.size_ = sizeof made.storage_;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&made.storage_), &made.size_) != 0)
    return {};
  return made;
}

int SocketAddress::Accept(int listening) {
  size_ = sizeof storage_;
  return accept4(listening, reinterpret_cast<sockaddr*>(&storage_), &size_,
                 SOCK_CLOEXEC | SOCK_NONBLOCK);
}

std::string SocketAddress::ip() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, text.data(),
              text.size());
  } else if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, text.data(),
              text.size());
  }
  return text.data();
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
  if (family() == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
  return 0;
}

}  // namespace fairlead::h2

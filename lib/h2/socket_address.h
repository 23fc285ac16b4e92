// SocketAddress: a unix path or a literal IP address with a port, as the kernel wants it.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace fairlead::h2 {

class SocketAddress {
 public:
  SocketAddress() = default;  // of no family

  // Fails with kInvalidArgument: empty, or longer than the kernel's 107 bytes.
  static Result<SocketAddress> Unix(const std::string& path);
  // The same in Linux's abstract namespace, where a name is no file.
  static Result<SocketAddress> UnixAbstract(const std::string& name);
  // Fails with kInvalidArgument unless `ip` is a literal IPv4 or IPv6 address.
  static Result<SocketAddress> Ip(const std::string& ip, std::uint16_t port);
  // What a bound socket is bound to; of no family when that cannot be told.
  static SocketAddress OfSocket(int descriptor);

  // Accepts one connection, non-blocking and close-on-exec, and becomes its peer's address.
  // Returns the descriptor, or -1 and errno.
  int Accept(int listening);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }
  std::string ip() const;      // empty for unix
  std::uint16_t port() const;  // 0 for unix

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace fairlead::h2

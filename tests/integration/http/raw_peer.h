// A peer of the HTTP server that writes what bytes it likes.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fairlead::http {

inline constexpr int kPatienceMilliseconds = 20'000;

class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port)
      : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  explicit RawPeer(const std::string& path)
      : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  struct Connected {
    int descriptor;
  };
  explicit RawPeer(Connected end) : descriptor_(end.descriptor) {}
  ~RawPeer() { close(descriptor_); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  RawPeer& Send(std::string_view bytes) {
    send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return *this;
  }
  void HalfClose() { shutdown(descriptor_, SHUT_WR); }
  // What came until `text` was in it, or until the server closed.
  std::string Until(std::string_view text) {
    while (text.empty() || received_.find(text) == std::string::npos) {
      pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, kPatienceMilliseconds) != 1) return received_ + "<nothing more>";
      char bytes[4096];
      const auto got = recv(descriptor_, bytes, sizeof bytes, 0);
      if (got <= 0) return received_;
      received_.append(bytes, static_cast<std::size_t>(got));
    }
    return received_;
  }
  std::string UntilClosed() { return Until(""); }

 private:
  const int descriptor_;
  std::string received_;
};

// Without the framing of chunks, which hold no CR LF of their own here.
inline std::string Unchunked(const std::string& body) {
  std::string out;
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t line = body.find("\r\n", at);
    if (line == std::string::npos) break;
    const std::size_t size = std::stoul(body.substr(at, line - at), nullptr, 16);
    out += body.substr(line + 2, size);
    at = line + 2 + size + 2;
  }
  return out;
}

}  // namespace fairlead::http

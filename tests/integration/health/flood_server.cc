#include "integration/health/flood_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <utility>

#include "h2/socket_address.h"

namespace fairlead::health::testing {
namespace {

bool Say(int peer, std::string_view bytes) {
  return send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

FloodServer::FloodServer(std::string opening, std::string flood, std::size_t piece,
                         std::chrono::milliseconds patience)
    : opening_(std::move(opening)), flood_(std::move(flood)), piece_(piece), patience_(patience) {
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto any = h2::SocketAddress::Ip("127.0.0.1", 0);
  if (bind(listening_, any->get(), any->size()) != 0 || listen(listening_, 64) != 0)
    std::terminate();
  port_ = h2::SocketAddress::OfSocket(listening_).port();
  thread_ = std::thread([this] { Serve(); });
}

FloodServer::~FloodServer() {
  is_over_ = true;
  shutdown(listening_, SHUT_RDWR);
  thread_.join();
  close(listening_);
}

void FloodServer::Serve() {
  for (;;) {
    const int peer = accept(listening_, nullptr, nullptr);
    if (peer < 0) return;
    ++connections_;
    answered_ = 0;
    Flood(peer);
    close(peer);
  }
}

// Until the peer is gone. A peer that takes nothing for a while is left alone.
void FloodServer::Flood(int peer) {
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int at_once = 1;
  setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  std::array<char, 4096> heard;
  if (recv(peer, heard.data(), heard.size(), 0) <= 0 || !Say(peer, opening_)) return;
  for (std::size_t at = 0; !is_over_; at = at >= flood_.size() ? 0 : at) {
    const std::string_view piece = std::string_view(flood_).substr(at, piece_);
    if (!Say(peer, piece) || !HearAnswer(peer)) return;
    at += piece.size();
  }
}

bool FloodServer::HearAnswer(int peer) {
  pollfd wanted{.fd = peer, .events = POLLIN, .revents = 0};
  if (patience_ == patience_.zero() || poll(&wanted, 1, static_cast<int>(patience_.count())) != 1)
    return true;
  std::array<char, 4096> heard;
  if (recv(peer, heard.data(), heard.size(), 0) <= 0) return false;
  ++answered_;
  return true;
}

}  // namespace fairlead::health::testing

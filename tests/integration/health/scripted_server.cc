#include "integration/health/scripted_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "h2/socket_address.h"

namespace fairlead::health::testing {

namespace {

int BoundSocket(std::uint16_t& port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto any = h2::SocketAddress::Ip("127.0.0.1", 0);
  if (bind(made, any->get(), any->size()) != 0) std::terminate();
  port = h2::SocketAddress::OfSocket(made).port();
  return made;
}

void CloseWithReset(int descriptor) {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(descriptor);
}

}  // namespace

ScriptedServer::ScriptedServer(std::string reply, Then then)
    : reply_(std::move(reply)), then_(then) {
  listening_ = BoundSocket(port_);
  if (listen(listening_, 64) != 0) std::terminate();
  stop_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedServer::~ScriptedServer() {
  const std::uint64_t one = 1;
  if (write(stop_, &one, sizeof one) != sizeof one) std::terminate();
  thread_.join();
  close(stop_);
}

void ScriptedServer::Serve() {
  std::vector<pollfd> watched = {{stop_, POLLIN, 0}, {listening_, POLLIN, 0}};
  std::vector<bool> is_answered = {true, true};
  std::array<char, 4096> sink;
  while (poll(watched.data(), watched.size(), 10'000) > 0 && watched[0].revents == 0) {
    if (watched[1].revents != 0) {
      watched.push_back({accept(listening_, nullptr, nullptr), POLLIN, 0});
      is_answered.push_back(false);
      ++connections_;
      continue;
    }
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents == 0) continue;
      const bool is_over = recv(watched[i].fd, sink.data(), sink.size(), 0) <= 0;
      if (!is_over && !is_answered[i]) {
        Answer(watched[i].fd);
        ++answered_;
      }
      const bool is_ours_to_end = !is_answered[i] && then_ != Then::kHold;
      is_answered[i] = true;
      if (!is_over && !is_ours_to_end) continue;
      if (then_ == Then::kReset) {
        CloseWithReset(watched[i].fd);
      } else if (!is_over) {
        // Not closed before the peer is done: its bytes on their way would turn that into a reset.
        shutdown(watched[i].fd, SHUT_WR);
        continue;
      } else {
        close(watched[i].fd);
      }
      watched[i].fd = -1;
    }
  }
  // Nobody listens any more when the connections end: whoever comes back at once is refused, and is
  // not taken up by a listener that is about to go.
  close(listening_);
  for (std::size_t i = 2; i < watched.size(); ++i) {
    if (watched[i].fd >= 0) close(watched[i].fd);
  }
}

void ScriptedServer::Answer(int connection) {
  std::string_view rest = reply_;
  while (!rest.empty()) {
    const ssize_t sent = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

ClosedPort::ClosedPort() {
  descriptor_ = BoundSocket(port_);
}
ClosedPort::~ClosedPort() {
  close(descriptor_);
}

}  // namespace fairlead::health::testing

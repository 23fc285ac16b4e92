#include "probe/name_lookup.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::probe {
namespace {

// Of the first try at each server; c-ares doubles it. Its own 5 s would let one lost datagram cost
// every limit that people set for a health check.
constexpr int kFirstTryMs = 300;
constexpr int kTriesMax = 4;

struct Lookup {
  std::uint16_t port = 0;
  bool is_over = false;
  int status = ARES_SUCCESS;
  std::vector<h2::SocketAddress> found{};
};

void TakeAddress(Lookup& lookup, const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6)
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr || inet_ntop(address->sa_family, bytes, text.data(),
                                    static_cast<socklen_t>(text.size())) == nullptr) {
    return;
  }
  if (auto made = h2::SocketAddress::Ip(text.data(), lookup.port)) lookup.found.push_back(*made);
}

void OnFound(void* argument, int status, int, ares_addrinfo* result) {
  Lookup& lookup = *static_cast<Lookup*>(argument);
  lookup.is_over = true;
  lookup.status = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next)
    TakeAddress(lookup, node->ai_addr);
  ares_freeaddrinfo(result);
}

// Waits for what c-ares waits for, until `deadline` at most.
void Turn(ares_channel channel, TimePoint deadline) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const int wanted = ares_getsock(channel, sockets.data(), static_cast<int>(sockets.size()));
  std::array<pollfd, ARES_GETSOCK_MAXNUM> polled{};
  nfds_t count = 0;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const auto bits = static_cast<unsigned>(wanted) >> i;
    const bool reads = (bits & 1U) != 0;
    const bool writes = (bits >> ARES_GETSOCK_MAXNUM & 1U) != 0;
    if (!reads && !writes) continue;
    const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    polled[count++] = {.fd = sockets[i], .events = events, .revents = 0};
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - runtime::Now());
  timeval most{.tv_sec = left.count() / 1000, .tv_usec = left.count() % 1000 * 1000};
  timeval next{};
  const timeval* wait = ares_timeout(channel, &most, &next);
  poll(polled.data(), count, static_cast<int>(wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000));
  bool is_ready = false;
  for (nfds_t i = 0; i < count; ++i) {
    if (polled[i].revents == 0) continue;
    is_ready = true;
    const bool writes = (polled[i].revents & POLLOUT) != 0;
    const bool reads = (polled[i].revents & ~POLLOUT) != 0;
    ares_process_fd(channel, reads ? polled[i].fd : ARES_SOCKET_BAD,
                    writes ? polled[i].fd : ARES_SOCKET_BAD);
  }
  if (!is_ready) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its own time limits
}

Result<std::vector<h2::SocketAddress>> AskServers(const std::string& host, std::uint16_t port,
                                                  TimePoint deadline) {
  Lookup lookup{.port = port};  // before the channel, whose end may still call back
  ares_options options{};
  options.timeout = kFirstTryMs;
  options.tries = kTriesMax;
  ares_channel channel = nullptr;
  const int made = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (made != ARES_SUCCESS)
    return Fail(Code::kUnavailable, std::string("look up names: ") + ares_strerror(made));
  const std::unique_ptr<std::remove_pointer_t<ares_channel>, void (*)(ares_channel)> owned(
      channel, ares_destroy);
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, OnFound, &lookup);
  while (!lookup.is_over && runtime::Now() < deadline) Turn(channel, deadline);
  if (!lookup.is_over) {
    ares_cancel(channel);
    return Fail(Code::kDeadlineExceeded, "look up " + host + ": no name server answered in time");
  }
  if (lookup.found.empty()) {
    const char* why = lookup.status == ARES_SUCCESS ? "no address" : ares_strerror(lookup.status);
    return Fail(Code::kUnavailable, "look up " + host + ": " + why);
  }
  return std::move(lookup.found);
}

}  // namespace

Result<std::vector<h2::SocketAddress>> LookUpName(const std::string& host, std::uint16_t port,
                                                  TimePoint deadline) {
  if (host.empty())
    return std::vector{*h2::SocketAddress::Ip("127.0.0.1", port),
                       *h2::SocketAddress::Ip("::1", port)};
  if (const auto literal = h2::SocketAddress::Ip(host, port)) return std::vector{*literal};
  return AskServers(host, port, deadline);
}

}  // namespace fairlead::probe

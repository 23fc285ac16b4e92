#include "netdiag/reach.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "netdiag/namespace_socket.h"
#include "netdiag/rtnetlink.h"

namespace fairlead::netdiag {
namespace {

// The kernel puts at most this much into one datagram of a dump.
constexpr std::size_t kAnswerBytesMax = 32 * 1024;
// Of a container with thousands of interfaces; far above every real one.
constexpr int kDatagramsMax = 256;
constexpr timeval kAnswerTimeout = {.tv_sec = 1, .tv_usec = 0};

constexpr SocketKind kRouting = {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE};

// One question at a time over one routing socket.
class RoutingTable {
 public:
  explicit RoutingTable(Result<FileDescriptor> socket) : socket_(std::move(socket)) {
    if (socket_)
      setsockopt(socket_->get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
  }

  Result<Route> RouteTo(const std::string& ip) {
    const Result<Bytes> question = RouteQuestion(ip);
    if (!question) return std::unexpected(question.error());
    const auto answer = Ask(*question);
    if (!answer) return std::unexpected(answer.error());
    return ReadRoute(*answer);
  }

  Result<Interfaces> ListInterfaces() {
    Interfaces found;
    for (const Bytes& question : {LinksQuestion(), AddressesQuestion()}) {
      auto answer = Ask(question);
      bool goes_on = true;
      for (int i = 0; goes_on && i < kDatagramsMax; ++i) {
        if (!answer) return std::unexpected(answer.error());
        const Result<bool> read = ReadInterfaces(*answer, found);
        if (!read) return std::unexpected(read.error());
        goes_on = *read;
        if (goes_on) answer = Receive();
      }
    }
    return found;
  }

 private:
  // The answer is good until the next call.
  Result<std::span<const std::byte>> Ask(const Bytes& question) {
    if (!socket_) return std::unexpected(socket_.error());
    const ssize_t sent = send(socket_->get(), question.data(), question.size(), 0);
    if (sent != static_cast<ssize_t>(question.size()))
      return std::unexpected(Errno("ask routing table"));
    return Receive();
  }
  Result<std::span<const std::byte>> Receive() {
    const ssize_t got = recv(socket_->get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0) return std::unexpected(Errno("read routing table"));
    return std::span<const std::byte>(buffer_.data(), static_cast<std::size_t>(got));
  }

  Result<FileDescriptor> socket_;
  std::array<std::byte, kAnswerBytesMax> buffer_;
};

Result<FileDescriptor> RoutingSocketHere() {
  FileDescriptor made(socket(kRouting.family, kRouting.type | SOCK_CLOEXEC, kRouting.protocol));
  if (!made.valid()) return std::unexpected(Errno("open routing socket"));
  return made;
}

// Looks into the container's namespace, which also shows whether that is possible at all.
Interfaces LookInside(NamespaceWork& work, ContainerFacts& facts) {
  facts.namespace_obstacle.clear();
  facts.pid_start_ticks = StartTicks(facts.pid);
  if (facts.pid_start_ticks == 0) {
    facts.namespace_obstacle = "its process is not seen from here (needs the host's PID namespace)";
    return {};
  }
  const spec::NetworkNamespace place{
      .container = facts.id, .pid = facts.pid, .start_ticks = facts.pid_start_ticks};
  Result<FileDescriptor> socket = work.SocketIn(place, kRouting);
  if (!socket) {
    facts.namespace_obstacle = socket.error().message;
    return {};
  }
  return RoutingTable(std::move(socket)).ListInterfaces().value_or(Interfaces{});
}

bool IsReached(RoutingTable& here, const Interfaces& inside, const std::string& ip) {
  const Result<Route> route = here.RouteTo(ip);
  if (!route) return true;
  if (!IsOnLink(*route)) return false;
  if (route->is_local || !inside.is_cut_off(ip)) return true;
  // A host that has an interface of the same kind beside the container's does talk to it.
  const Result<Interfaces> ours = here.ListInterfaces();
  if (!ours) return true;
  const auto kind = ours->kinds.find(route->interface);
  return kind != ours->kinds.end() && IsCutOffKind(kind->second);
}

}  // namespace

void NoteReach(NamespaceWork& work, ContainerFacts& facts) {
  facts.pid_start_ticks = 0;
  facts.namespace_obstacle.clear();
  const Interfaces inside = facts.pid > 0 ? LookInside(work, facts) : Interfaces{};
  if (facts.networks.empty()) return;
  RoutingTable here(RoutingSocketHere());
  for (NetworkAddress& network : facts.networks) {
    if (network.ipv4.empty() && network.ipv6.empty()) continue;
    // One verdict for both: they are on one interface, and IPv4 is what is asked first.
    network.is_host_routable =
        IsReached(here, inside, network.ipv4.empty() ? network.ipv6 : network.ipv4);
  }
}

}  // namespace fairlead::netdiag

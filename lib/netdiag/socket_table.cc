#include "netdiag/socket_table.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>

#include "netdiag/namespace_socket.h"

namespace fairlead::netdiag {
namespace {

constexpr std::uint8_t kTcpEstablished = 1;  // TCP_ESTABLISHED of the kernel's state numbers
// A server with more connections than this answers in many datagrams; each is at most this large.
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
constexpr timeval kAnswerTimeout = {.tv_sec = 1, .tv_usec = 0};

Result<FileDescriptor> OpenDiag() {
  FileDescriptor diag(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!diag.valid()) return std::unexpected(Errno("open sock_diag socket"));
  return diag;
}

Result<> Ask(int diag, std::uint8_t family) {
  struct {
    nlmsghdr head;
    inet_diag_req_v2 question;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.question.sdiag_family = family;
  request.question.sdiag_protocol = IPPROTO_TCP;
  request.question.idiag_states = 1U << kTcpEstablished;
  if (send(diag, &request, sizeof request, 0) != sizeof request)
    return std::unexpected(Errno("ask sock_diag"));
  return {};
}

std::string AddressText(std::uint8_t family, const std::uint32_t (&words)[4]) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family == AF_INET) return inet_ntop(AF_INET, &words[0], text.data(), text.size());
  const bool is_mapped = words[0] == 0 && words[1] == 0 && words[2] == htonl(0xFFFF);
  if (is_mapped) return inet_ntop(AF_INET, &words[3], text.data(), text.size());
  return inet_ntop(AF_INET6, &words[0], text.data(), text.size());
}

using Keep = std::function<void(const inet_diag_msg&)>;

// The message after `head`, which takes its bytes off `left`. NLMSG_NEXT would cast a char pointer.
nlmsghdr* Next(nlmsghdr* head, unsigned& left) {
  const unsigned size = std::min<unsigned>(left, NLMSG_ALIGN(head->nlmsg_len));
  left -= size;
  void* const here = head;
  void* const next = static_cast<char*>(here) + size;
  return static_cast<nlmsghdr*>(next);
}

// Reads one dump to its end.
Result<> Read(int diag, const Keep& keep) {
  alignas(nlmsghdr) std::array<char, kAnswerBytesMax> buffer;
  while (true) {
    const ssize_t got = recv(diag, buffer.data(), buffer.size(), 0);
    if (got < 0) return std::unexpected(Errno("read sock_diag answer"));
    auto left = static_cast<unsigned>(got);
    void* const first = buffer.data();
    for (auto* head = static_cast<nlmsghdr*>(first); NLMSG_OK(head, left);
         head = Next(head, left)) {
      if (head->nlmsg_type == NLMSG_DONE) return {};
      if (head->nlmsg_type == NLMSG_ERROR) {
        errno = -static_cast<const nlmsgerr*>(NLMSG_DATA(head))->error;
        return std::unexpected(Errno("ask sock_diag"));
      }
      keep(*static_cast<const inet_diag_msg*>(NLMSG_DATA(head)));
    }
  }
}

// Shows every established TCP connection of the socket's namespace to `keep`.
Result<> Dump(const Result<FileDescriptor>& diag, const Keep& keep) {
  if (!diag) return std::unexpected(diag.error());
  setsockopt(diag->get(), SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    if (Result<> asked = Ask(diag->get(), family); !asked) return asked;
    if (Result<> read = Read(diag->get(), keep); !read) return read;
  }
  return {};
}

// The inodes of this process's sockets.
std::set<std::uint64_t> OwnSockets() {
  std::set<std::uint64_t> inodes;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const std::string target = std::filesystem::read_symlink(entry.path(), ignored).string();
    constexpr std::string_view kPrefix = "socket:[";
    std::uint64_t inode = 0;
    if (!target.starts_with(kPrefix)) continue;
    std::from_chars(target.data() + kPrefix.size(), target.data() + target.size(), inode);
    inodes.insert(inode);
  }
  return inodes;
}

// What is connected to local `port`. Sockets with an inode of `ours` at the other end do not count.
Result<std::vector<Connection>> ServedAt(const Result<FileDescriptor>& diag, std::uint16_t port,
                                         const std::set<std::uint64_t>& ours) {
  std::vector<Connection> found;
  std::set<std::uint16_t> our_ports;
  const Result<> dumped = Dump(diag, [&](const inet_diag_msg& message) {
    if (ntohs(message.id.idiag_dport) == port && ours.contains(message.idiag_inode))
      our_ports.insert(ntohs(message.id.idiag_sport));
    if (ntohs(message.id.idiag_sport) != port) return;
    found.push_back({.remote_ip = AddressText(message.idiag_family, message.id.idiag_dst),
                     .remote_port = ntohs(message.id.idiag_dport),
                     .receive_queue_bytes = message.idiag_rqueue,
                     .send_queue_bytes = message.idiag_wqueue});
  });
  if (!dumped) return std::unexpected(dumped.error());
  std::erase_if(found, [&](const Connection& one) { return our_ports.contains(one.remote_port); });
  return found;
}

}  // namespace

Result<std::vector<Connection>> ConnectionsTo(const ContainerId& id, std::int64_t pid,
                                              std::uint16_t port) {
  const spec::NetworkNamespace place{.container = id, .pid = pid};
  return ServedAt(SocketIn(place, {AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG}), port, OwnSockets());
}

Result<std::vector<Connection>> ConnectionsHere(std::uint16_t port) {
  return ServedAt(OpenDiag(), port, {});
}

Result<std::set<std::uint16_t>> OwnPortsTo(const std::string& ip, std::uint16_t port) {
  const std::set<std::uint64_t> own = OwnSockets();
  std::set<std::uint16_t> ports;
  const Result<> dumped = Dump(OpenDiag(), [&](const inet_diag_msg& message) {
    if (ntohs(message.id.idiag_dport) == port && own.contains(message.idiag_inode) &&
        AddressText(message.idiag_family, message.id.idiag_dst) == ip) {
      ports.insert(ntohs(message.id.idiag_sport));
    }
  });
  if (!dumped) return std::unexpected(dumped.error());
  return ports;
}

}  // namespace fairlead::netdiag

#include "netdiag/sock_diag.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "netdiag/namespace_socket.h"

namespace fairlead::netdiag {
namespace {

constexpr std::uint8_t kTcpEstablished = 1;  // TCP_ESTABLISHED of the kernel's state numbers
// A server with more connections than this answers in many datagrams; each is at most this large.
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
constexpr timeval kAnswerTimeout = {.tv_sec = 1, .tv_usec = 0};

struct Request {
  nlmsghdr head;
  inet_diag_req_v2 question;
};

Request RequestOf(std::uint16_t type, std::uint16_t flags, std::uint8_t family) {
  Request request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = type;
  request.head.nlmsg_flags = NLM_F_REQUEST | flags;
  request.question.sdiag_family = family;
  request.question.sdiag_protocol = IPPROTO_TCP;
  request.question.idiag_states = 1U << kTcpEstablished;
  return request;
}

Result<> Send(int diag, const Request& request) {
  if (send(diag, &request, sizeof request, 0) != sizeof request)
    return std::unexpected(Errno("ask sock_diag"));
  return {};
}

// The message after `head`, which takes its bytes off `left`. NLMSG_NEXT would cast a char pointer.
nlmsghdr* Next(nlmsghdr* head, unsigned& left) {
  const unsigned size = std::min<unsigned>(left, NLMSG_ALIGN(head->nlmsg_len));
  left -= size;
  void* const here = head;
  void* const next = static_cast<char*>(here) + size;
  return static_cast<nlmsghdr*>(next);
}

void Show(const nlmsghdr* head, const KeepSocket& keep) {
  constexpr std::size_t kFixed = NLMSG_LENGTH(sizeof(inet_diag_msg));
  if (head->nlmsg_len < kFixed) return;
  const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(head));
  const void* const rest = message + 1;
  keep(*message, {static_cast<const std::byte*>(rest), head->nlmsg_len - kFixed});
}

// Reads one dump to its end.
Result<> ReadDump(int diag, const KeepSocket& keep) {
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
      Show(head, keep);
    }
  }
}

}  // namespace

Result<FileDescriptor> OpenSockDiag() {
  FileDescriptor diag(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!diag.valid()) return std::unexpected(Errno("open sock_diag socket"));
  return diag;
}

Result<> DumpEstablished(int diag, std::uint8_t extensions, const KeepSocket& keep) {
  setsockopt(diag, SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    Request request = RequestOf(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family);
    request.question.idiag_ext = extensions;
    if (Result<> asked = Send(diag, request); !asked) return asked;
    if (Result<> read = ReadDump(diag, keep); !read) return read;
  }
  return {};
}

Result<> DestroySocket(int diag, std::uint8_t family, const inet_diag_sockid& id) {
  setsockopt(diag, SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof kAnswerTimeout);
  Request request = RequestOf(SOCK_DESTROY, NLM_F_ACK, family);
  request.question.id = id;
  if (Result<> asked = Send(diag, request); !asked) return asked;
  struct {
    nlmsghdr head;
    nlmsgerr error;
    Request repeated;
  } answer{};
  const ssize_t got = recv(diag, &answer, sizeof answer, 0);
  if (got < 0) return std::unexpected(Errno("reset connection"));
  const bool is_answer = static_cast<std::size_t>(got) >= NLMSG_LENGTH(sizeof(nlmsgerr)) &&
                         answer.head.nlmsg_type == NLMSG_ERROR;
  if (!is_answer)
    return Fail(Code::kDataLoss, "reset connection: the kernel's answer is no answer");
  if (answer.error.error == 0) return {};
  errno = -answer.error.error;
  if (errno == EOPNOTSUPP) {
    return Fail(Code::kUnimplemented,
                "reset connection: this kernel is built without CONFIG_INET_DIAG_DESTROY");
  }
  return std::unexpected(Errno("reset connection (needs capability NET_ADMIN)"));
}

std::string AddressText(std::uint8_t family, const std::uint32_t (&words)[4]) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family == AF_INET) return inet_ntop(AF_INET, &words[0], text.data(), text.size());
  const bool is_mapped = words[0] == 0 && words[1] == 0 && words[2] == htonl(0xFFFF);
  if (is_mapped) return inet_ntop(AF_INET, &words[3], text.data(), text.size());
  return inet_ntop(AF_INET6, &words[0], text.data(), text.size());
}

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

}  // namespace fairlead::netdiag

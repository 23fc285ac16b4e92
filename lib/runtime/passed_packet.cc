#include "runtime/passed_packet.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fairlead::runtime {
namespace {

// That one packet may bring: what comes beyond it the kernel closes.
constexpr std::size_t kDescriptorsMax = 4;

FileDescriptor TakeFirst(msghdr& message) {
  FileDescriptor taken;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      FileDescriptor descriptor(number);
      if (!taken.valid()) taken = std::move(descriptor);
    }
  }
  return taken;
}

}  // namespace

PacketReceived ReceivePacket(int socket, std::size_t bytes_max, PassedPacket& packet) {
  packet.bytes.resize(bytes_max + 1);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptorsMax * sizeof(int))> space{};
  iovec part{.iov_base = packet.bytes.data(), .iov_len = packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  ssize_t received = 0;
  do {
    received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  const int error = received < 0 ? errno : 0;
  packet.bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
  packet.descriptor = FileDescriptor();
  if (error != 0) return error == EAGAIN ? PacketReceived::kNothing : PacketReceived::kEnd;
  packet.descriptor = TakeFirst(message);
  // An empty packet and the end look the same, but for what comes along.
  const bool is_end = received == 0 && !packet.descriptor.valid();
  return is_end ? PacketReceived::kEnd : PacketReceived::kPacket;
}

int SendPacket(int socket, std::string_view bytes, int descriptor) {
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 ? 0 : errno;
}

bool IsUnixSocket(int descriptor, int type) {
  int found_domain = 0;
  int found_type = 0;
  socklen_t domain_bytes = sizeof found_domain;
  socklen_t type_bytes = sizeof found_type;
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &found_domain, &domain_bytes) == 0 &&
         getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &found_type, &type_bytes) == 0 &&
         found_domain == AF_UNIX && found_type == type;
}

}  // namespace fairlead::runtime

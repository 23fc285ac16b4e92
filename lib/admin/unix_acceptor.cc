#include "admin/unix_acceptor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace fairlead::admin {
namespace {

// Connections that wait to be accepted. Generous, because gRPC clients take a full queue (EAGAIN)
// for an open connection and fail on it.
constexpr int kBacklog = 1024;
// Accepted in one go, so that Stop is seen under a flood too.
constexpr int kRoundMax = 64;
// Without a free descriptor, accepting again at once would spin.
constexpr int kPauseMilliseconds = 100;

std::string Cause(int error) {
  return std::generic_category().message(error);
}

unsigned long InodeOf(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

UnixAcceptor::~UnixAcceptor() {
  Stop();
}

Result<> UnixAcceptor::Listen(const std::string& path) {
  const auto fail = [&](int error) {
    return Fail(Code::kFailedPrecondition,
                "listen for the admin API on " + path + ": " + Cause(error));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return fail(ENAMETOOLONG);
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return fail(errno);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const int error = errno;
    close(descriptor);
    return fail(error);
  }
  sockets_.push_back({.path = path, .descriptor = descriptor, .inode = InodeOf(path)});
  // Nobody can connect before listen(), so the file is never open to more than it shall be.
  if (chmod(path.c_str(), 0660) != 0) return fail(errno);
  return listen(descriptor, kBacklog) == 0 ? Result<>() : fail(errno);
}

Result<> UnixAcceptor::Start(Gate gate, Take take, Refused refused) {
  gate_ = std::move(gate);
  take_ = std::move(take);
  refused_ = std::move(refused);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0)
    return Fail(Code::kResourceExhausted, "make the acceptor's eventfd: " + Cause(errno));
  thread_ = std::thread([this] { Run(); });
  return {};
}

void UnixAcceptor::Stop() {
  if (thread_.joinable()) {
    eventfd_write(wake_, 1);
    thread_.join();
  }
  for (const Socket& socket : sockets_) {
    close(socket.descriptor);
    if (socket.inode != 0 && InodeOf(socket.path) == socket.inode) unlink(socket.path.c_str());
  }
  sockets_.clear();
  if (wake_ >= 0) close(std::exchange(wake_, -1));
}

void UnixAcceptor::Run() {
  pthread_setname_np(pthread_self(), "fl-admin");
  std::vector<pollfd> watched = {{.fd = wake_, .events = POLLIN, .revents = 0}};
  for (const Socket& socket : sockets_) {
    watched.push_back({.fd = socket.descriptor, .events = POLLIN, .revents = 0});
  }
  while (true) {
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    bool is_able = true;
    for (std::size_t i = 1; i < watched.size(); ++i) {
      if (watched[i].revents != 0) is_able = AcceptAll(watched[i].fd) && is_able;
    }
    // One descriptor only: the sockets would be ready at once.
    if (!is_able) poll(watched.data(), 1, kPauseMilliseconds);
  }
}

bool UnixAcceptor::AcceptAll(int listening) {
  for (int i = 0; i < kRoundMax; ++i) {
    const int descriptor = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor >= 0) {
      Judge(descriptor);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return true;
    refused_({}, {Code::kResourceExhausted, "accept an admin connection: " + Cause(errno)});
    return false;
  }
  return true;
}

void UnixAcceptor::Judge(int descriptor) {
  const runtime::PeerProcess peer = runtime::PeerOf(descriptor).value_or(runtime::PeerProcess());
  const Result<> admitted = gate_(peer);
  if (admitted) {
    take_(descriptor, peer);
    return;
  }
  close(descriptor);
  refused_(peer, admitted.error());
}

}  // namespace fairlead::admin

#include "h2/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "h2/socket_address.h"

namespace fairlead::h2 {

namespace {

// Connections taken out of the kernel's queue, and begun, before other work of the loop gets its
// turn: some 6 us for each of the ones, 25 us for each of the others, and before gRPC 150.
constexpr int kAcceptsPerTurn = 32;
constexpr int kBeginsPerTurn = 2;
constexpr int kBacklog = 4096;  // a reconnect storm; the kernel cuts it to somaxconn

std::string Cause(int error) {
  return std::generic_category().message(error);
}

std::unexpected<Error> FailWith(int error, const std::string& doing) {
  Code code = Code::kUnavailable;
  if (error == EADDRINUSE) code = Code::kAlreadyExists;
  if (error == EACCES || error == EPERM) code = Code::kPermissionDenied;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EADDRNOTAVAIL || error == ENAMETOOLONG) code = Code::kInvalidArgument;
  return Fail(code, doing + ": " + Cause(error));
}

// Removes the socket file of a process that has died. A living one's is kAlreadyExists.
Result<> ClearStale(const std::string& path, const SocketAddress& address) {
  struct stat about{};
  if (lstat(path.c_str(), &about) != 0) return {};
  if (!S_ISSOCK(about.st_mode))
    return Fail(Code::kAlreadyExists, "listen on " + path + ": it is not a socket");
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return FailWith(errno, "listen on " + path);
  const bool is_stale = connect(probe, address.get(), address.size()) != 0 && errno == ECONNREFUSED;
  close(probe);
  if (!is_stale)
    return Fail(Code::kAlreadyExists, "listen on " + path + ": another process serves there");
  if (unlink(path.c_str()) != 0) return FailWith(errno, "replace the stale socket " + path);
  return {};
}

std::uint64_t InodeOf(const std::string& path) {
  struct stat about{};
  return lstat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

Peer PeerOf(int descriptor, const SocketAddress& from) {
  Peer peer;
  if (from.family() == AF_UNIX) {
    peer.is_unix = true;
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer.pid = credentials.pid;
      peer.uid = credentials.uid;
      peer.gid = credentials.gid;
    }
    return peer;
  }
  peer.address = from.ip();
  peer.port = from.port();
  return peer;
}

// What only those pay that are begun.
void Prepare(int descriptor, Peer& peer) {
  if (peer.is_unix) return;
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  peer.local_address = SocketAddress::OfSocket(descriptor).ip();
}

}  // namespace

Listener::Listener(runtime::EventLoop& poller, int descriptor, const ArrivalLimits& limits,
                   Told told)
    : poller_(poller),
      descriptor_(descriptor),
      told_(std::move(told)),
      arrivals_(limits),
      timer_(poller, [this] { Begin(); }) {}

Listener::~Listener() {
  poller_.Remove(watch_);
  close(descriptor_);
  if (inode_ != 0 && InodeOf(path_) == inode_) unlink(path_.c_str());
}

Result<> Listener::Start() {
  if (listen(descriptor_, kBacklog) != 0) return FailWith(errno, "listen");
  Result<runtime::EventLoop::Watch> watch = poller_.Add(descriptor_, EPOLLIN, *this);
  if (!watch) return std::unexpected(watch.error());
  watch_ = *watch;
  return {};
}

Result<std::unique_ptr<Listener>> Listener::Unix(runtime::EventLoop& poller,
                                                 const std::string& path, unsigned mode,
                                                 const ArrivalLimits& limits, Told told) {
  const Result<SocketAddress> address = SocketAddress::Unix(path);
  if (!address) return std::unexpected(address.error());
  if (Result<> cleared = ClearStale(path, *address); !cleared)
    return std::unexpected(cleared.error());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return FailWith(errno, "listen on " + path);
  std::unique_ptr<Listener> made(new Listener(poller, descriptor, limits, std::move(told)));
  if (bind(descriptor, address->get(), address->size()) != 0)
    return FailWith(errno, "listen on " + path);
  made->path_ = path;
  made->inode_ = InodeOf(path);
  // Nobody can connect before listen(), so the file never has wider permissions than asked for.
  if (chmod(path.c_str(), mode) != 0) return FailWith(errno, "set the permissions of " + path);
  if (Result<> started = made->Start(); !started) return std::unexpected(started.error());
  return made;
}

Result<std::unique_ptr<Listener>> Listener::Tcp(runtime::EventLoop& poller, const std::string& ip,
                                                std::uint16_t port, const ArrivalLimits& limits,
                                                Told told) {
  const Result<SocketAddress> address = SocketAddress::Ip(ip, port);
  if (!address) return std::unexpected(address.error());
  const std::string doing = "listen on " + ip + " port " + std::to_string(port);
  const int descriptor = socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return FailWith(errno, doing);
  std::unique_ptr<Listener> made(new Listener(poller, descriptor, limits, std::move(told)));
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->family() == AF_INET6)
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(descriptor, address->get(), address->size()) != 0) return FailWith(errno, doing);
  if (Result<> started = made->Start(); !started) return std::unexpected(started.error());
  made->port_ = SocketAddress::OfSocket(descriptor).port();
  return made;
}

void Listener::OnReady(std::uint32_t) {
  for (int i = 0; i < kAcceptsPerTurn && !is_paused_; ++i) {
    SocketAddress from;
    const int taken = from.Accept(descriptor_);
    if (taken >= 0) {
      Take(PeerOf(taken, from), taken);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) Pause();
    if (errno != EINTR && errno != ECONNABORTED) break;
  }
  ScheduleBegin();
}

void Listener::Take(const Peer& peer, int descriptor) {
  const bool is_taken =
      arrivals_.Add({.socket = runtime::FileDescriptor(descriptor), .peer = peer}, poller_.now());
  if (!is_taken && told_.refused) told_.refused(peer);
  if (!arrivals_.is_full()) return;
  ++held_back_;
  Pause();
}

void Listener::Pause() {
  is_paused_ = true;
  poller_.Change(watch_, 0);
}

void Listener::Resume() {
  if (arrivals_.is_full() || !std::exchange(is_paused_, false)) return;
  poller_.Change(watch_, EPOLLIN);
}

void Listener::ScheduleBegin() {
  if (!arrivals_.DueAt() || std::exchange(is_scheduled_, true)) return;
  poller_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    is_scheduled_ = false;
    Begin();
  });
}

void Listener::Begin() {
  const TimePoint now = poller_.now();
  const bool was_full = arrivals_.is_full();
  for (int i = 0; i < kBeginsPerTurn; ++i) {
    std::optional<Arrival> next = arrivals_.Next(now);
    if (!next) break;
    Prepare(next->socket.get(), next->peer);
    told_.accepted(next->socket.Release(), std::move(next->peer));
  }
  if (was_full) Resume();
  const std::optional<TimePoint> due = arrivals_.DueAt();
  if (due && *due > now)
    timer_.Set(*due);
  else
    ScheduleBegin();
}

bool Listener::Offended(const Peer& peer) {
  return arrivals_.Offended(peer, poller_.now());
}

}  // namespace fairlead::h2

#include "netdiag/namespace_socket.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "runtime/peer_process.h"

namespace fairlead::netdiag {
namespace {

// A process's cgroup path names its container on every engine; a reused pid does not.
bool BelongsTo(const ContainerId& id, std::int64_t pid) {
  const Result<std::string> cgroup = runtime::ReadCgroup(static_cast<std::int32_t>(pid));
  return !id.value.empty() && cgroup && cgroup->contains(id.value);
}

struct Entry {
  int ns = -1;
  SocketKind kind;
  Result<FileDescriptor> made = Fail(Code::kInternal, "make socket: thread did not run");
};

// The whole life of the thread that enters.
void* Enter(void* argument) {
  Entry& entry = *static_cast<Entry*>(argument);
  if (setns(entry.ns, CLONE_NEWNET) != 0) {
    entry.made = std::unexpected(Errno("enter network namespace (needs capability SYS_ADMIN)"));
    return nullptr;
  }
  FileDescriptor made(
      socket(entry.kind.family, entry.kind.type | SOCK_CLOEXEC, entry.kind.protocol));
  if (made.valid()) {
    entry.made = std::move(made);
  } else {
    entry.made = std::unexpected(Errno("make socket in network namespace"));
  }
  return nullptr;
}

}  // namespace

Error Errno(const std::string& doing) {
  const int number = errno;
  Code code = Code::kInternal;
  if (number == EPERM || number == EACCES) code = Code::kPermissionDenied;
  if (number == ENOENT || number == ESRCH) code = Code::kNotFound;
  if (number == EPROTONOSUPPORT || number == EAFNOSUPPORT) code = Code::kUnimplemented;
  if (number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM ||
      number == EAGAIN) {
    code = Code::kResourceExhausted;
  }
  return {code, doing + ": " + std::generic_category().message(number)};
}

std::uint64_t StartTicks(std::int64_t pid) {
  const auto life = runtime::ReadLife(static_cast<std::int32_t>(pid));
  return life ? life->start_ticks : 0;
}

Result<> CheckPlace(const spec::NetworkNamespace& place) {
  const bool is_reused = place.start_ticks != 0 && StartTicks(place.pid) != place.start_ticks;
  if (place.pid > 0 && !is_reused && BelongsTo(place.container, place.pid)) return {};
  return Fail(Code::kNotFound, "enter network namespace: pid " + std::to_string(place.pid) +
                                   " is not of container " + place.container.value.substr(0, 12));
}

Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind) {
  if (place.pid <= 0) return std::unexpected(CheckPlace(place).error());
  const std::string path = "/proc/" + std::to_string(place.pid) + "/ns/net";
  const FileDescriptor ns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!ns.valid()) return std::unexpected(Errno("open " + path + " (needs capability SYS_PTRACE)"));
  if (const Result<> theirs = CheckPlace(place); !theirs) return std::unexpected(theirs.error());
  Entry entry{.ns = ns.get(), .kind = kind};
  pthread_t thread{};
  if (const int error = pthread_create(&thread, nullptr, Enter, &entry); error != 0) {
    errno = error;
    return std::unexpected(Errno("enter network namespace: make thread"));
  }
  pthread_join(thread, nullptr);
  return std::move(entry.made);
}

}  // namespace fairlead::netdiag

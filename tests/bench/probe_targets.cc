#include "bench/probe_targets.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <string>
#include <vector>

#include "bench/h2_bytes.h"
#include "bench/sockets.h"

namespace fairlead::bench {
namespace {

// A dynamic table of size zero. A client that announces a smaller table waits for it.
constexpr std::string_view kNoTable = "\x20";

// HealthCheckResponse{status: SERVING} as headers, message and trailers on one stream. A Watch
// stays open.
std::string Answer(std::uint32_t stream, bool is_watch) {
  const std::string told = Frame(kHeaders, kEndHeaders, stream,
                                 std::string(kNoTable) + Field(":status", "200") +
                                     Field("content-type", "application/grpc")) +
                           Frame(kData, 0, stream, Message(std::string_view("\x08\x01", 2)));
  return is_watch
             ? told
             : told + Frame(kHeaders, kEndHeaders | kEndStream, stream, Field("grpc-status", "0"));
}

struct Connection {
  std::string buffer;
  bool has_preface = false;
  // Of the first request, a Check. All checks are alike, and a Watch, without a grpc-timeout, is
  // not.
  std::uint32_t check_header_bytes = 0;
  std::uint32_t watch = 0;  // its stream; 0 = none
};

class Targets {
 public:
  explicit Targets(int listener) : listener_(listener), epoll_(epoll_create1(0)) {
    fcntl(listener_, F_SETFL, O_NONBLOCK);
    Watch(epoll_, listener_, static_cast<std::uint32_t>(listener_));
  }

  void Run() {
    std::vector<epoll_event> events(256);
    while (true) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        const int fd = static_cast<int>(events[static_cast<std::size_t>(i)].data.u32);
        if (fd == listener_) {
          Accept();
        } else {
          Read(fd);
        }
      }
    }
  }

 private:
  void Accept() {
    for (int fd = 0; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      Tune(fd);
      if (connections_.size() <= static_cast<std::size_t>(fd))
        connections_.resize(static_cast<std::size_t>(fd) + 1);
      connections_[static_cast<std::size_t>(fd)] = {};
      Watch(epoll_, fd, static_cast<std::uint32_t>(fd));
      SendAll(fd, OpenSettings());
    }
  }

  void Read(int fd) {
    Connection& connection = connections_[static_cast<std::size_t>(fd)];
    const ssize_t got = recv(fd, scratch_, sizeof scratch_, 0);
    if (got <= 0) {
      if (got == 0 || (errno != EAGAIN && errno != EINTR)) close(fd);
      return;
    }
    connection.buffer.append(scratch_, static_cast<std::size_t>(got));
    std::string_view rest = connection.buffer;
    if (!connection.has_preface) {
      if (rest.size() < kPreface.size()) return;
      rest.remove_prefix(kPreface.size());
      connection.has_preface = true;
    }
    std::string out;
    while (const std::size_t size = WholeFrame(rest)) {
      const FrameHead head = ReadHead(rest.data());
      if (head.type == kSettings && (head.flags & kAck) == 0) out += Frame(kSettings, kAck, 0, {});
      if (head.type == kPing && (head.flags & kAck) == 0)
        out += Frame(kPing, kAck, 0, rest.substr(kFrameHeadBytes, 8));
      if (head.type == kHeaders) {
        if (connection.check_header_bytes == 0) connection.check_header_bytes = head.length;
        if (head.length != connection.check_header_bytes) connection.watch = head.stream;
      }
      if ((head.type == kData || head.type == kHeaders) && (head.flags & kEndStream) != 0)
        out += Answer(head.stream, head.stream == connection.watch);
      rest.remove_prefix(size);
    }
    connection.buffer.erase(0, connection.buffer.size() - rest.size());
    if (!out.empty()) SendAll(fd, out);
  }

  const int listener_;
  const int epoll_;
  std::vector<Connection> connections_;  // by file descriptor
  char scratch_[65536];
};

}  // namespace

ProbeTargets SpawnProbeTargets() {
  ProbeTargets targets;
  const int listener = Listen(targets.port);
  targets.process = fork();
  if (targets.process < 0) Die("fork");
  if (targets.process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Targets(listener).Run();
  }
  close(listener);
  return targets;
}

void StopProbeTargets(const ProbeTargets& targets) {
  kill(targets.process, SIGKILL);
  waitpid(targets.process, nullptr, 0);
}

}  // namespace fairlead::bench

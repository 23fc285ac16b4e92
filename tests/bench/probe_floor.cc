#include "bench/probe_floor.h"

#include <string>
#include <vector>

#include "bench/h2_bytes.h"
#include "bench/measure.h"
#include "bench/probe_targets.h"
#include "bench/sockets.h"

namespace fairlead::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Target {
  int fd = -1;
  std::uint32_t stream = 1;
  Clock::time_point due;
};

class FloorProber {
 public:
  FloorProber(int count, milliseconds interval)
      : interval_(interval), servers_(SpawnProbeTargets()), epoll_(epoll_create1(0)) {
    const std::string open = std::string(kPreface) + OpenSettings();
    request_ = Frame(kHeaders, kEndHeaders, 0,
                     RequestHeaders("/grpc.health.v1.Health/Check") + Field("grpc-timeout", "2S")) +
               Frame(kData, kEndStream, 0, Message({}));
    data_frame_at_ = request_.size() - kFrameHeadBytes - 5;
    targets_.resize(static_cast<std::size_t>(count));
    const Clock::time_point start = Clock::now();
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      targets_[i].fd = Connect(TargetIp(static_cast<int>(i)), servers_.port);
      targets_[i].due = start + interval_ * static_cast<int>(i) / count;
      Watch(epoll_, targets_[i].fd, static_cast<std::uint32_t>(i));
      SendAll(targets_[i].fd, open);
      SendAll(targets_[i].fd, Frame(kSettings, kAck, 0, {}));
    }
  }

  ~FloorProber() {
    for (const Target& target : targets_) close(target.fd);
    close(epoll_);
    StopProbeTargets(servers_);
  }

  // Runs for `length`; returns how many checks were sent.
  int Run(milliseconds length) {
    int sent = 0;
    std::size_t next = 0;
    std::vector<epoll_event> events(256);
    for (const Clock::time_point end = Clock::now() + length; Clock::now() < end;) {
      const Clock::time_point now = Clock::now();
      // Phases are in index order, so the due ones are a run that starts where the last one ended.
      while (targets_[next].due <= now) {
        Send(targets_[next]);
        ++sent;
        next = (next + 1) % targets_.size();
      }
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 2);
      for (int i = 0; i < ready; ++i) {
        recv(targets_[events[static_cast<std::size_t>(i)].data.u32].fd, scratch_, sizeof scratch_,
             0);
      }
    }
    return sent;
  }

 private:
  void Send(Target& target) {
    PutBig32(request_.data() + 5, target.stream);
    PutBig32(request_.data() + data_frame_at_ + 5, target.stream);
    if (send(target.fd, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) Die("send");
    target.stream += 2;
    target.due += interval_;
  }

  const milliseconds interval_;
  const ProbeTargets servers_;
  const int epoll_;
  std::string request_;
  std::size_t data_frame_at_ = 0;
  std::vector<Target> targets_;
  char scratch_[65536];
};

}  // namespace

ProbeRun RunProbeFloor(int count, milliseconds interval, milliseconds length) {
  FloorProber prober(count, interval);
  prober.Run(interval);  // warm: one round
  const double sleeps = Sleeps();
  const double before = CpuSeconds();
  const int checks = prober.Run(length);
  return {.cpu_us_per_check = (CpuSeconds() - before) * 1e6 / checks,
          .sleeps_per_check = (Sleeps() - sleeps) / checks,
          .checks = checks};
}

}  // namespace fairlead::bench

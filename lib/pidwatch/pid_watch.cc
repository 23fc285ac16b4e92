#include "pidwatch/pid_watch.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <limits>
#include <map>
#include <system_error>
#include <utility>

#include "base/result.h"
#include "runtime/peer_process.h"

namespace fairlead::pidwatch {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

// Which process a number means: the kernel gives numbers of ended processes to new ones.
struct Identity {
  std::uint64_t start_ticks = 0;
  std::string container;  // by its cgroup; empty for none
  bool operator==(const Identity&) const = default;
};

Result<Identity> IdentityOf(std::int32_t pid) {
  const Result<runtime::ProcessLife> life = runtime::ReadLife(pid);
  if (!life) return std::unexpected(life.error());
  const Result<std::string> cgroup = runtime::ReadCgroup(pid);
  if (!cgroup) return std::unexpected(cgroup.error());
  return Identity{.start_ticks = life->start_ticks, .container = runtime::ContainerIn(*cgroup)};
}

// What became of an attempt to open the init of a container.
enum class Opened {
  kWatched,
  kGone,       // no such process
  kElsewhere,  // there is one, and it is not the container's
  kRefused,    // the kernel does not let us
};

struct Attempt {
  Opened opened = Opened::kRefused;
  int descriptor = -1;
  std::string detail;
  std::uint64_t start_ticks = 0;  // of kWatched
};

// glibc has no wrapper before 2.36 on every system that we build on.
int OpenPidfd(std::int32_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

// The identity is read before and after the descriptor is taken: only if both agree is the
// descriptor that of the process that was looked at.
Attempt Open(const ContainerId& container, std::int32_t pid) {
  const Result<Identity> before = IdentityOf(pid);
  if (!before) {
    return {.opened = before.error().code == Code::kNotFound ? Opened::kGone : Opened::kRefused,
            .detail = before.error().message};
  }
  if (before->container != container.value) {
    return {.opened = Opened::kElsewhere,
            .detail = fmt::format("process {} is not in the container's cgroup", pid)};
  }
  const int descriptor = OpenPidfd(pid);
  if (descriptor < 0) {
    return {.opened = errno == ESRCH ? Opened::kGone : Opened::kRefused,
            .detail = "open pidfd: " + std::generic_category().message(errno)};
  }
  const Result<Identity> after = IdentityOf(pid);
  if (after && *after == *before) {
    return {.opened = Opened::kWatched,
            .descriptor = descriptor,
            .detail = "",
            .start_ticks = after->start_ticks};
  }
  close(descriptor);
  // What was the container's a moment ago has ended meanwhile.
  return {.opened = Opened::kGone, .detail = "it ended while it was opened"};
}

std::size_t WatchedMax() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kWatchedMax;
  return std::min<std::size_t>(kWatchedMax, limit.rlim_cur / kDescriptorShare);
}

std::string WhyOff(const Attempt& attempt) {
  if (attempt.opened == Opened::kRefused) {
    return attempt.detail + "; it needs Linux 5.3 and free file descriptors";
  }
  return attempt.detail +
         "; run fairleadd in the host's PID namespace (--pid=host), on the engine's own host";
}

}  // namespace

class PidWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& loop, Exited exited, Told told)
      : loop_(loop), exited_(std::move(exited)), told_(std::move(told)) {}

  asio::io_context& loop() { return loop_; }

  void Begin(const Generation& generation, std::int64_t pid) {
    if (is_stopped_ || watched_.contains(generation)) return;
    if (pid <= 0 || pid > std::numeric_limits<std::int32_t>::max()) return;
    if (watched_.size() >= watched_max_) return;
    const Attempt attempt = Open(generation.id, static_cast<std::int32_t>(pid));
    if (attempt.opened == Opened::kWatched) {
      Tell({.state = Support::State::kOn, .reason = ""});
      Watch(generation, attempt.descriptor,
            {.pid = static_cast<std::int32_t>(pid), .start_ticks = attempt.start_ticks});
      return;
    }
    // One that could be seen proves that all can, so what is not there now has ended.
    if (support_.state == Support::State::kOn) {
      if (attempt.opened == Opened::kGone) exited_(generation);
      return;
    }
    Tell({.state = Support::State::kOff, .reason = WhyOff(attempt)});
  }

  void End(const Generation& generation) { watched_.erase(generation); }

  void Stop() {
    is_stopped_ = true;
    watched_.clear();
  }

 private:
  struct Process {
    std::int32_t pid = 0;
    std::uint64_t start_ticks = 0;

    bool is_dying() const {
      const Result<runtime::ProcessLife> life = runtime::ReadLife(pid);
      return life && life->start_ticks == start_ticks && life->is_dying;
    }
  };
  struct Watched {
    Watched(asio::io_context& loop, int pidfd, Process of) : descriptor(loop, pidfd), process(of) {}
    stream_descriptor descriptor;
    Process process;
  };

  void Watch(const Generation& generation, int descriptor, Process process) {
    const auto added = watched_.try_emplace(generation, loop_, descriptor, process).first;
    added->second.descriptor.async_wait(
        stream_descriptor::wait_read,
        [self = shared_from_this(), generation](const boost::system::error_code& error) {
          // An End before this handler's turn has closed the descriptor and cancelled the wait.
          if (error || self->watched_.erase(generation) == 0) return;
          self->exited_(generation);
          self->LookAround();
        });
  }

  // One has ended: looks once at each of the others. An end meanwhile begins anew, after this.
  void LookAround() {
    looks_due_ = watched_.size();
    if (!std::exchange(is_looking_, true)) Look();
  }

  void Look() {
    for (std::size_t i = 0; i < kLooksPerTurn && looks_due_ > 0 && !watched_.empty(); ++i) {
      --looks_due_;
      auto next = watched_.upper_bound(looked_at_);
      if (next == watched_.end()) next = watched_.begin();
      looked_at_ = next->first;
      if (!next->second.process.is_dying()) continue;
      watched_.erase(next);
      exited_(looked_at_);
    }
    is_looking_ = looks_due_ > 0 && !watched_.empty();
    if (is_looking_) asio::post(loop_, [self = shared_from_this()] { self->Look(); });
  }

  void Tell(Support support) {
    if (support == support_) return;
    support_ = std::move(support);
    told_(support_);
  }

  asio::io_context& loop_;
  const Exited exited_;
  const Told told_;
  const std::size_t watched_max_ = WatchedMax();
  Support support_;
  std::map<Generation, Watched> watched_;
  Generation looked_at_;       // the last one
  std::size_t looks_due_ = 0;  // until each was looked at since the last end
  bool is_looking_ = false;    // a turn for it is posted
  bool is_stopped_ = false;
};

PidWatch::PidWatch(asio::io_context& loop, Exited exited, Told told)
    : impl_(std::make_shared<Impl>(loop, std::move(exited), std::move(told))) {}

PidWatch::~PidWatch() {
  impl_->Stop();
}

void PidWatch::Begin(Generation generation, std::int64_t pid) {
  asio::post(impl_->loop(), [impl = impl_, generation = std::move(generation), pid] {
    impl->Begin(generation, pid);
  });
}

void PidWatch::End(Generation generation) {
  asio::post(impl_->loop(),
             [impl = impl_, generation = std::move(generation)] { impl->End(generation); });
}

}  // namespace fairlead::pidwatch

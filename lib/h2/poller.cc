#include "h2/poller.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/check.h"

namespace fairlead::h2 {

namespace asio = boost::asio;

namespace {
// Ready sockets handled before other work of the loop gets its turn.
constexpr int kBatch = 128;
}  // namespace

class Poller::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(asio::io_context& context) : epoll_(context) {}

  void Start() {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    CHECK(fd >= 0);
    epoll_.assign(fd);
    Arm();
  }

  void Stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    epoll_.close(ignored);
  }

  Result<Watch> Add(int fd, std::uint32_t events, Watcher& watcher) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    epoll_event event = Event(slot, events);
    if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) {
      const Code code =
          errno == ENOSPC || errno == ENOMEM ? Code::kResourceExhausted : Code::kInternal;
      return Fail(code, "watch a socket: " + std::generic_category().message(errno));
    }
    free_.pop_back();
    slots_[slot].watcher = &watcher;
    return Watch{.fd = fd, .slot = slot};
  }

  void Change(const Watch& watch, std::uint32_t events) {
    epoll_event event = Event(watch.slot, events);
    epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, watch.fd, &event);
  }

  void Remove(Watch& watch) {
    if (watch.fd < 0) return;
    epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, watch.fd, nullptr);
    slots_[watch.slot].watcher = nullptr;
    ++slots_[watch.slot].generation;
    free_.push_back(watch.slot);
    watch = Watch{};
  }

 private:
  struct Slot {
    Watcher* watcher = nullptr;
    // Tells an event of the running batch from one of the slot's next owner.
    std::uint32_t generation = 0;
  };

  epoll_event Event(std::uint32_t slot, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = (std::uint64_t{slots_[slot].generation} << 32) | slot;
    return event;
  }

  void Arm() {
    epoll_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error && !self->stopped_) self->Dispatch();
                      });
  }

  void Dispatch() {
    std::array<epoll_event, kBatch> ready;
    const int count = epoll_wait(epoll_.native_handle(), ready.data(), kBatch, 0);
    for (int i = 0; i < count && !stopped_; ++i) {
      const std::uint64_t data = ready[static_cast<std::size_t>(i)].data.u64;
      const Slot slot = slots_[data & 0xFFFFFFFFU];
      if (slot.watcher == nullptr || slot.generation != data >> 32) continue;
      slot.watcher->OnReady(ready[static_cast<std::size_t>(i)].events);
    }
    if (!stopped_) Arm();
  }

  asio::posix::stream_descriptor epoll_;
  bool stopped_ = false;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

Poller::Poller(asio::io_context& context) : impl_(std::make_shared<Impl>(context)) {
  impl_->Start();
}
Poller::~Poller() {
  impl_->Stop();
}

Result<Poller::Watch> Poller::Add(int fd, std::uint32_t events, Watcher& watcher) {
  return impl_->Add(fd, events, watcher);
}
void Poller::Change(const Watch& watch, std::uint32_t events) {
  impl_->Change(watch, events);
}
void Poller::Remove(Watch& watch) {
  impl_->Remove(watch);
}

}  // namespace fairlead::h2

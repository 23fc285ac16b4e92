// Poller: any number of sockets behind one Asio handler.
//
// Why: a discovery server or a prober has thousands of sockets that are mostly silent. An epoll
// instance of our own, itself watched by the io_context, costs one system call per batch of ready
// sockets instead of one per read, and no memory of the event loop per socket.
// Edges: a connection asks for EPOLLET. Level-triggered, the kernel polls every socket that was
// ready a second time only to find it drained, and each time again for the epoll instance above
// ours: a quarter of the cost of taking an acknowledgement. Threads: the io_context's single
// thread; everything here is called on it. Invariant: a watcher is never called after its Remove(),
// not even within the running batch.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "base/result.h"

namespace fairlead::h2 {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // `events` are epoll's: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP.
  virtual void OnReady(std::uint32_t events) = 0;
};

class Poller {
 public:
  // A place in the poller; default-made ones are empty.
  struct Watch {
    int fd = -1;
    std::uint32_t slot = 0;
  };

  explicit Poller(boost::asio::io_context& context);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Watches `fd` for epoll `events`; with EPOLLET each readiness is told once. Fails with
  // kResourceExhausted (the kernel's watch limit) or kInternal (a descriptor that cannot be
  // watched).
  Result<Watch> Add(int fd, std::uint32_t events, Watcher& watcher);
  // Also tells again of what is ready at this moment.
  void Change(const Watch& watch, std::uint32_t events);
  // Forgets the descriptor, before it is closed. Empties `watch`; an empty one is left alone.
  void Remove(Watch& watch);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fairlead::h2

// Listener: one listening socket, and what is known about who connects to it.
//
// Threads: one loop. A listener that runs out of file descriptors pauses until Resume(), because a
// level-triggered socket that cannot be accepted from would spin.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "h2/server.h"
#include "runtime/event_loop.h"

namespace fairlead::h2 {

class Listener final : public runtime::Watcher {
 public:
  // Takes over the connected, non-blocking socket.
  using Accepted = std::function<void(int descriptor, Peer peer)>;

  // See Server::ListenUnix and Server::ListenTcp for what they promise.
  static Result<std::unique_ptr<Listener>> Unix(runtime::EventLoop& poller, const std::string& path,
                                                unsigned mode, Accepted accepted);
  static Result<std::unique_ptr<Listener>> Tcp(runtime::EventLoop& poller, const std::string& ip,
                                               std::uint16_t port, Accepted accepted);
  // Closes the socket; a unix socket file goes with it if it is still ours.
  ~Listener() override;

  void OnReady(std::uint32_t events) override;
  void Resume();
  std::uint16_t port() const { return port_; }

 private:
  Listener(runtime::EventLoop& poller, int descriptor, Accepted accepted);
  Result<> Start();

  runtime::EventLoop& poller_;
  const int descriptor_;
  const Accepted accepted_;
  runtime::EventLoop::Watch watch_;
  std::uint16_t port_ = 0;
  std::string path_;         // of a unix socket
  std::uint64_t inode_ = 0;  // of that file
  bool is_paused_ = false;
};

}  // namespace fairlead::h2

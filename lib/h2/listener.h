// Listener: one listening socket, and what is known about who connects to it.
//
// What it accepts waits in Arrivals for its turn, mostly none, and is begun a few at a time, so
// that who is connected already is heard in between. Threads: one loop. A listener that runs out of
// file descriptors pauses until Resume(), because a level-triggered socket that cannot be accepted
// from would spin.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "h2/arrivals.h"
#include "h2/peer.h"
#include "runtime/event_loop.h"

namespace fairlead::h2 {

class Listener final : public runtime::Watcher {
 public:
  struct Told {
    // Takes over the connected, non-blocking socket.
    std::function<void(int descriptor, Peer peer)> accepted;
    // Closed for a limit of Arrivals. May be empty.
    std::function<void(const Peer& peer)> refused = {};
  };

  // See Server::ListenUnix and Server::ListenTcp for what they promise.
  static Result<std::unique_ptr<Listener>> Unix(runtime::EventLoop& poller, const std::string& path,
                                                unsigned mode, const ArrivalLimits& limits,
                                                Told told);
  static Result<std::unique_ptr<Listener>> Tcp(runtime::EventLoop& poller, const std::string& ip,
                                               std::uint16_t port, const ArrivalLimits& limits,
                                               Told told);
  // Closes the socket; a unix socket file goes with it if it is still ours.
  ~Listener() override;

  void OnReady(std::uint32_t events) override;
  void Resume();
  // What a peer that it accepted did has cost it a connection. True: it is an offender.
  bool Offended(const Peer& peer);
  // How many were begun later for what their peer did.
  std::uint64_t paced() const { return arrivals_.paced(); }
  // How often as many waited as may, and the kernel's queue had to keep the rest.
  std::uint64_t held_back() const { return held_back_; }
  std::uint16_t port() const { return port_; }

 private:
  Listener(runtime::EventLoop& poller, int descriptor, const ArrivalLimits& limits, Told told);
  Result<> Start();
  void Take(const Peer& peer, int descriptor);
  void Pause();
  // Begins some of those that wait, and sees to it that the others follow.
  void Begin();
  void ScheduleBegin();

  runtime::EventLoop& poller_;
  const int descriptor_;
  const Told told_;
  Arrivals arrivals_;
  runtime::LoopTimer timer_;  // for those that wait for time
  runtime::EventLoop::Watch watch_;
  std::uint16_t port_ = 0;
  std::string path_;         // of a unix socket
  std::uint64_t inode_ = 0;  // of that file
  std::uint64_t held_back_ = 0;
  bool is_paused_ = false;
  bool is_scheduled_ = false;  // Begin()
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::h2

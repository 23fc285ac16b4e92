// A server that sends to whoever asks it without end, on loopback, port zero.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace fairlead::health::testing {

// Sends `opening` to whoever connects and speaks, then `flood` again and again, `piece` bytes at
// once. After each it waits up to `patience` for an answer.
class FloodServer {
 public:
  FloodServer(std::string opening, std::string flood, std::size_t piece,
              std::chrono::milliseconds patience = {});
  ~FloodServer();
  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  // Pieces of its last connection that were answered in time.
  int answered() const { return answered_; }

 private:
  void Serve();
  void Flood(int peer);
  // False once the peer is gone.
  bool HearAnswer(int peer);

  const std::string opening_;
  const std::string flood_;
  const std::size_t piece_;
  const std::chrono::milliseconds patience_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<int> answered_ = 0;
  std::thread thread_;
};

}  // namespace fairlead::health::testing

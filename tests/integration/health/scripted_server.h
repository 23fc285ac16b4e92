// A server that says whatever bytes a test gives it, on loopback, port zero.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace fairlead::health::testing {

enum class Then { kHold, kClose, kReset };

// Waits for the first bytes of each connection, answers with `reply`, then does `then`.
class ScriptedServer {
 public:
  ScriptedServer(std::string reply, Then then);
  ~ScriptedServer();
  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  // Connections whose first bytes have come and were answered.
  int answered() const { return answered_; }

 private:
  void Serve();
  void Answer(int connection);

  const std::string reply_;
  const Then then_;
  int listening_ = -1;
  int stop_ = -1;  // an eventfd
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> answered_ = 0;
  std::thread thread_;
};

// A loopback port that nobody listens on, kept reserved while this lives.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  std::uint16_t port() const { return port_; }

 private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace fairlead::health::testing

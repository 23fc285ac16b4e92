// A gRPC health server of few words that can be made to misbehave while it runs, on loopback.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

namespace fairlead::health::testing {

enum class Mood {
  kServes,
  kFrozen,  // reads nothing: the kernel alone takes connections and bytes
  // Acknowledges SETTINGS and answers no check, until it serves again. What was given up by then it
  // ends as gRPC C-core does, by a header block that leaves the size of the header table out.
  kHangs,
  kDeafOfOld,  // the connections that it has are frozen, new ones are served
  kAnnoyed,    // says too_many_pings to a second SETTINGS frame, and ends the connection
};

class LiveServer {
 public:
  LiveServer();
  ~LiveServer();
  std::uint16_t port() const { return port_; }
  void Be(Mood mood);

  int connections() const { return connections_; }
  int checks() const { return checks_; }  // that were asked
  int pings() const { return pings_; }    // SETTINGS frames after a connection's first
  int goaways() const { return goaways_; }

 private:
  struct Connection {
    std::string bytes;
    std::string held;  // answers that a hung program owes
    int settings = 0;
    bool is_old = false;
  };
  void Serve();
  bool Read(int descriptor, Connection& connection);
  bool TakeFrames(int descriptor, Connection& connection);

  int listening_ = -1;
  int wake_ = -1;  // an eventfd
  std::uint16_t port_ = 0;
  std::map<int, Connection> open_;
  std::atomic<Mood> mood_ = Mood::kServes;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> connections_ = 0, checks_ = 0, pings_ = 0, goaways_ = 0;
  std::thread thread_;
};

}  // namespace fairlead::health::testing

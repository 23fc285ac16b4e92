// A server on a thread of its own whose calls do what a test tells them to.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "h2/server.h"
#include "h2/tls_server_transport.h"
#include "runtime/loop_thread.h"

namespace fairlead::h2::testing {

// Answers:
//   /echo/Echo   each message comes back, "#" appended as the tail; OK after the peer's half close
//   /echo/Push   the first message is a number: so many bytes come back in one message, then OK
//   /echo/Flood  writes 64 KiB messages for ever
//   /echo/Refuse fails at Open with NOT_FOUND "no such thing: 100% sure"
//   /echo/End    finishes with RESOURCE_EXHAUSTED at the first message
class EchoRouter final : public Router {
 public:
  Result<std::unique_ptr<StreamHandler>> Open(const RequestHead& head,
                                              ServerStream& stream) override;
  void OnTrouble(const Peer& peer, const std::string& why) override;
  // Why peers came to nothing, in order.
  std::vector<std::string> troubles() const;

  std::atomic<int> opened = 0;
  std::atomic<int> closed = 0;
  std::atomic<std::int64_t> last_timeout_ms = -1;
  std::atomic<std::int32_t> last_pid = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> troubles_;  // protected by mutex_
};

// The server, its thread and a unix socket in a directory of its own.
class EchoServer {
 public:
  // `profile`: what the TCP listener serves; nothing: plaintext.
  explicit EchoServer(const ServerLimits& limits = {},
                      std::optional<tls::Profile> profile = std::nullopt);
  ~EchoServer();

  std::uint16_t port() const { return port_; }
  const std::string& socket_path() const { return socket_path_; }
  EchoRouter& router() { return router_; }
  ServerCounters counters();
  void Drain();
  // Waits until `condition` holds, for at most ten seconds; says whether it did.
  bool Eventually(const std::function<bool()>& condition);

 private:
  std::string directory_;
  std::string socket_path_;
  std::uint16_t port_ = 0;
  EchoRouter router_;
  runtime::LoopThread thread_{"h2-test"};
  std::unique_ptr<ServerProfile> profile_;
  std::unique_ptr<Server> server_;
};

}  // namespace fairlead::h2::testing

// A server on a thread of its own whose calls do what a test tells them to.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "h2/server.h"
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

  std::atomic<int> opened = 0;
  std::atomic<int> closed = 0;
  std::atomic<std::int64_t> last_timeout_ms = -1;
  std::atomic<std::int32_t> last_pid = 0;
};

// The server, its thread and a unix socket in a directory of its own.
class EchoServer {
 public:
  explicit EchoServer(const ServerLimits& limits = {});
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
  std::unique_ptr<Server> server_;
};

}  // namespace fairlead::h2::testing

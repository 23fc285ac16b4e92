// HookServer: a real HTTP server for webhooks, which answers as it is told and remembers what came.
//
// Threads: its own loop; everything public from any thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/io_thread.h"
#include "runtime/mutex.h"
#include "support/certificates.h"

namespace fairlead::test {

// In place of a status: no answer at all, or the connection closed.
inline constexpr int kSilence = 0;
inline constexpr int kHangUp = -1;

class HookServer {
 public:
  struct Request {
    std::string target;
    std::string body;
    std::map<std::string, std::string> headers;  // names in lower case
  };

  // With `identity` it speaks TLS.
  explicit HookServer(std::optional<KeyPair> identity = std::nullopt);
  ~HookServer();

  std::uint16_t port() const { return port_; }
  // The next requests are answered so, then `otherwise`.
  void Answer(std::deque<int> statuses, int otherwise = 200);
  std::vector<Request> requests() const;

 private:
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket);
  template <class Stream>
  boost::asio::awaitable<void> Talk(Stream& stream);
  int Take(Request request);

  mutable runtime::Mutex mutex_;
  std::deque<int> answers_ FAIRLEAD_GUARDED_BY(mutex_);
  int otherwise_ FAIRLEAD_GUARDED_BY(mutex_) = 200;
  std::vector<Request> requests_ FAIRLEAD_GUARDED_BY(mutex_);
  std::optional<boost::asio::ssl::context> tls_;
  std::uint16_t port_ = 0;
  runtime::IoThread thread_{"hook-server"};
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
};

}  // namespace fairlead::test

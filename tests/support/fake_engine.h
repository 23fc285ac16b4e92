// FakeEngine: the part of the Docker Engine API that fairlead uses, over a unix socket or TCP, with
// state, and with misbehaviour on request.
//
// Why: what a real engine does only once in a thousand hours must be a test that runs in
// milliseconds. The contract tests keep it honest: the same cases run against a real engine.
// Threads: the context's loop. The context must not run any more when the fake is destroyed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fairlead::test {

namespace asio = boost::asio;

struct FakeContainer {
  std::string id;
  std::string name;
  std::map<std::string, std::string> labels;
  std::string status = "created";  // the engine's word
  std::string started_at = "0001-01-01T00:00:00Z";
  int starts = 0;
  std::int64_t pid = 0;
};

// What is said instead of the proper answer: these bytes, and then the connection's end or silence.
struct Misbehaviour {
  std::string raw;
  bool holds_open = false;
};

class FakeEngine {
 public:
  // Listens on `socket_path`, or on a free TCP port of loopback when it is empty.
  FakeEngine(asio::io_context& context, const std::string& socket_path);
  ~FakeEngine();
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  std::string endpoint() const { return endpoint_; }

  // A new container in state "created"; its id.
  std::string Add(const std::string& name, std::map<std::string, std::string> labels);

  // Answers every request whose target holds `part` so, until Behave().
  void Misbehave(std::string part, Misbehaviour how) {
    misbehaviour_[std::move(part)] = std::move(how);
  }
  void Behave() { misbehaviour_.clear(); }
  void set_api_version(std::string version) { api_version_ = std::move(version); }

  // Raw bytes to every open event stream, and the proper end of all of them.
  void SendToStreams(std::string_view bytes);
  void EndStreams();

  // "GET /_ping", as they came.
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  using Socket = asio::generic::stream_protocol::socket;

  template <class Acceptor>
  asio::awaitable<void> Accept(Acceptor& acceptor);
  asio::awaitable<void> Serve(Socket socket);
  std::string Answer(const std::string& method, const std::string& target);
  std::string List(const std::string& target);
  std::string Inspect(const FakeContainer& container);
  std::string Act(FakeContainer& container, const std::string& verb);
  void Start(FakeContainer& container);
  void Die(FakeContainer& container, const std::string& signal);
  void Emit(const FakeContainer& container, const std::string& action,
            const std::string& signal = "");
  void Subscribe(std::shared_ptr<Socket> stream, const std::string& target);

  asio::io_context& context_;
  std::string socket_path_;
  std::string endpoint_;
  asio::local::stream_protocol::acceptor unix_acceptor_;
  asio::ip::tcp::acceptor tcp_acceptor_;
  std::string api_version_ = "1.41";
  std::map<std::string, FakeContainer> containers_;
  std::map<std::string, Misbehaviour> misbehaviour_;
  std::vector<std::pair<std::int64_t, std::string>> events_;  // time in ns, record
  std::vector<std::shared_ptr<Socket>> streams_;              // also those held open in silence
  std::vector<std::shared_ptr<Socket>> held_;
  std::vector<std::string> requests_;
};

}  // namespace fairlead::test

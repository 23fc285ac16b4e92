// FakeEngine: the part of the Docker Engine API that fairlead uses, over a unix socket or TCP, with
// state, in the shape of one of several engines, and with misbehaviour on request.
//
// Why: what a real engine does only once in a thousand hours must be a test that runs in
// milliseconds. The contract tests keep it honest: the same cases run against real engines.
// The world is host() (containers, signals, policies, the engine's clock); this half shows it.
// Threads: the context's loop alone, for every member. A test that runs the context itself calls
// them between two runs (EngineDriver); a test with the context on a runtime::IoThread calls them
// in RunAndWait. The context must not run any more when the fake is destroyed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/fake/engine_shape.h"
#include "support/fake/event_subscriber.h"
#include "support/fake/fake_host.h"
#include "support/fake/http_text.h"
#include "support/fake/rendered_containers.h"

namespace fairlead::test {

namespace asio = boost::asio;

// What is said instead of the proper answer. The first of `raw`, `holds_open`, `status` that is set
// counts; the others change the proper answer.
struct Misbehaviour {
  std::string raw;                       // these bytes, and then the connection's end
  bool holds_open = false;               // or silence, after `raw`
  int status = 0;                        // this status, with the engine's kind of complaint
  std::chrono::nanoseconds delay{};      // later than usual
  std::optional<std::size_t> cut_after;  // the answer ends after so many bytes
  std::int64_t claims_bytes = -1;        // Content-Length says so
  int times = -1;                        // so often, and properly afterwards; -1: until Behave()
};

// How long an engine needs; nothing by default. What a change raises is told after `luck().delay`.
struct FakeDelays {
  std::chrono::nanoseconds per_listed{};  // before a list is looked up, for each that it shows
  std::chrono::nanoseconds after_list{};  // between the look and the answer: it is old by then
  std::chrono::nanoseconds inspect{};     // before an inspect is looked up
  std::chrono::nanoseconds after_inspect{};
  std::chrono::nanoseconds act{};  // start, stop and restart, beside what the process needs
};

// Medians of Engine 20.10.24 with 60 containers; an event needs 400 us (EventLuck::delay).
inline constexpr FakeDelays kRealisticDelays{.per_listed = std::chrono::microseconds(73),
                                             .inspect = std::chrono::microseconds(280),
                                             .act = std::chrono::milliseconds(30)};
inline constexpr EventLuck kRealisticEvents{.delay = std::chrono::microseconds(400)};

class FakeEngine {
 public:
  // Listens on `socket_path`, or on a free TCP port of loopback when it is empty.
  FakeEngine(asio::io_context& context, const std::string& socket_path,
             EngineShape shape = ShapeOf("docker-20.10"), std::uint64_t seed = 1);
  ~FakeEngine();
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  std::string endpoint() const { return endpoint_; }
  FakeHost& host() { return host_; }
  EngineShape& shape() { return shape_; }  // an upgrade: change it between two connections
  FakeDelays& delays() { return delays_; }
  EventLuck& luck() { return luck_; }

  // A new container in state "created"; its id.
  std::string Add(const std::string& name, std::map<std::string, std::string> labels) {
    return host_.Add(name, std::move(labels));
  }

  // Answers every request whose target holds `part` so, until Behave().
  void Misbehave(std::string part, Misbehaviour how) {
    misbehaviour_[std::move(part)] = std::move(how);
  }
  void Behave() { misbehaviour_.clear(); }
  void set_api_version(std::string version) { shape_.api_version = std::move(version); }
  // Runs when a request has been read, before it is looked at.
  void set_on_request(std::function<void(const HttpRequest&)> hook) {
    on_request_ = std::move(hook);
  }

  // --- the engine's own end ---
  // Everything is killed and stopped, then the streams end and nobody listens.
  void ShutDown();
  // Nobody listens and all connections end, without a word; containers live on (live-restore) and
  // what happens to them meanwhile raises no event.
  void Crash();
  // Listens again, remembers no event, and starts what restart policies start.
  void ComeBack();

  // Raw bytes to every open event stream, the proper end of all of them, and their sudden end.
  void SendToStreams(std::string_view bytes);
  void EndStreams();
  void CutStreams();
  std::size_t streams_open();
  // Events that wait for the slowest open stream, and those that were skipped because it was full.
  std::size_t events_queued() const;
  std::uint64_t events_skipped() const;

  // "GET /_ping", as they came.
  const std::vector<std::string>& requests() const { return requests_; }
  int inspects_at_once_most() const { return inspects_at_once_most_; }
  // Containers whose stop or restart call was left before it was answered: on engines 23.0.0 and
  // 24.0.0 each of them would have been killed.
  const std::vector<std::string>& hung_up_on() const { return hung_up_on_; }

 private:
  using Socket = EventSubscriber::Socket;

  void Listen();
  template <class Acceptor>
  asio::awaitable<void> Accept(Acceptor& acceptor);
  asio::awaitable<void> Serve(std::shared_ptr<Socket> socket);
  // What is said for a misbehaving request; nothing when it is served properly.
  const Misbehaviour* Mood(const std::string& target);
  asio::awaitable<HttpReply> Answer(HttpRequest request, std::shared_ptr<Socket> socket);
  asio::awaitable<HttpReply> List(HttpRequest request);
  asio::awaitable<HttpReply> Inspect(HttpRequest request, std::string id);
  asio::awaitable<HttpReply> Act(HttpRequest request, std::string id, std::string verb,
                                 std::shared_ptr<Socket> socket);
  HttpReply Reply(int status, std::string body) const;
  HttpReply Refusal(int status, const std::string& message) const;
  void Subscribe(std::shared_ptr<Socket> socket, const HttpRequest& request);
  void Tell(const FakeEvent& event);
  asio::awaitable<void> Pass(std::chrono::nanoseconds time);

  asio::io_context& context_;
  const std::string socket_path_;
  std::string endpoint_;
  std::uint16_t port_ = 0;
  asio::local::stream_protocol::acceptor unix_acceptor_;
  asio::ip::tcp::acceptor tcp_acceptor_;
  EngineShape shape_;
  FakeHost host_;
  RenderedContainers rendered_;
  EventRing ring_;
  FakeDelays delays_;
  EventLuck luck_;
  std::uint64_t seed_;
  std::map<std::string, Misbehaviour> misbehaviour_;
  std::function<void(const HttpRequest&)> on_request_;
  std::vector<std::shared_ptr<EventSubscriber>> streams_;
  std::vector<std::shared_ptr<Socket>> held_;
  std::vector<std::weak_ptr<Socket>> sockets_;
  std::vector<std::string> requests_;
  std::vector<std::string> hung_up_on_;
  int inspects_at_once_ = 0;
  int inspects_at_once_most_ = 0;
  int infos_ = 0;
};

}  // namespace fairlead::test

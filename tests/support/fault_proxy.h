// FaultProxy: stands between a client and a server of any unix or TCP stream, and does to their
// bytes what networks, proxies and dying peers do.
//
// Why: an engine that is killed, frozen or half gone shows itself only in what arrives. A rule says
// which connections suffer what: by the client's first bytes, by their number, or all of them.
// Faults can also be put on connections that are open already.
// What cannot be had: a reset on a unix socket (there is none; kReset closes it, which the peer
// sees as the stream's end, or as ECONNRESET if it had bytes under way).
// Threads: the context's loop alone, for every member (see FakeEngine).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"

namespace fairlead::test {

enum class FaultKind {
  kNone,              // passes everything on
  kEnd,               // both sides are closed in order
  kReset,             // both sides are closed by RST (TCP)
  kFreeze,            // nothing passes, nothing is read: senders fill their buffers
  kHalfOpen,          // accepted and read, never passed on, never answered; the server never hears
  kSwallowAnswers,    // the server's bytes are read and dropped
  kSwallowQuestions,  // the client's bytes are read and dropped
  kDelay,             // every piece of either side comes `delay` later
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  std::size_t after_bytes = 0;            // begins when so many bytes of the server's have passed
  std::chrono::nanoseconds delay{};       // of kDelay
  std::chrono::nanoseconds delay_more{};  // at most so much more, by chance
};

struct FaultRule {
  std::string
      when;        // somewhere in the client's first bytes, e.g. "/events"; "" is every connection
  int skip = 0;    // of the connections that match, so many first ones pass
  int times = -1;  // and so many then suffer; -1 is every one
  int percent = 100;  // or this share of them, by seed
  Fault fault;
};

class FaultProxy {
 public:
  // Listens on `socket_path`, or on a free TCP port of loopback when it is empty. `upstream` is
  // unix:///path or tcp://127.0.0.1:port; nobody needs to listen there yet: a client whose upstream
  // refuses is closed.
  FaultProxy(boost::asio::io_context& context, const std::string& socket_path, std::string upstream,
             std::uint64_t seed = 1);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::string endpoint() const { return endpoint_; }

  // For connections to come; the first rule that matches counts.
  void AddRule(FaultRule rule) { rules_.push_back({std::move(rule), 0, 0}); }
  void ClearRules() { rules_.clear(); }

  // For the connections that are open now and whose first bytes hold `part`; returns how many.
  // kNone heals what is frozen, swallowed or late; what was dropped stays lost.
  int Inflict(const std::string& part, Fault fault);

  // No new connections (refused), until Open().
  void Close();
  void Open();

  int open_connections(const std::string& part = "") const;
  // Connections that their clients still hold, whether or not anything passes.
  int clients() const;
  int accepted() const { return accepted_; }

 private:
  struct Rule {
    FaultRule rule;
    int matched = 0;
    int hit = 0;
  };
  struct Connection;

  template <class Acceptor>
  boost::asio::awaitable<void> Accept(Acceptor& acceptor);
  boost::asio::awaitable<void> Serve(std::shared_ptr<Connection> connection);
  boost::asio::awaitable<bool> Dial(std::shared_ptr<Connection> connection);
  Fault FaultFor(const std::string& first_bytes);

  boost::asio::io_context& context_;
  const std::string socket_path_;
  const std::string upstream_;
  std::string endpoint_;
  std::uint16_t port_ = 0;
  boost::asio::local::stream_protocol::acceptor unix_acceptor_;
  boost::asio::ip::tcp::acceptor tcp_acceptor_;
  Rng rng_;
  std::vector<Rule> rules_;
  std::vector<std::shared_ptr<Connection>> connections_;
  int accepted_ = 0;
};

}  // namespace fairlead::test

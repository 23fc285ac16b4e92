// Connection: one peer's requests, read, answered and counted one after another.
//
// Threads: the server's loop; the coroutine of Run() owns it.
// Invariant: a deadline is set whenever it waits for the peer; it waits for the handler without
// one, while it notices when the peer leaves.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "http/head.h"
#include "http/open_connections.h"
#include "http/refusal.h"
#include "http/request.h"

namespace fairlead::http {

using Socket = boost::asio::generic::stream_protocol::socket;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, Peer peer, std::shared_ptr<OpenConnections> open);

  // Until the end; then it leaves `open`.
  boost::asio::awaitable<void> Run();
  // Tells the peer that there is no room, and ends.
  boost::asio::awaitable<void> TurnAway();

  const Peer& peer() const { return peer_; }
  // No request of it is being answered.
  bool is_waiting() const { return !is_answering_; }
  // Since when it is without a whole request.
  TimePoint waits_since() const { return waits_since_; }
  // No further request; a stream ends.
  void BeginStop();
  void Close();

 private:
  struct Gone {};  // the peer, or our patience: nothing to be said
  using Reading = std::expected<Head, std::variant<Gone, Refusal>>;
  struct Await;  // an answer, or a piece, that comes from another thread

  // False: the peer is gone, or speaks HTTP/2, and then the socket is with others.
  boost::asio::awaitable<bool> BeginAsHttp1();
  boost::asio::awaitable<Reading> ReadRequest();
  boost::asio::awaitable<std::optional<std::variant<Gone, Refusal>>> ReadBody(
      std::string_view head_text, Head& head);
  boost::asio::awaitable<std::optional<Reply>> Ask(Request request);
  struct Asked {
    bool is_head = false;
    bool is_old = false;  // HTTP/1.0, which knows no chunks
    bool is_last = false;
  };
  boost::asio::awaitable<bool> Send(const Reply& reply, Asked asked);
  boost::asio::awaitable<bool> SendStream(const Reply& reply, bool is_chunked);
  boost::asio::awaitable<bool> Write(std::string_view bytes);
  boost::asio::awaitable<void> Linger();
  // Ends `await` when the peer has closed; data that comes instead ends the look-out.
  void LookOut(const std::shared_ptr<Await>& await);
  void SetDeadline(Duration time);
  void ClearDeadline();
  Refusal TooSlow() const;

  Socket socket_;
  const Peer peer_;
  const std::shared_ptr<OpenConnections> open_;
  boost::asio::steady_timer deadline_;
  bool is_late_ = false;
  boost::beast::flat_buffer buffer_;
  bool is_answering_ = false;
  bool is_closed_ = false;
  TimePoint waits_since_{};
  std::weak_ptr<Body> streaming_;
  std::weak_ptr<Await> awaiting_;
};

}  // namespace fairlead::http

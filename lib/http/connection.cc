#include "http/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

#include "http/gzip.h"
#include "http/reply_head.h"
#include "runtime/clock.h"
#include "runtime/no_throw.h"

namespace fairlead::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;
using runtime::kNoThrow;

constexpr std::size_t kReadBytes = 4096;
// The first line of HTTP/2's preface and the empty one after it: RFC 9113, section 3.4.
constexpr std::string_view kHttp2Begins = "PRI * HTTP/2.0\r\n\r\n";

bool HasPeerClosed(Socket& socket) {
  char byte = 0;
  const auto got = recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

std::string_view TextOf(const boost::beast::flat_buffer& buffer) {
  const auto data = buffer.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

}  // namespace

// Touched on the loop only; whoever answers on another thread posts to it.
struct Connection::Await {
  explicit Await(const asio::any_io_executor& executor) : wake(executor) {
    wake.expires_at(asio::steady_timer::time_point::max());
  }
  asio::steady_timer wake;
  std::optional<Reply> reply;
  std::optional<std::optional<std::string>> piece;
  bool is_gone = false;
  bool is_over = false;
};

Connection::Connection(Socket socket, Peer peer, std::shared_ptr<OpenConnections> open)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      open_(std::move(open)),
      deadline_(socket_.get_executor()),
      buffer_(open_->limits.head_bytes_max),
      waits_since_(runtime::Now()) {}

void Connection::SetDeadline(Duration time) {
  is_late_ = false;
  deadline_.expires_after(time);
  deadline_.async_wait([self = weak_from_this()](const error_code& error) {
    const auto connection = self.lock();
    if (error || !connection) return;
    connection->is_late_ = true;
    error_code ignored;
    connection->socket_.cancel(ignored);
  });
}

void Connection::ClearDeadline() {
  deadline_.cancel();
}

void Connection::BeginStop() {
  if (const std::shared_ptr<Body> stream = streaming_.lock()) stream->Cancel();
  if (is_waiting()) Close();
}

void Connection::Close() {
  if (std::exchange(is_closed_, true)) return;
  ClearDeadline();
  if (const std::shared_ptr<Body> stream = streaming_.lock()) stream->Cancel();
  if (const std::shared_ptr<Await> await = awaiting_.lock()) {
    await->is_gone = true;
    await->wake.cancel();
  }
  error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> Connection::Run() {
  const auto self = shared_from_this();
  if (open_->http2) {
    const bool goes_on = co_await BeginAsHttp1();
    if (!goes_on) {
      Close();
      open_->Leave(*this);
      co_return;
    }
  }
  for (int answered = 1; !is_closed_; ++answered) {
    waits_since_ = runtime::Now();
    Reading head = co_await ReadRequest();
    ClearDeadline();
    if (!head) {
      if (const auto* refusal = std::get_if<Refusal>(&head.error())) {
        open_->TellLimit(refusal->limit);
        const Reply reply = ReplyOf(*refusal);
        if (open_->told.served) open_->told.served({.status = reply.status});
        const bool sent = co_await Send(reply, {.is_last = true});
        if (sent) co_await Linger();
      }
      break;
    }
    is_answering_ = true;
    const bool is_head = head->is_head;
    const bool is_old = head->is_old;
    bool is_last = head->is_last || open_->is_stopping();
    if (answered >= open_->limits.requests_per_connection_max) {
      open_->TellLimit("requests");
      is_last = true;
    }
    const std::string method = is_head ? "HEAD" : head->request.method;
    const std::string encodings(head->request.Find("accept-encoding"));
    const TimePoint began = runtime::Now();
    std::optional<Reply> reply = co_await Ask(std::move(head->request));
    if (!reply) break;
    if (open_->gzip && Pack(encodings, *reply) == Packing::kTooLong) open_->TellLimit("gzip-bytes");
    if (reply->stream && !is_head && !open_->BeginStream()) {
      reply->stream->Cancel();
      *reply = ReplyOf(Refusal{.status = 503,
                               .code = Code::kResourceExhausted,
                               .message = "begin a stream: as many as this daemon allows are open; "
                                          "close one and try again"});
    }
    if (open_->told.served) {
      open_->told.served({.route = reply->route,
                          .method = method,
                          .status = reply->status,
                          .took = runtime::Now() - began});
    }
    const bool sent = co_await Send(*reply, {is_head, is_old, is_last});
    is_answering_ = false;
    if (!sent || is_last || reply->stream || open_->is_stopping()) break;
  }
  Close();
  open_->Leave(*this);
}

// Reads as long as it may be HTTP/2 that begins, at most as many bytes as say so.
asio::awaitable<bool> Connection::BeginAsHttp1() {
  waits_since_ = runtime::Now();
  SetDeadline(open_->limits.idle_time_max);
  while (kHttp2Begins.starts_with(TextOf(buffer_))) {
    if (buffer_.size() == kHttp2Begins.size()) {
      error_code error;
      const int descriptor = socket_.release(error);
      if (!error) open_->http2(descriptor, peer_, std::string(TextOf(buffer_)));
      co_return false;
    }
    const auto place = buffer_.prepare(kHttp2Begins.size() - buffer_.size());
    const auto [error, bytes] = co_await socket_.async_read_some(place, kNoThrow);
    if (is_late_) open_->TellLimit("idle-time");
    if (error) co_return false;
    buffer_.commit(bytes);
  }
  ClearDeadline();
  co_return true;
}

asio::awaitable<void> Connection::TurnAway() {
  const auto self = shared_from_this();
  const Reply reply = ReplyOf(Refusal{
      .status = 503,
      .code = Code::kResourceExhausted,
      .message = "take another connection: as many as this daemon allows are being answered; try "
                 "again in a second"});
  const bool sent = co_await Send(reply, {.is_last = true});
  if (sent) co_await Linger();
  Close();
}

Refusal Connection::TooSlow() const {
  return {.status = 408,
          .code = Code::kDeadlineExceeded,
          .message = "read the request: it did not come within its time; send it in one go",
          .limit = "request-time"};
}

asio::awaitable<Connection::Reading> Connection::ReadRequest() {
  const Limits& limits = open_->limits;
  std::size_t looked_at = 0;
  bool has_begun = buffer_.size() > 0;
  SetDeadline(has_begun ? limits.request_time_max : limits.idle_time_max);
  while (true) {
    const HeadEnd end = FindHeadEnd(TextOf(buffer_), looked_at);
    if (end.is_broken) {
      co_return std::unexpected(
          Refusal{.message = "read the request: a line that does not end in CR LF"});
    }
    if (end.at) {
      const std::string text(TextOf(buffer_).substr(0, *end.at));
      auto head = ParseHead(text, limits, open_->hosts);
      if (!head) co_return std::unexpected(std::move(head.error()));
      head->request.peer = peer_;
      buffer_.consume(*end.at);
      if (head->has_body) {
        auto failed = co_await ReadBody(text, *head);
        if (failed) co_return std::unexpected(std::move(*failed));
      }
      co_return std::move(*head);
    }
    looked_at = buffer_.size();
    if (buffer_.size() >= limits.head_bytes_max) {
      co_return std::unexpected(Refusal{.status = 431,
                                        .code = Code::kInvalidArgument,
                                        .message = "read the request: its head is longer than " +
                                                   std::to_string(limits.head_bytes_max) +
                                                   " bytes; send less",
                                        .limit = "head-bytes"});
    }
    if (!has_begun) {
      // Most connections wait most of their time: nothing is held for what may come.
      buffer_.shrink_to_fit();
      const auto [error] = co_await socket_.async_wait(Socket::wait_read, kNoThrow);
      if (is_late_) open_->TellLimit("idle-time");
      if (error) co_return std::unexpected(Gone{});
    }
    const std::size_t room = std::min(kReadBytes, limits.head_bytes_max - buffer_.size());
    const auto place = buffer_.prepare(room);
    const auto [error, bytes] = co_await socket_.async_read_some(place, kNoThrow);
    if (is_late_ && has_begun) co_return std::unexpected(TooSlow());
    if (is_late_) open_->TellLimit("idle-time");
    if (error) co_return std::unexpected(Gone{});
    buffer_.commit(bytes);
    if (!std::exchange(has_begun, true)) SetDeadline(limits.request_time_max);
  }
}

asio::awaitable<std::optional<std::variant<Connection::Gone, Refusal>>> Connection::ReadBody(
    std::string_view head_text, Head& head) {
  using Failed = std::optional<std::variant<Gone, Refusal>>;
  beast_http::request_parser<beast_http::string_body> parser;
  parser.body_limit(open_->limits.body_bytes_max);
  parser.header_limit(static_cast<std::uint32_t>(open_->limits.head_bytes_max) + 1);
  error_code error;
  parser.put(asio::buffer(head_text), error);
  if (!error && head.expects_continue) {
    const bool sent = co_await Write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return Failed(Gone{});
    SetDeadline(open_->limits.request_time_max);
  }
  if (!error) {
    const auto [failed, bytes] =
        co_await beast_http::async_read(socket_, buffer_, parser, kNoThrow);
    error = failed;
  }
  if (is_late_) co_return Failed(TooSlow());
  if (error == beast_http::error::body_limit) {
    co_return Failed(Refusal{.status = 413,
                             .code = Code::kResourceExhausted,
                             .message = "read the request's body: it is longer than " +
                                        std::to_string(open_->limits.body_bytes_max) +
                                        " bytes; send less",
                             .limit = "body-bytes"});
  }
  const bool is_gone = error == beast_http::error::end_of_stream ||
                       error == beast_http::error::partial_message ||
                       error.category() == asio::error::get_system_category();
  if (error && is_gone) co_return Failed(Gone{});
  if (error) {
    co_return Failed(
        Refusal{.message = "read the request's body: its chunks are broken; send content-length"});
  }
  head.request.body = std::move(parser.get().body());
  co_return std::nullopt;
}

void Connection::LookOut(const std::shared_ptr<Await>& await) {
  awaiting_ = await;
  if (buffer_.size() > 0) return;
  socket_.async_wait(
      Socket::wait_read, [self = shared_from_this(), await](const error_code& error) {
        if (error || await->is_over || self->is_closed_ || !HasPeerClosed(self->socket_)) return;
        await->is_gone = true;
        await->wake.cancel();
      });
}

asio::awaitable<std::optional<Reply>> Connection::Ask(Request request) {
  const auto await = std::make_shared<Await>(socket_.get_executor());
  const auto executor = socket_.get_executor();
  // Weak: who answers may keep its function for longer than the loop lives.
  const std::function<void()> cancel = open_->handler.Handle(
      std::move(request), [weak = std::weak_ptr(await), executor](Reply reply) {
        asio::post(executor, [weak, reply = std::move(reply)]() mutable {
          const std::shared_ptr<Await> waiting = weak.lock();
          if ((!waiting || waiting->is_gone) && reply.stream) reply.stream->Cancel();
          if (!waiting) return;
          waiting->reply = std::move(reply);
          waiting->wake.cancel();
        });
      });
  LookOut(await);
  while (!await->reply && !await->is_gone) co_await await->wake.async_wait(kNoThrow);
  await->is_over = true;
  error_code ignored;
  if (!is_closed_) socket_.cancel(ignored);
  if (await->reply) {
    std::optional<Reply> reply = std::move(await->reply);
    co_return reply;
  }
  if (cancel) cancel();
  co_return std::nullopt;
}

asio::awaitable<bool> Connection::Write(std::string_view bytes) {
  SetDeadline(open_->limits.write_time_max);
  const auto data = asio::buffer(bytes);
  const auto [error, written] = co_await asio::async_write(socket_, data, kNoThrow);
  ClearDeadline();
  if (is_late_) open_->TellLimit("write-time");
  co_return !error;
}

asio::awaitable<bool> Connection::Send(const Reply& reply, Asked asked) {
  if (reply.stream && !asked.is_head) {
    const bool sent = co_await SendStream(reply, !asked.is_old);
    co_return sent;
  }
  if (reply.stream) reply.stream->Cancel();
  Framing framing{.length = reply.body.size(), .is_last = asked.is_last};
  if (reply.stream)
    framing = {.length = std::nullopt, .is_chunked = !asked.is_old, .is_last = true};
  std::string bytes = ReplyHead(reply, framing);
  if (!asked.is_head) bytes += reply.body;
  const bool sent = co_await Write(bytes);
  co_return sent;
}

asio::awaitable<bool> Connection::SendStream(const Reply& reply, bool is_chunked) {
  streaming_ = reply.stream;
  std::string bytes =
      ReplyHead(reply, {.length = std::nullopt, .is_chunked = is_chunked, .is_last = true});
  bool is_well = co_await Write(bytes);
  const auto executor = socket_.get_executor();
  if (open_->is_stopping()) reply.stream->Cancel();
  while (is_well) {
    const auto await = std::make_shared<Await>(executor);
    reply.stream->Next([weak = std::weak_ptr(await), executor](std::optional<std::string> piece) {
      asio::post(executor, [weak, piece = std::move(piece)]() mutable {
        const std::shared_ptr<Await> waiting = weak.lock();
        if (!waiting) return;
        waiting->piece = std::move(piece);
        waiting->wake.cancel();
      });
    });
    LookOut(await);
    while (is_well && !await->piece && !await->is_gone) {
      if (!reply.idle_piece.empty()) await->wake.expires_after(reply.idle_after);
      const auto [error] = co_await await->wake.async_wait(kNoThrow);
      if (error) continue;  // woken
      bytes = is_chunked ? Chunk(reply.idle_piece) : reply.idle_piece;
      is_well = co_await Write(bytes);
    }
    await->is_over = true;
    error_code ignored;
    if (!is_closed_) socket_.cancel(ignored);
    if (!is_well || !await->piece || await->is_gone) break;
    const bool is_end = !await->piece->has_value();
    if (is_end && !is_chunked) break;
    bytes = is_end ? std::string(kLastChunk) : is_chunked ? Chunk(**await->piece) : **await->piece;
    is_well = co_await Write(bytes);
    if (is_end) break;
  }
  reply.stream->Cancel();
  open_->EndStream();
  co_return is_well;
}

asio::awaitable<void> Connection::Linger() {
  // Closed with bytes unread, the kernel resets, and the peer may never see the answer.
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  SetDeadline(open_->limits.linger_time_max);
  std::size_t left = open_->limits.linger_bytes_max;
  std::string thrown_away(kReadBytes, '\0');
  while (left > 0) {
    const auto place = asio::buffer(thrown_away);
    const auto [error, bytes] = co_await socket_.async_read_some(place, kNoThrow);
    if (error) break;
    left -= std::min(left, bytes);
  }
  ClearDeadline();
}

}  // namespace fairlead::http

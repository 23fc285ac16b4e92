#include "probe/connection.h"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "h2/connecting.h"
#include "runtime/clock.h"

namespace fairlead::probe {
namespace {

using namespace std::chrono_literals;

// A handshake waits to read; that it waits to write is rare, seen this late, and not waited for
// apart.
constexpr Duration kHandshakeTurn = 50ms;

// Waits until `descriptor` has one of `events`, or `deadline` has come.
void WaitFor(int descriptor, short events, TimePoint deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - runtime::Now());
  pollfd wanted{.fd = descriptor, .events = events, .revents = 0};
  poll(&wanted, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000)));
}

std::unexpected<Error> NotOpened(TimePoint deadline, std::string why,
                                 Code code = Code::kUnavailable) {
  const bool is_late = runtime::Now() >= deadline;
  return Fail(is_late ? Code::kDeadlineExceeded : code, std::move(why));
}

Code CodeOf(const h2::CallResult& loss) {
  return loss.end == h2::CallEnd::kTls ? Code::kUnauthenticated : Code::kUnavailable;
}

std::string_view View(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

// Static members of a friend, so that the callbacks reach what is private to the connection.
struct ConnectionCalls {
  static Connection& Of(void* user) { return *static_cast<Connection*>(user); }

  static bool IsOfCall(const Connection& connection, std::int32_t id) {
    return id == connection.call_id_ && !connection.is_call_over_;
  }

  static void End(Connection& connection) { connection.is_call_over_ = true; }

  static int Header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    Connection& connection = Of(user);
    if (!IsOfCall(connection, frame->hd.stream_id)) return 0;
    if (!connection.reply_->OnField(View(name, name_size), View(value, value_size)))
      End(connection);
    return 0;
  }

  static int DataReceived(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                          std::size_t size, void* user) {
    Connection& connection = Of(user);
    if (!IsOfCall(connection, id)) return 0;
    if (!connection.reply_->OnData(std::as_bytes(std::span(data, size)))) End(connection);
    return 0;
  }

  static int FrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Connection& connection = Of(user);
    if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
      connection.is_settled_ = true;
    const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && IsOfCall(connection, frame->hd.stream_id)) End(connection);
    return 0;
  }

  static int StreamClosed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    Connection& connection = Of(user);
    if (!IsOfCall(connection, id)) return 0;
    if (code != NGHTTP2_NO_ERROR) connection.reset_code_ = code;
    End(connection);
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t most,
                          std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Connection& connection = Of(user);
    const auto rest = std::span(connection.request_->body).subspan(connection.body_sent_bytes_);
    const std::size_t size = std::min(most, rest.size());
    std::memcpy(to, rest.data(), size);
    connection.body_sent_bytes_ += size;
    if (size == rest.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static nghttp2_session* NewSession(Connection& connection) {
    nghttp2_session_callbacks* calls = nullptr;
    CHECK(nghttp2_session_callbacks_new(&calls) == 0);
    nghttp2_session_callbacks_set_on_header_callback(calls, &Header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, &DataReceived);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, &FrameReceived);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, &StreamClosed);
    nghttp2_session* session = nullptr;
    CHECK(nghttp2_session_client_new(&session, calls, &connection) == 0);
    nghttp2_session_callbacks_del(calls);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
         static_cast<std::uint32_t>(connection.limits_.header_list_bytes_max)},
    };
    CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
    return session;
  }
};

Connection::Connection(bool is_plaintext, std::unique_ptr<h2::Transport> transport)
    : is_plaintext_(is_plaintext),
      transport_(std::move(transport)),
      session_(ConnectionCalls::NewSession(*this)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::Open(const h2::SocketAddress& address,
                                                     const h2::TransportMaker& make_transport,
                                                     TimePoint deadline,
                                                     const h2::SocketMaker& make) {
  const h2::Connecting begun = h2::BeginConnect(address, make);
  if (begun.error != 0) return NotOpened(deadline, begun.why);
  std::unique_ptr<Connection> made(new Connection(
      make_transport == nullptr, make_transport ? make_transport(begun.descriptor)
                                                : h2::MakePlainTransport(begun.descriptor)));
  WaitFor(begun.descriptor, POLLOUT, deadline);
  if (!h2::IsWritable(begun.descriptor)) return NotOpened(deadline, "connect: no answer");
  if (const int error = h2::ConnectError(begun.descriptor); error != 0)
    return NotOpened(deadline, "connect: " + std::generic_category().message(error));
  if (const Result<> agreed = made->Establish(deadline); !agreed)
    return std::unexpected(agreed.error());
  made->MoveUntil([&made] { return made->is_settled_; }, deadline);
  if (made->is_settled_) return made;
  if (made->loss_) return NotOpened(deadline, made->loss_->detail, CodeOf(*made->loss_));
  return NotOpened(deadline, "connected, and the server says nothing: no HTTP/2 SETTINGS came");
}

Result<> Connection::Establish(TimePoint deadline) {
  for (;;) {
    const h2::IoOutcome outcome = transport_->Establish();
    if (outcome.state == h2::IoState::kDone) return {};
    if (outcome.state != h2::IoState::kWouldBlock) {
      LoseBy(outcome);
      return NotOpened(deadline, "TLS handshake: " + loss_->detail, CodeOf(*loss_));
    }
    const TimePoint now = runtime::Now();
    if (now >= deadline) return NotOpened(deadline, "TLS handshake: no answer");
    WaitFor(transport_->descriptor(), POLLIN, std::min(deadline, now + kHandshakeTurn));
  }
}

bool Connection::CanCall() const {
  return !loss_ && nghttp2_session_check_request_allowed(session_.get()) != 0;
}

h2::CallResult Connection::Ask(const Request& request, TimePoint deadline) {
  reply_.emplace(CallKind::kUnary, limits_, Reply::MessageSink());
  return Call(request, deadline);
}

h2::CallResult Connection::Watch(const Request& request, const IsEnough& is_enough,
                                 TimePoint deadline) {
  bool was_enough = false;
  reply_.emplace(CallKind::kStream, limits_, [&](std::span<const std::byte> message) {
    was_enough = was_enough || is_enough(message);
    is_call_over_ = is_call_over_ || was_enough;
  });
  const h2::CallResult result = Call(request, deadline);
  if (was_enough) return {};
  return result;
}

h2::CallResult Connection::Call(const Request& request, TimePoint deadline) {
  request_ = &request;
  body_sent_bytes_ = 0;
  is_call_over_ = false;
  reset_code_.reset();
  std::vector<nghttp2_nv> fields;
  const auto bytes = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  for (const auto& [name, value] : request.fields)
    fields.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  const nghttp2_data_provider body = {.source = {.ptr = nullptr},
                                      .read_callback = &ConnectionCalls::ReadBody};
  call_id_ =
      nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(), &body, nullptr);
  if (call_id_ < 0) return {.end = h2::CallEnd::kClosed, .detail = "the server is going away"};
  MoveUntil([this] { return is_call_over_; }, deadline);
  if (is_call_over_) return reply_->Conclude(reset_code_);
  if (loss_) return *loss_;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, call_id_, NGHTTP2_CANCEL);
  return {.end = h2::CallEnd::kTimeout, .detail = "no answer in time"};
}

void Connection::MoveUntil(const std::function<bool()>& is_done, TimePoint deadline) {
  for (;;) {
    // TLS may hold bytes that the socket does not tell of any more: read before waiting.
    Flush();
    ReadAll();
    Flush();
    if (is_done() || loss_ || runtime::Now() >= deadline) return;
    const int events = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
    WaitFor(transport_->descriptor(), static_cast<short>(events), deadline);
  }
}

void Connection::ReadAll() {
  while (!loss_) {
    const h2::IoOutcome outcome = transport_->Read(buffer_);
    if (outcome.state == h2::IoState::kWouldBlock) return;
    if (outcome.state != h2::IoState::kDone) return LoseBy(outcome);
    TakeIn(std::span(buffer_).first(outcome.bytes));
    if (outcome.bytes < buffer_.size()) return;
  }
}

void Connection::TakeIn(std::span<const std::byte> data) {
  if (bytes_read_ == 0) {
    if (const auto other = h2::SpeaksOtherwise(data)) {
      const bool is_tls = other->end == h2::CallEnd::kTls;
      return Lose(other->end, other->detail + (is_tls ? "; add -tls" : ""));
    }
  }
  bytes_read_ += data.size();
  if (bytes_read_ > kBytesMax)
    return Lose(h2::CallEnd::kProtocol, "the server sends more than any health answer");
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
  if (taken < 0) {
    return Lose(h2::CallEnd::kProtocol,
                std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(taken)));
  }
  if (!is_call_over_ && nghttp2_session_want_read(session_.get()) == 0)
    Lose(h2::CallEnd::kProtocol, "the server breaks HTTP/2, or is going away");
}

void Connection::Flush() {
  while (!loss_ && unsent_.size() < limits_.unsent_bytes_max) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) return Lose(h2::CallEnd::kProtocol, "HTTP/2: the session failed");
    if (size == 0) break;
    const auto bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  }
  if (loss_ || unsent_.empty()) return;
  const iovec piece = {.iov_base = unsent_.data(), .iov_len = unsent_.size()};
  const h2::IoOutcome outcome = transport_->Write(std::span(&piece, 1));
  if (outcome.state == h2::IoState::kDone) {
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
  } else if (outcome.state != h2::IoState::kWouldBlock) {
    // What the server said before it went is worth more than EPIPE.
    ReadAll();
    LoseBy(outcome);
  }
}

void Connection::Lose(h2::CallEnd end, std::string detail) {
  if (!loss_) loss_ = h2::CallResult{.end = end, .detail = std::move(detail)};
}

void Connection::LoseBy(const h2::IoOutcome& outcome) {
  if (outcome.state == h2::IoState::kTrouble) {
    Lose(h2::CallEnd::kTls, transport_->trouble());
  } else if (outcome.state == h2::IoState::kEnd) {
    // What gRPC's C-core does to those who say no ClientHello.
    const bool is_silent = is_plaintext_ && bytes_read_ == 0;
    const std::string hint = is_silent ? " without a word: if it speaks TLS, add -tls" : "";
    Lose(h2::CallEnd::kClosed, "the server closed the connection" + hint);
  } else {
    Lose(h2::EndOfErrno(outcome.error), std::generic_category().message(outcome.error));
  }
}

}  // namespace fairlead::probe

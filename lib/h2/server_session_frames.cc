// What each frame of a client may look like, when it may come, and what follows from it. The
// numbers are sections of RFC 9113.
#include <algorithm>

#include "h2/server_session.h"

namespace fairlead::h2 {

namespace {
// Answers to PING and SETTINGS that a peer makes us queue and does not read; more end the
// connection.
constexpr int kUnreadAcksMax = 100;
// Everything that waits in output(): what a hundred streams' trailers and a burst of resets take.
constexpr std::size_t kOutputBytesMax = 256 * 1024;
}  // namespace

bool ServerSession::Fail(Http2Error error) {
  Terminate(error);
  return false;
}

void ServerSession::FailStream(std::int32_t id, Http2Error error, SessionEvents& events) {
  ++(error == Http2Error::kRefusedStream ? refused_streams_ : failed_streams_);
  SessionStream* stream = Find(id);
  if (stream == nullptr) {
    AppendNumber(output_, frame::kReset, id, static_cast<std::uint32_t>(error));
    return;
  }
  Reset(*stream, error);
  events.OnReset(*stream);
}

bool ServerSession::OnHead(SessionEvents& events) {
  if (output_.size() > kOutputBytesMax) {
    ++limit_hits_;
    return Fail(Http2Error::kEnhanceYourCalm);
  }
  if (head_.length > kFramePayloadBytesMax) return Fail(Http2Error::kFrameSize);  // 4.2
  const bool is_settings = head_.type == frame::kSettings && !head_.Has(frame::kAck);
  if (!is_handshaken_ && !is_settings) return Fail(Http2Error::kProtocol);  // 3.4
  // 4.3, 6.10: a header block is not interrupted, not even by frames that nobody knows.
  const bool goes_on = head_.type == frame::kContinuation;
  if (goes_on != (block_ != nullptr)) return Fail(Http2Error::kProtocol);
  if (goes_on) return head_.stream == block_->stream || Fail(Http2Error::kProtocol);
  switch (head_.type) {
    case frame::kSettings:
      return OnSettingsHead();
    case frame::kPing:  // 6.7
      return head_.stream == 0 ? ExpectWhole(8) : Fail(Http2Error::kProtocol);
    case frame::kGoAway:  // 6.8
      if (head_.stream != 0) return Fail(Http2Error::kProtocol);
      if (head_.length < 8) return Fail(Http2Error::kFrameSize);
      peer_is_leaving_ = true;
      std::swap(left_, skip_);
      return true;
    case frame::kWindowUpdate:  // 6.9; on a stream not begun: 5.1
      if (head_.stream != 0 && IsIdle(head_.stream)) return Fail(Http2Error::kProtocol);
      return ExpectWhole(4);
    case frame::kData:
    case frame::kHeaders:
    case frame::kPriority:
    case frame::kReset:
    case frame::kPushPromise:
      return OnStreamHead(events);
    default:  // 5.5: what nobody knows is skipped
      std::swap(left_, skip_);
      return true;
  }
}

// Frames that belong to a stream and never to the connection.
bool ServerSession::OnStreamHead(SessionEvents& events) {
  if (head_.stream == 0) return Fail(Http2Error::kProtocol);
  switch (head_.type) {
    case frame::kData:
      return OnDataHead(events);
    case frame::kHeaders:
      return OnHeadersHead();
    case frame::kPriority:  // 6.3: deprecated; a wrong size may end the connection (5.4.2)
      return ExpectWhole(5);
    case frame::kReset:  // 6.4
      return IsIdle(head_.stream) ? Fail(Http2Error::kProtocol) : ExpectWhole(4);
    default:  // 8.4: a client cannot push
      return Fail(Http2Error::kProtocol);
  }
}

// 6.1 and 6.9. Padding counts for the windows like data.
bool ServerSession::OnDataHead(SessionEvents& events) {
  if (IsIdle(head_.stream)) return Fail(Http2Error::kProtocol);  // 5.1
  const auto bytes = static_cast<std::int32_t>(head_.length);
  if (bytes > receive_window_) return Fail(Http2Error::kFlowControl);
  receive_window_ -= bytes;
  if (SessionStream* stream = Find(head_.stream); stream != nullptr) {
    if (stream->has_ended) return Fail(Http2Error::kStreamClosed);  // 5.1, half-closed
    if (bytes > stream->receive_window) {
      FailStream(stream->id, Http2Error::kFlowControl, events);
    } else {
      stream->receive_window -= bytes;
    }
  }
  const std::size_t prefix = head_.Has(frame::kPadded) ? 1 : 0;
  if (head_.length < prefix) return Fail(Http2Error::kFrameSize);
  Expect(prefix);
  return true;
}

bool ServerSession::OnHeadersHead() {
  const std::int32_t id = head_.stream;
  if (id % 2 == 0) return Fail(Http2Error::kProtocol);  // 5.1.1
  const SessionStream* known = Find(id);
  if (known != nullptr && known->has_ended) return Fail(Http2Error::kStreamClosed);  // 5.1
  // On a stream that is over: trailers may have crossed our RST_STREAM, so they are no error; the
  // block is read, because it may change the header table.
  auto kind = RequestFields::Kind::kIgnored;
  if (known != nullptr) {
    kind = RequestFields::Kind::kTrailers;
  } else if (id > last_id_) {
    last_id_ = is_leaving_ ? last_id_ : id;  // 6.8: what comes after our GOAWAY was never seen
    kind = is_leaving_ ? kind : RequestFields::Kind::kRequest;
  }
  block_ = std::make_unique<Block>(kind, limits_.header_list_bytes_max);
  block_->stream = id;
  block_->ends_stream = head_.Has(frame::kEndStream);
  block_->is_refused = kind == RequestFields::Kind::kRequest &&
                       streams_.size() >= limits_.streams_per_connection_max;
  const std::size_t prefix =
      (head_.Has(frame::kPadded) ? 1U : 0U) + (head_.Has(frame::kHasPriority) ? 5U : 0U);
  if (head_.length < prefix) return Fail(Http2Error::kFrameSize);
  Expect(prefix);
  return true;
}

bool ServerSession::OnSettingsHead() {
  if (head_.stream != 0) return Fail(Http2Error::kProtocol);  // 6.5
  if (!head_.Has(frame::kAck)) {
    if (head_.length % 6 != 0) return Fail(Http2Error::kFrameSize);
    next_initial_send_window_ = initial_send_window_;
    Expect(head_.length > 0 ? 6 : 0);
    return true;
  }
  if (head_.length != 0) return Fail(Http2Error::kFrameSize);
  if (!std::exchange(awaits_settings_ack_, false)) return Fail(Http2Error::kProtocol);
  decoder_.DropTable();
  return true;
}

bool ServerSession::ExpectWhole(std::size_t bytes) {
  if (head_.length != bytes) return Fail(Http2Error::kFrameSize);
  Expect(bytes);
  return true;
}

bool ServerSession::OnPrefix(const std::byte* bytes, SessionEvents& events) {
  phase_ = Phase::kBody;
  left_ -= prefix_bytes_;
  switch (head_.type) {
    case frame::kSettings:
      if (left_ > 0) phase_ = Phase::kPrefix;
      return OnSetting(bytes);
    case frame::kPing:
      if (head_.Has(frame::kAck)) return true;
      return Acknowledge(frame::kPing, std::span(bytes, 8));
    case frame::kWindowUpdate:
      return OnWindowUpdate(ReadBig32(bytes) & 0x7FFFFFFFU, events);
    case frame::kReset:
      if (SessionStream* stream = Find(head_.stream); stream != nullptr) {
        Forget(*stream);
        events.OnReset(*stream);
      }
      return true;
    case frame::kPriority:
      return true;
    default:
      return OnPadding(bytes);
  }
}

// DATA and HEADERS: 6.1, 6.2. The priority in HEADERS says nothing to us.
bool ServerSession::OnPadding(const std::byte* bytes) {
  if (!head_.Has(frame::kPadded)) return true;
  skip_ = std::to_integer<std::uint32_t>(*bytes);
  if (skip_ > left_) return Fail(Http2Error::kProtocol);
  left_ -= skip_;
  return true;
}

bool ServerSession::OnSetting(const std::byte* bytes) {
  const auto id = static_cast<Setting>(ReadBig32(bytes) >> 16);
  const std::uint32_t value = ReadBig32(bytes + 2);
  switch (id) {  // 6.5.2
    case Setting::kEnablePush:
      return value <= 1 || Fail(Http2Error::kProtocol);
    case Setting::kInitialWindowSize:
      if (value > kWindowMax) return Fail(Http2Error::kFlowControl);
      next_initial_send_window_ = value;
      return true;
    case Setting::kMaxFrameSize: {
      constexpr std::uint32_t kMost = (1U << 24) - 1;
      const bool is_good = value >= kFramePayloadBytesMax && value <= kMost;
      return is_good || Fail(Http2Error::kProtocol);
    }
    default:
      return true;  // our blocks use no table, and we ask for no streams
  }
}

// 6.9.2: a change of the initial window moves the windows of all open streams, also below zero.
bool ServerSession::ApplySettings() {
  const std::int64_t change = next_initial_send_window_ - initial_send_window_;
  initial_send_window_ = next_initial_send_window_;
  for (SessionStream* stream : streams_) {
    stream->send_window += change;
    if (stream->send_window > kWindowMax) return Fail(Http2Error::kFlowControl);
  }
  is_handshaken_ = true;
  return Acknowledge(frame::kSettings, {});
}

bool ServerSession::Acknowledge(frame::Type type, std::span<const std::byte> payload) {
  if (++unread_acks_ > kUnreadAcksMax) {
    ++limit_hits_;
    return Fail(Http2Error::kEnhanceYourCalm);
  }
  AppendFrame(output_, type, frame::kAck, 0, payload);
  return true;
}

bool ServerSession::OnWindowUpdate(std::uint32_t increment, SessionEvents& events) {
  if (head_.stream == 0) {
    if (increment == 0) return Fail(Http2Error::kProtocol);
    send_window_ += increment;
    return send_window_ <= kWindowMax || Fail(Http2Error::kFlowControl);
  }
  SessionStream* stream = Find(head_.stream);
  if (stream == nullptr) return true;  // over, but the peer need not know yet
  if (increment == 0) {
    FailStream(stream->id, Http2Error::kProtocol, events);
  } else if (stream->send_window + increment > kWindowMax) {
    FailStream(stream->id, Http2Error::kFlowControl, events);
  } else {
    stream->send_window += increment;
  }
  return true;
}

bool ServerSession::OnBody(std::span<const std::byte> piece, SessionEvents& events) {
  if (block_ != nullptr) return DecodePiece(piece, false);
  SessionStream* stream = Find(head_.stream);  // null when it is over already
  if (stream == nullptr) return true;
  if (stream->body_left != SessionStream::kUnknownLength) {
    stream->body_left -= static_cast<std::int64_t>(piece.size());
    if (stream->body_left < 0) {  // 8.1.1
      FailStream(stream->id, Http2Error::kProtocol, events);
      return true;
    }
  }
  if (stream->keeps_body) stream->kept_bytes += static_cast<std::int32_t>(piece.size());
  events.OnData(*stream, piece);
  return true;
}

bool ServerSession::DecodePiece(std::span<const std::byte> piece, bool is_last) {
  const auto outcome =
      decoder_.Feed(piece, is_last, [this](std::string_view name, std::string_view value) {
        return block_->fields.Take(name, value);
      });
  if (outcome == HeaderDecoder::Outcome::kGoOn) return true;
  if (outcome == HeaderDecoder::Outcome::kBad) return Fail(Http2Error::kCompression);
  ++limit_hits_;  // 10.5.1
  return Fail(Http2Error::kEnhanceYourCalm);
}

bool ServerSession::EndFrame(SessionEvents& events) {
  switch (head_.type) {
    case frame::kData:
      return EndData(events);
    case frame::kHeaders:
    case frame::kContinuation:
      return !head_.Has(frame::kEndHeaders) || EndBlock(events);
    case frame::kSettings:
      return head_.Has(frame::kAck) || ApplySettings();
    default:
      return true;
  }
}

bool ServerSession::EndData(SessionEvents& events) {
  if (kDefaultWindow - receive_window_ >= kGrantBytes) {
    AppendNumber(output_, frame::kWindowUpdate, 0,
                 static_cast<std::uint32_t>(kDefaultWindow - receive_window_));
    receive_window_ = kDefaultWindow;
  }
  SessionStream* stream = Find(head_.stream);
  if (stream == nullptr) return true;
  if (head_.Has(frame::kEndStream)) {
    EndOfStream(*stream, events);
  } else {
    Grant(*stream);
  }
  return true;
}

void ServerSession::Grant(SessionStream& stream) {
  const std::int32_t more = stream.Grant();
  if (more == 0) return;
  AppendNumber(output_, frame::kWindowUpdate, stream.id, static_cast<std::uint32_t>(more));
  stream.receive_window += more;
}

void ServerSession::EndOfStream(SessionStream& stream, SessionEvents& events) {
  if (stream.body_left > 0)  // 8.1.1
    return FailStream(stream.id, Http2Error::kProtocol, events);
  stream.has_ended = true;
  events.OnEnd(stream);
}

bool ServerSession::EndBlock(SessionEvents& events) {
  if (!DecodePiece({}, true)) return false;
  const std::unique_ptr<Block> block = std::move(block_);
  const RequestFields::Kind kind = block->fields.kind();
  if (kind == RequestFields::Kind::kIgnored) return true;
  if (block->is_refused) {
    ++limit_hits_;  // 5.1.2
    FailStream(block->stream, Http2Error::kRefusedStream, events);
    return true;
  }
  const bool is_request = kind == RequestFields::Kind::kRequest;
  // 8.1: trailers end the stream.
  if (!block->fields.IsWellFormed() || (!is_request && !block->ends_stream)) {
    FailStream(block->stream, Http2Error::kProtocol, events);
  } else if (is_request) {
    if (block->ends_stream && block->fields.request().body_bytes.value_or(0) > 0) {
      FailStream(block->stream, Http2Error::kProtocol, events);
      return true;
    }
    if (block->fields.request().is_too_long) ++limit_hits_;
    events.OnRequest(block->stream, std::move(block->fields.request()), block->ends_stream);
  } else if (SessionStream* stream = Find(block->stream); stream != nullptr) {
    EndOfStream(*stream, events);
  }
  return true;
}

}  // namespace fairlead::h2

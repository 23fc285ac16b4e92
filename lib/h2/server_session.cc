// The walk over the bytes, and our side of the conversation. What frames mean:
// server_session_frames.cc.
#include "h2/server_session.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace fairlead::h2 {

ServerSession::ServerSession(const ServerLimits& limits) : limits_(limits) {
  std::vector<std::byte> settings;
  AppendSetting(settings, Setting::kHeaderTableSize, 0);
  AppendSetting(settings, Setting::kMaxConcurrentStreams, limits.streams_per_connection_max);
  AppendSetting(settings, Setting::kMaxHeaderListSize,
                static_cast<std::uint32_t>(limits.header_list_bytes_max));
  AppendFrame(output_, frame::kSettings, 0, 0, settings);
}

bool ServerSession::Feed(std::span<const std::byte> data, SessionEvents& events) {
  while (!is_terminated_) {
    // Steps that need no bytes: the end of a payload, and of its padding.
    const bool is_at_end =
        (phase_ == Phase::kBody && left_ == 0) || (phase_ == Phase::kSkip && skip_ == 0);
    if (data.empty() && !is_at_end) return true;
    if (!Step(data, events)) return false;
  }
  return false;
}

bool ServerSession::Step(std::span<const std::byte>& data, SessionEvents& events) {
  switch (phase_) {
    case Phase::kPreface:
      return TakePreface(data);
    case Phase::kHead: {
      const std::byte* head = Collect(data, kFrameHeadBytes);
      if (head == nullptr) return true;
      head_ = ReadFrameHead(head);
      left_ = head_.length;
      skip_ = 0;
      phase_ = Phase::kBody;
      return OnHead(events);
    }
    case Phase::kPrefix: {
      const std::byte* prefix = Collect(data, prefix_bytes_);
      return prefix == nullptr || OnPrefix(prefix, events);
    }
    case Phase::kBody:
      return TakeBody(data, events);
    case Phase::kSkip: {
      const std::size_t skipped = std::min<std::size_t>(skip_, data.size());
      data = data.subspan(skipped);
      skip_ -= static_cast<std::uint32_t>(skipped);
      if (skip_ > 0) return true;
      phase_ = Phase::kHead;
      return EndFrame(events);
    }
  }
  return false;
}

// Returns `size` bytes once they are there, from `data` itself as a rule.
const std::byte* ServerSession::Collect(std::span<const std::byte>& data, std::size_t size) {
  if (small_used_ == 0 && data.size() >= size) {
    const std::byte* found = data.data();
    data = data.subspan(size);
    return found;
  }
  const std::size_t take = std::min(size - small_used_, data.size());
  std::copy_n(data.begin(), take, small_.begin() + small_used_);
  data = data.subspan(take);
  small_used_ = static_cast<std::uint8_t>(small_used_ + take);
  if (small_used_ < size) return nullptr;
  small_used_ = 0;
  return small_.data();
}

bool ServerSession::TakePreface(std::span<const std::byte>& data) {
  const std::size_t take = std::min(kClientPreface.size() - preface_used_, data.size());
  if (std::memcmp(data.data(), kClientPreface.data() + preface_used_, take) != 0)
    return Fail(Http2Error::kProtocol);
  data = data.subspan(take);
  preface_used_ = static_cast<std::uint8_t>(preface_used_ + take);
  if (preface_used_ == kClientPreface.size()) phase_ = Phase::kHead;
  return true;
}

bool ServerSession::TakeBody(std::span<const std::byte>& data, SessionEvents& events) {
  const auto piece = data.first(std::min<std::size_t>(left_, data.size()));
  data = data.subspan(piece.size());
  left_ -= static_cast<std::uint32_t>(piece.size());
  if (!piece.empty() && !OnBody(piece, events)) return false;
  if (left_ == 0) phase_ = Phase::kSkip;
  return true;
}

void ServerSession::Expect(std::size_t prefix_bytes) {
  prefix_bytes_ = static_cast<std::uint8_t>(prefix_bytes);
  if (prefix_bytes > 0) phase_ = Phase::kPrefix;
}

// --- our side ------------------------------------------------------------------------------

void ServerSession::Open(SessionStream& stream, std::int32_t id, const Request& request,
                         bool ends) {
  CHECK(streams_.empty() || streams_.back()->id < id);
  stream.id = id;
  stream.receive_window = kDefaultWindow;
  stream.send_window = initial_send_window_;
  stream.body_left =
      request.body_bytes
          ? static_cast<std::int64_t>(std::min<std::uint64_t>(*request.body_bytes, INT64_MAX))
          : SessionStream::kUnknownLength;
  stream.has_ended = ends;
  streams_.push_back(&stream);
}

void ServerSession::SendHeaders(std::int32_t id, std::span<const std::byte> block, bool ends) {
  CHECK(block.size() <= kFramePayloadBytesMax);
  const unsigned flags = frame::kEndHeaders | (ends ? frame::kEndStream : 0U);
  AppendFrame(output_, frame::kHeaders, static_cast<std::uint8_t>(flags), id, block);
}

// A server that has said all ends the stream in both directions, as gRPC servers do.
void ServerSession::CloseUnopened(std::int32_t id, bool peer_has_ended) {
  if (!peer_has_ended)
    AppendNumber(output_, frame::kReset, id, static_cast<std::uint32_t>(Http2Error::kNone));
}

void ServerSession::Close(SessionStream& stream) {
  CloseUnopened(stream.id, stream.has_ended);
  Forget(stream);
}

void ServerSession::SendEnd(std::int32_t id) {
  AppendFrame(output_, frame::kData, frame::kEndStream, id, {});
}

void ServerSession::Release(SessionStream& stream, std::size_t taken_bytes,
                            std::size_t ahead_bytes) {
  stream.kept_bytes -= static_cast<std::int32_t>(taken_bytes);
  stream.ahead_bytes = std::max(kDefaultWindow, static_cast<std::int32_t>(ahead_bytes));
  if (!stream.has_ended) Grant(stream);
}

void ServerSession::Reset(SessionStream& stream, Http2Error error) {
  AppendNumber(output_, frame::kReset, stream.id, static_cast<std::uint32_t>(error));
  Forget(stream);
}

std::size_t ServerSession::Window(const SessionStream& stream) const {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(std::min(stream.send_window, send_window_), 0));
}

std::size_t ServerSession::Allowed(const SessionStream& stream) const {
  return std::min(Window(stream), kFramePayloadBytesMax);
}

void ServerSession::Sent(SessionStream& stream, std::size_t bytes) {
  stream.send_window -= static_cast<std::int64_t>(bytes);
  send_window_ -= static_cast<std::int64_t>(bytes);
}

void ServerSession::Ping() {
  constexpr std::array<std::byte, 8> kNothing{};
  AppendFrame(output_, frame::kPing, 0, 0, kNothing);
}

void ServerSession::GoAway() {
  if (is_leaving_ || is_terminated_) return;
  is_leaving_ = true;
  std::byte payload[8];
  WriteBig32(payload, static_cast<std::uint32_t>(last_id_));
  WriteBig32(payload + 4, static_cast<std::uint32_t>(Http2Error::kNone));
  AppendFrame(output_, frame::kGoAway, 0, 0, payload);
}

void ServerSession::Terminate(Http2Error error) {
  if (is_terminated_) return;
  is_terminated_ = true;
  std::byte payload[8];
  WriteBig32(payload, static_cast<std::uint32_t>(last_id_));
  WriteBig32(payload + 4, static_cast<std::uint32_t>(error));
  AppendFrame(output_, frame::kGoAway, 0, 0, payload);
}

void ServerSession::TakeOutput(std::size_t bytes) {
  if (bytes < output_.size()) {
    output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(bytes));
    return;
  }
  unread_acks_ = 0;
  std::vector<std::byte>().swap(output_);  // connections are idle most of their life
}

SessionStream* ServerSession::Find(std::int32_t id) const {
  const auto found = std::ranges::lower_bound(streams_, id, {}, &SessionStream::id);
  return found != streams_.end() && (*found)->id == id ? *found : nullptr;
}

void ServerSession::Forget(const SessionStream& stream) {
  const auto found = std::ranges::lower_bound(streams_, stream.id, {}, &SessionStream::id);
  CHECK(found != streams_.end() && *found == &stream);
  streams_.erase(found);
}

}  // namespace fairlead::h2

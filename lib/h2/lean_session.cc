#include "h2/lean_session.h"

#include <algorithm>

#include "base/check.h"
#include "h2/client.h"

namespace fairlead::h2 {

namespace {

constexpr std::size_t kPingBytes = kFrameHeadBytes;  // an empty SETTINGS frame
constexpr std::int32_t kLastId = 0x7FFFFFFF;
// A quarter of the window that every connection begins with.
constexpr std::int64_t kWindowUpdateBytes = 16 * 1024;

}  // namespace

LeanSession::LeanSession(const UnaryRequest& request, Start start)
    : body_bytes_(static_cast<std::int64_t>(request.body.size())),
      next_id_(start.next_id),
      send_window_(start.send_window),
      streams_max_(start.streams_max),
      streams_of_checks_(start.has_beside ? 2 : 1) {
  AppendFrame(request_, frame::kSettings, 0, 0, {});
  AppendFrame(request_, frame::kHeaders, frame::kEndHeaders, 0, RequestBlock(request));
  data_frame_at_ = request_.size();
  AppendFrame(request_, frame::kData, frame::kEndStream, 0, request.body);
  request_.shrink_to_fit();  // it stays as long as the connection
}

bool LeanSession::CanAsk() const {
  return !is_leaving_ && next_id_ < kLastId && send_window_ >= body_bytes_;
}

std::span<const std::byte> LeanSession::Ask(bool with_ping) {
  CHECK(CanAsk());
  call_id_ = next_id_;
  next_id_ += 2;
  send_window_ -= body_bytes_;
  is_over_ = false;
  has_head_ = false;
  reset_code_.reset();
  WriteBig32(request_.data() + kPingBytes + 5, static_cast<std::uint32_t>(call_id_));
  WriteBig32(request_.data() + data_frame_at_ + 5, static_cast<std::uint32_t>(call_id_));
  if (!with_ping) return std::span(request_).subspan(kPingBytes);
  Ping();
  return request_;
}

std::span<const std::byte> LeanSession::Ping() {
  CHECK(CanPing());
  is_pinging_ = has_pinged_ = true;
  return std::span(request_).first(kPingBytes);
}

std::size_t LeanSession::TakePong(std::span<const std::byte> data) {
  if (!is_pinging_ || !frames_.is_between_frames() || data.size() < kPingBytes) return 0;
  const FrameHead head = ReadFrameHead(data.data());
  const bool is_pong = head.type == frame::kSettings && head.Has(frame::kAck) && head.length == 0 &&
                       head.stream == 0;
  if (!is_pong) return 0;
  is_pinging_ = false;
  is_alive_ = true;
  return kPingBytes;
}

bool LeanSession::OpenWatch(const UnaryRequest& request, const ClientLimits& limits,
                            std::vector<std::byte>& out) {
  if (watch_ != nullptr || streams_max_ <= streams_of_checks_) return false;
  watch_ = OpenSide(request, limits, out);
  return watch_ != nullptr;
}

bool LeanSession::AskBeside(const UnaryRequest& request, const ClientLimits& limits,
                            std::vector<std::byte>& out) {
  if (beside_ != nullptr) beside_->Cancel("not answered in time", out);
  beside_.reset();
  if (streams_max_ >= streams_of_checks_) beside_ = OpenSide(request, limits, out);
  return beside_ != nullptr;
}

// The peer's window has to hold for the next main call, too.
std::unique_ptr<WatchCall> LeanSession::OpenSide(const UnaryRequest& request,
                                                 const ClientLimits& limits,
                                                 std::vector<std::byte>& out) {
  const auto bytes = static_cast<std::int64_t>(request.body.size());
  if (next_id_ >= kLastId || is_leaving_ || send_window_ < bytes + body_bytes_) return nullptr;
  auto call = std::make_unique<WatchCall>(next_id_, limits);
  next_id_ += 2;
  send_window_ -= bytes;
  AppendFrame(out, frame::kHeaders, frame::kEndHeaders, call->id(), RequestBlock(request));
  AppendFrame(out, frame::kData, frame::kEndStream, call->id(), request.body);
  return call;
}

WatchCall* LeanSession::SideCall(std::int32_t stream) const {
  if (watch_ != nullptr && stream == watch_->id()) return watch_.get();
  return beside_ != nullptr && stream == beside_->id() ? beside_.get() : nullptr;
}

WatchNews LeanSession::TakeBesideNews() {
  WatchNews news = beside_->Take();
  beside_.reset();
  return news;
}

WatchNews LeanSession::TakeWatchNews() {
  WatchNews news = watch_->Take();
  if (news.end) watch_.reset();
  return news;
}

bool LeanSession::EndKnown(std::size_t body_bytes) {
  const std::int64_t unacknowledged = unacknowledged_bytes_ + static_cast<std::int64_t>(body_bytes);
  const bool is_simple = !is_over_ && !has_head_ && frames_.is_between_frames();
  if (!is_simple || unacknowledged >= kWindowUpdateBytes) return false;
  unacknowledged_bytes_ = unacknowledged;
  End({});
  return true;
}

void LeanSession::Abandon(std::vector<std::byte>& out) {
  if (is_over_) return;
  AppendNumber(out, frame::kReset, call_id_, static_cast<std::uint32_t>(Http2Error::kCancel));
  End({});
}

void LeanSession::End(std::optional<std::uint32_t> reset_code) {
  is_over_ = true;
  reset_code_ = reset_code;
}

bool LeanSession::Feed(std::span<const std::byte> data, Answer* answer,
                       std::vector<std::byte>& out) {
  return frames_.Feed(data, [&](const FrameHead& head, Payload payload) {
    return OnFrame(head, payload, answer, out);
  });
}

bool LeanSession::OnFrame(const FrameHead& head, Payload payload, Answer* answer,
                          std::vector<std::byte>& out) {
  const bool is_ours = head.stream % 2 == 1 && head.stream < next_id_;
  if (WatchCall* call = SideCall(head.stream)) return OnSideCall(*call, head, payload, out);
  switch (head.type) {
    case frame::kData:
      return is_ours && OnData(head, payload, answer, out);
    case frame::kHeaders:
      return is_ours && OnHeaders(head, payload, answer);
    case frame::kReset: {
      if (!is_ours || payload.size() != 4) return false;
      const std::uint32_t code = ReadBig32(payload.data());
      if (IsOfCall(head.stream)) End(code == 0 ? std::nullopt : std::optional(code));
      return true;
    }
    case frame::kPushPromise:
    case frame::kContinuation:  // OnHeaders takes whole blocks only
      return false;
    default:
      return OnStreamless(head, payload, out);
  }
}

bool LeanSession::OnSideCall(WatchCall& call, const FrameHead& head, Payload payload,
                             std::vector<std::byte>& out) {
  const bool ends = (head.flags & frame::kEndStream) != 0;
  switch (head.type) {
    case frame::kData:
      Renew(payload.size(), out);
      if (!ends) call.Renew(payload.size(), out);
      if (!Unwrap(head, payload)) return false;
      call.OnData(payload, ends, !is_over_, out);
      return true;
    case frame::kHeaders: {
      if ((head.flags & frame::kEndHeaders) == 0 || !Unwrap(head, payload)) return false;
      std::vector<std::pair<std::string, std::string>> fields;
      if (!DecodeBlock(payload, fields)) return false;
      call.OnHeaders(fields, ends, out);
      return true;
    }
    case frame::kReset:
      if (payload.size() != 4) return false;
      call.OnReset(ReadBig32(payload.data()));
      return true;
    case frame::kPushPromise:
    case frame::kContinuation:
      return false;
    default:
      return OnStreamless(head, payload, out);
  }
}

void LeanSession::Renew(std::size_t frame_bytes, std::vector<std::byte>& out) {
  unacknowledged_bytes_ += static_cast<std::int64_t>(frame_bytes);
  if (unacknowledged_bytes_ < kWindowUpdateBytes) return;
  AppendNumber(out, frame::kWindowUpdate, 0, static_cast<std::uint32_t>(unacknowledged_bytes_));
  unacknowledged_bytes_ = 0;
}

bool LeanSession::OnData(const FrameHead& head, Payload payload, Answer* answer,
                         std::vector<std::byte>& out) {
  Renew(payload.size(), out);
  if (!Unwrap(head, payload)) return false;
  if (!IsOfCall(head.stream)) return true;
  if (!has_head_) return false;
  if (!answer->OnData(payload)) {
    Abandon(out);
  } else if ((head.flags & frame::kEndStream) != 0) {
    End({});
  }
  return true;
}

bool LeanSession::OnHeaders(const FrameHead& head, Payload payload, Answer* answer) {
  // A block that spans frames is over 16 KiB, which no answer to a health check is.
  if ((head.flags & frame::kEndHeaders) == 0) return false;
  if (!Unwrap(head, payload)) return false;
  if (!IsOfCall(head.stream)) return true;  // its block needs no decoding: there is no table
  const bool ends = (head.flags & frame::kEndStream) != 0;
  KnownBlock& known = ends ? trailers_ : heads_;
  if (!std::ranges::equal(known.bytes, payload)) {
    known.bytes.clear();
    if (!DecodeBlock(payload, known.fields)) return false;
    known.bytes.assign(payload.begin(), payload.end());
  }
  has_head_ = true;
  for (const auto& [name, value] : known.fields) {
    if (!answer->OnField(name, value)) {
      End({});
      return true;
    }
  }
  if (ends) End({});
  return true;
}

bool LeanSession::OnSettings(const FrameHead& head, Payload payload, std::vector<std::byte>& out) {
  if (head.Has(frame::kAck)) {
    is_alive_ = is_alive_ || is_pinging_;
    is_pinging_ = false;
    return payload.empty();
  }
  if (payload.size() % 6 != 0) return false;
  for (; !payload.empty(); payload = payload.subspan(6)) {
    const auto id = static_cast<Setting>(ReadBig32(payload.data()) >> 16);
    const std::uint32_t value = ReadBig32(payload.data() + 2);
    const bool refuses = (id == Setting::kInitialWindowSize && value < body_bytes_) ||
                         (id == Setting::kMaxConcurrentStreams && value == 0);
    is_leaving_ = is_leaving_ || refuses;
    if (id == Setting::kMaxConcurrentStreams) streams_max_ = value;
  }
  // The streams that are left belong to the checks.
  if (streams_max_ <= streams_of_checks_ && watch_ != nullptr)
    watch_->Cancel("the peer allows too few streams", out);
  AppendFrame(out, frame::kSettings, frame::kAck, 0, {});
  return true;
}

// Frames of the connection, and those that say nothing to us.
bool LeanSession::OnStreamless(const FrameHead& head, Payload payload,
                               std::vector<std::byte>& out) {
  switch (head.type) {
    case frame::kSettings:
      return head.stream == 0 && OnSettings(head, payload, out);
    case frame::kPing:
      if (head.stream != 0 || payload.size() != 8) return false;
      if ((head.flags & frame::kAck) == 0) AppendFrame(out, frame::kPing, frame::kAck, 0, payload);
      return true;
    case frame::kGoAway:
      if (head.stream != 0 || payload.size() < 8) return false;
      is_leaving_ = true;
      is_annoyed_ = has_pinged_ && ReadBig32(payload.data() + 4) ==
                                       static_cast<std::uint32_t>(Http2Error::kEnhanceYourCalm);
      if (!is_over_ &&
          static_cast<std::int32_t>(ReadBig32(payload.data()) & 0x7FFFFFFFU) < call_id_)
        End(static_cast<std::uint32_t>(Http2Error::kRefusedStream));
      return true;
    case frame::kWindowUpdate:
      if (payload.size() != 4) return false;
      if (head.stream == 0) send_window_ += ReadBig32(payload.data()) & 0x7FFFFFFFU;
      return send_window_ <= kLastId;
    default:
      return true;
  }
}

}  // namespace fairlead::h2

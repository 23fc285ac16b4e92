#include "h2/lean_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>

#include "base/check.h"
#include "h2/client.h"
#include "h2/header_block.h"

namespace fairlead::h2 {

namespace {

constexpr std::size_t kHeadBytes = 9;
constexpr std::size_t kFrameBytesMax = 16 * 1024;  // we never allowed more
constexpr std::int32_t kLastId = 0x7FFFFFFF;
// A quarter of the window that every connection begins with.
constexpr std::int64_t kWindowUpdateBytes = 16 * 1024;

std::uint32_t Read32(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const std::byte one : bytes.first(4)) value = value << 8 | std::to_integer<unsigned>(one);
  return value;
}

void Write32(std::byte* place, std::uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) place[i] = static_cast<std::byte>(value);
}

void AppendFrame(std::vector<std::byte>& out, unsigned type, unsigned flags, std::int32_t stream,
                 std::span<const std::byte> payload) {
  std::byte head[kHeadBytes];
  Write32(head, static_cast<std::uint32_t>(payload.size()) << 8);
  head[3] = static_cast<std::byte>(type);
  head[4] = static_cast<std::byte>(flags);
  Write32(head + 5, static_cast<std::uint32_t>(stream));
  out.insert(out.end(), std::begin(head), std::end(head));
  out.insert(out.end(), payload.begin(), payload.end());
}

void AppendNumber(std::vector<std::byte>& out, unsigned type, std::int32_t stream,
                  std::uint32_t number) {
  std::byte payload[4];
  Write32(payload, number);
  AppendFrame(out, type, 0, stream, payload);
}

// Takes padding, and priority of HEADERS, away. False when they are longer than the frame.
bool Unwrap(unsigned type, unsigned flags, std::span<const std::byte>& payload) {
  std::size_t padding = 0;
  if ((flags & NGHTTP2_FLAG_PADDED) != 0) {
    if (payload.empty()) return false;
    padding = std::to_integer<std::size_t>(payload.front());
    payload = payload.subspan(1);
  }
  const bool has_priority = type == NGHTTP2_HEADERS && (flags & NGHTTP2_FLAG_PRIORITY) != 0;
  const std::size_t skip = has_priority ? 5 : 0;
  if (payload.size() < skip + padding) return false;
  payload = payload.subspan(skip, payload.size() - skip - padding);
  return true;
}

}  // namespace

LeanSession::LeanSession(const UnaryRequest& request, Start start)
    : body_bytes_(static_cast<std::int64_t>(request.body.size())),
      next_id_(start.next_id),
      send_window_(start.send_window) {
  AppendFrame(request_, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, RequestBlock(request));
  data_frame_at_ = request_.size();
  AppendFrame(request_, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 0, request.body);
}

bool LeanSession::CanAsk() const {
  return !is_leaving_ && next_id_ < kLastId && send_window_ >= body_bytes_;
}

std::int32_t LeanSession::Ask(std::vector<std::byte>& out) {
  CHECK(CanAsk());
  call_id_ = next_id_;
  next_id_ += 2;
  send_window_ -= body_bytes_;
  is_over_ = false;
  has_head_ = false;
  reset_code_.reset();
  Write32(request_.data() + 5, static_cast<std::uint32_t>(call_id_));
  Write32(request_.data() + data_frame_at_ + 5, static_cast<std::uint32_t>(call_id_));
  out.insert(out.end(), request_.begin(), request_.end());
  return call_id_;
}

void LeanSession::Abandon(std::vector<std::byte>& out) {
  if (is_over_) return;
  AppendNumber(out, NGHTTP2_RST_STREAM, call_id_, NGHTTP2_CANCEL);
  End({});
}

void LeanSession::End(std::optional<std::uint32_t> reset_code) {
  is_over_ = true;
  reset_code_ = reset_code;
}

bool LeanSession::Feed(std::span<const std::byte> data, Answer* answer,
                       std::vector<std::byte>& out) {
  if (!partial_.empty()) partial_.insert(partial_.end(), data.begin(), data.end());
  const std::vector<std::byte> joined = std::exchange(partial_, {});
  std::span<const std::byte> rest = joined.empty() ? data : std::span(joined);
  while (rest.size() >= kHeadBytes) {
    const Head head{.length = Read32(rest) >> 8,
                    .type = std::to_integer<unsigned>(rest[3]),
                    .flags = std::to_integer<unsigned>(rest[4]),
                    .stream = static_cast<std::int32_t>(Read32(rest.subspan(5)) & 0x7FFFFFFFU)};
    if (head.length > kFrameBytesMax) return false;
    if (rest.size() < kHeadBytes + head.length) break;
    if (!OnFrame(head, rest.subspan(kHeadBytes, head.length), answer, out)) return false;
    rest = rest.subspan(kHeadBytes + head.length);
  }
  partial_.assign(rest.begin(), rest.end());
  return true;
}

bool LeanSession::OnFrame(const Head& head, Payload payload, Answer* answer,
                          std::vector<std::byte>& out) {
  const bool is_ours = head.stream % 2 == 1 && head.stream < next_id_;
  switch (head.type) {
    case NGHTTP2_DATA:
      return is_ours && OnData(head, payload, answer, out);
    case NGHTTP2_HEADERS:
      return is_ours && OnHeaders(head, payload, answer);
    case NGHTTP2_RST_STREAM: {
      if (!is_ours || payload.size() != 4) return false;
      const std::uint32_t code = Read32(payload);
      if (IsOfCall(head.stream)) End(code == 0 ? std::nullopt : std::optional(code));
      return true;
    }
    case NGHTTP2_PUSH_PROMISE:
    case NGHTTP2_CONTINUATION:  // OnHeaders takes whole blocks only
      return false;
    default:
      return OnStreamless(head, payload, out);
  }
}

bool LeanSession::OnData(const Head& head, Payload payload, Answer* answer,
                         std::vector<std::byte>& out) {
  unacknowledged_bytes_ += static_cast<std::int64_t>(payload.size());
  if (unacknowledged_bytes_ >= kWindowUpdateBytes) {
    AppendNumber(out, NGHTTP2_WINDOW_UPDATE, 0, static_cast<std::uint32_t>(unacknowledged_bytes_));
    unacknowledged_bytes_ = 0;
  }
  if (!Unwrap(head.type, head.flags, payload)) return false;
  if (!IsOfCall(head.stream)) return true;
  if (!has_head_) return false;
  if (!answer->OnData(payload)) {
    Abandon(out);
  } else if ((head.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    End({});
  }
  return true;
}

bool LeanSession::OnHeaders(const Head& head, Payload payload, Answer* answer) {
  // A block that spans frames is over 16 KiB, which no answer to a health check is.
  if ((head.flags & NGHTTP2_FLAG_END_HEADERS) == 0) return false;
  if (!Unwrap(head.type, head.flags, payload)) return false;
  if (!IsOfCall(head.stream)) return true;  // its block needs no decoding: there is no table
  const bool ends = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
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

bool LeanSession::OnSettings(const Head& head, Payload payload, std::vector<std::byte>& out) {
  if ((head.flags & NGHTTP2_FLAG_ACK) != 0) return payload.empty();
  if (payload.size() % 6 != 0) return false;
  for (; !payload.empty(); payload = payload.subspan(6)) {
    const unsigned id = Read32(payload) >> 16;
    const std::uint32_t value = Read32(payload.subspan(2));
    const bool refuses = (id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE && value < body_bytes_) ||
                         (id == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS && value == 0);
    is_leaving_ = is_leaving_ || refuses;
  }
  AppendFrame(out, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, {});
  return true;
}

// Frames of the connection, and those that say nothing to us.
bool LeanSession::OnStreamless(const Head& head, Payload payload, std::vector<std::byte>& out) {
  switch (head.type) {
    case NGHTTP2_SETTINGS:
      return head.stream == 0 && OnSettings(head, payload, out);
    case NGHTTP2_PING:
      if (head.stream != 0 || payload.size() != 8) return false;
      if ((head.flags & NGHTTP2_FLAG_ACK) == 0)
        AppendFrame(out, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, payload);
      return true;
    case NGHTTP2_GOAWAY:
      if (head.stream != 0 || payload.size() < 8) return false;
      is_leaving_ = true;
      if (!is_over_ && static_cast<std::int32_t>(Read32(payload) & 0x7FFFFFFFU) < call_id_)
        End(NGHTTP2_REFUSED_STREAM);
      return true;
    case NGHTTP2_WINDOW_UPDATE:
      if (payload.size() != 4) return false;
      if (head.stream == 0) send_window_ += Read32(payload) & 0x7FFFFFFFU;
      return send_window_ <= kLastId;
    default:
      return true;
  }
}

}  // namespace fairlead::h2

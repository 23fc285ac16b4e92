#include "front/frame_guard.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fairlead::front {

using h2::FrameHead;
using h2::Http2Error;
namespace frame = h2::frame;

namespace {
constexpr std::size_t kFieldOverheadBytes = 32;  // RFC 9113, 6.5.2
constexpr std::size_t kSettingBytes = 6;
constexpr std::size_t kPriorityBytes = 5;
constexpr std::size_t kNumberBytes = 4;

constexpr std::string_view kTooMuchPadding = "its padding is longer than the frame around it";
}  // namespace

FrameGuard::FrameGuard(const GuardLimits& limits, TimePoint now)
    : limits_(limits),
      frames_(limits.frames_per_second_max, std::chrono::seconds(1)),
      control_frames_(limits.control_frames_per_second_max, std::chrono::seconds(1)),
      resets_(limits.resets_per_minute_max, std::chrono::minutes(1)),
      now_(now),
      busy_at_(now) {}

bool FrameGuard::Break(std::string_view limit, std::string_view why) {
  breach_ = {.limit = limit, .why = why};
  return false;
}

bool FrameGuard::BreakProtocol(std::string_view why) {
  breach_ = {.limit = "protocol", .why = why, .error = Http2Error::kProtocol};
  return false;
}

std::optional<Breach> FrameGuard::FromClient(std::span<const std::byte> data, TimePoint now) {
  now_ = now;
  counts_ = {.resets = std::exchange(servers_resets_, 0)};
  Inward inward{*this};
  if (TakePreface(data) && in_.Feed(data, inward)) IsWithinRates(now);
  return breach_;
}

bool FrameGuard::IsWithinRates(TimePoint now) {
  if (!frames_.Spend(counts_.all, now))
    return Break("frames", "it sends more frames a second than one connection may");
  if (!control_frames_.Spend(counts_.control, now))
    return Break("control",
                 "it sends more pings, settings and empty frames a second than one connection may");
  if (!resets_.Spend(counts_.resets, now))
    return Break("resets", "more of its calls are reset a minute than one connection may have");
  return true;
}

bool FrameGuard::TakePreface(std::span<const std::byte>& data) {
  constexpr std::byte kTlsHandshake{0x16};
  while (!data.empty() && !has_greeted()) {
    if (data.front() != static_cast<std::byte>(h2::kClientPreface[preface_used_])) {
      const bool is_tls = preface_used_ == 0 && data.front() == kTlsHandshake;
      return BreakProtocol(is_tls ? "it speaks TLS, and this address is served without"
                                  : "it speaks no HTTP/2");
    }
    ++preface_used_;
    data = data.subspan(1);
  }
  return true;
}

bool FrameGuard::OnHead(const FrameHead& head) {
  h2::Count(head, counts_);
  prefix_used_ = 0;
  prefix_bytes_ = 0;
  body_left_ = head.length;
  if (head.length > h2::kFramePayloadBytesMax)
    return BreakProtocol("it sends a longer frame than was agreed");
  // RFC 9113, 6.10: nothing comes between. Else the two of us would not know which block goes on.
  if ((block_of_ != 0) != (head.type == frame::kContinuation) ||
      (block_of_ != 0 && head.stream != block_of_))
    return BreakProtocol("its header blocks are interrupted");
  switch (head.type) {
    case frame::kHeaders:
      return OnHeadersHead(head);
    case frame::kData:
      return OnDataHead(head);
    case frame::kReset:
      Forget(head.stream);
      return true;
    case frame::kSettings:
      prefix_bytes_ = head.Has(frame::kAck) ? 0 : kSettingBytes;
      return true;
    case frame::kWindowUpdate:
      prefix_bytes_ = kNumberBytes;
      return true;
    default:
      return true;
  }
}

bool FrameGuard::OnHeadersHead(const FrameHead& head) {
  if (head.stream % 2 == 0) return BreakProtocol("it begins a call under a server's number");
  block_of_ = head.stream;
  block_bytes_ = 0;
  list_bytes_ = 0;
  prefix_bytes_ =
      (head.Has(frame::kPadded) ? 1 : 0) + (head.Has(frame::kHasPriority) ? kPriorityBytes : 0);
  if (prefix_bytes_ > head.length) return BreakProtocol(kTooMuchPadding);
  if (head.stream <= last_call_) return true;  // trailers, of a call that may be over
  last_call_ = head.stream;
  calls_[head.stream] = {.window = initial_window_};
  return calls_.size() <= limits_.calls_max ||
         Break("calls", "it has begun more calls at a time than one connection may");
}

bool FrameGuard::OnDataHead(const FrameHead& head) {
  const auto call = calls_.find(head.stream);
  if (call == calls_.end()) return true;
  call->second.unfinished_bytes += head.length;
  unfinished_bytes_ += head.length;
  return unfinished_bytes_ <= limits_.unfinished_bytes_max ||
         Break("requests", "it has begun larger requests than one connection may have unfinished");
}

bool FrameGuard::OnPayload(const FrameHead& head, std::span<const std::byte> piece) {
  while (!piece.empty()) {
    if (prefix_used_ < prefix_bytes_) {
      prefix_[prefix_used_++] = piece.front();
      piece = piece.subspan(1);
      --body_left_;
      if (prefix_used_ == prefix_bytes_ && !OnPrefix(head)) return false;
      continue;
    }
    if (block_of_ == 0) return true;  // it says nothing to us
    const std::size_t size = std::min(piece.size(), body_left_);
    if (size == 0) return true;  // padding
    body_left_ -= size;
    if (!Decode(piece.first(size), false)) return false;
    piece = piece.subspan(size);
  }
  return true;
}

bool FrameGuard::OnPrefix(const FrameHead& head) {
  switch (head.type) {
    case frame::kSettings:
      OnSetting();
      prefix_used_ = 0;  // the next
      return true;
    case frame::kWindowUpdate:
      OnWindowUpdate(head.stream);
      return true;
    default: {
      if (!head.Has(frame::kPadded)) return true;
      const auto padding = std::to_integer<std::size_t>(prefix_[0]);
      if (padding > body_left_) return BreakProtocol(kTooMuchPadding);
      body_left_ -= padding;
      return true;
    }
  }
}

// 6.9.2: it moves the windows of all calls.
void FrameGuard::OnSetting() {
  const auto id = static_cast<h2::Setting>(h2::ReadBig32(prefix_.data()) >> 16);
  if (id != h2::Setting::kInitialWindowSize) return;
  const std::int64_t window = h2::ReadBig32(prefix_.data() + 2);
  for (auto& [stream, call] : calls_) call.window += window - initial_window_;
  initial_window_ = window;
}

void FrameGuard::OnWindowUpdate(std::int32_t stream) {
  const std::int64_t more = h2::ReadBig32(prefix_.data()) & 0x7FFFFFFFU;
  if (stream == 0) {
    window_ += more;
  } else if (const auto call = calls_.find(stream); call != calls_.end()) {
    call->second.window += more;
  }
}

bool FrameGuard::Decode(std::span<const std::byte> piece, bool is_last) {
  constexpr std::string_view kTooLong = "its headers are longer than they may be";
  block_bytes_ += piece.size();
  if (block_bytes_ > limits_.header_list_bytes_max) return Break("headers", kTooLong);
  const auto outcome =
      decoder_.Feed(piece, is_last, [this](std::string_view name, std::string_view value) {
        list_bytes_ += name.size() + value.size() + kFieldOverheadBytes;
        return list_bytes_ <= limits_.header_list_bytes_max;
      });
  if (outcome == h2::HeaderDecoder::Outcome::kStopped) return Break("headers", kTooLong);
  if (outcome == h2::HeaderDecoder::Outcome::kBad)
    return BreakProtocol("its headers cannot be read");
  return true;
}

bool FrameGuard::OnEnd(const FrameHead& head) {
  const bool is_block = head.type == frame::kHeaders || head.type == frame::kContinuation;
  if (is_block && head.Has(frame::kEndHeaders)) {
    if (!Decode({}, true)) return false;
    block_of_ = 0;
  }
  const bool can_end = head.type == frame::kHeaders || head.type == frame::kData;
  if (can_end && head.Has(frame::kEndStream)) FinishRequest(head.stream);
  return true;
}

void FrameGuard::FinishRequest(std::int32_t stream) {
  const auto call = calls_.find(stream);
  if (call == calls_.end()) return;
  unfinished_bytes_ -= call->second.unfinished_bytes;
  call->second.unfinished_bytes = 0;
}

void FrameGuard::Forget(std::int32_t stream) {
  FinishRequest(stream);
  calls_.erase(stream);
  busy_at_ = now_;
}

void FrameGuard::FromServer(std::span<const std::byte> data, TimePoint now) {
  now_ = now;
  has_server_spoken_ = has_server_spoken_ || !data.empty();
  Outward outward{*this};
  out_.Feed(data, outward);
}

void FrameGuard::OnServersHead(const FrameHead& head) {
  if (head.type == frame::kData) {
    window_ -= head.length;
    if (const auto call = calls_.find(head.stream); call != calls_.end())
      call->second.window -= head.length;
  }
  const bool can_end = head.type == frame::kHeaders || head.type == frame::kData;
  if (head.type == frame::kReset || (can_end && head.Has(frame::kEndStream))) Forget(head.stream);
}

// A server may be done with a call whose client still talks, and gives up what is late: neither is
// for what a client sent.
void FrameGuard::OnServersEnd(const FrameHead& head) {
  if (head.type != frame::kReset) return;
  const auto code = static_cast<Http2Error>(servers_code_);
  if (code != Http2Error::kNone && code != Http2Error::kCancel) ++servers_resets_;
}

std::size_t FrameGuard::unread_calls() const {
  if (window_ <= 0) return calls_.size();
  return static_cast<std::size_t>(
      std::ranges::count_if(calls_, [](const auto& entry) { return entry.second.window <= 0; }));
}

std::optional<Breach> FrameGuard::Sweep(TimePoint now) {
  if (unread_calls() == 0) {
    unread_since_.reset();
    return std::nullopt;
  }
  if (!unread_since_) unread_since_ = now;
  if (now - *unread_since_ >= limits_.unread_timeout)
    Break("unread", "it takes nothing of what it is answered");
  return breach_;
}

std::vector<std::byte> FrameGuard::LastWord(const Breach& breach) const {
  std::vector<std::byte> word;
  if (!has_server_spoken_ || !out_.is_between_frames()) return word;
  std::vector<std::byte> payload(2 * kNumberBytes);
  h2::WriteBig32(payload.data(), static_cast<std::uint32_t>(last_call_));
  h2::WriteBig32(payload.data() + kNumberBytes, static_cast<std::uint32_t>(breach.error));
  std::ranges::transform(breach.why, std::back_inserter(payload),
                         [](char c) { return static_cast<std::byte>(c); });
  h2::AppendFrame(word, frame::kGoAway, 0, 0, payload);
  return word;
}

}  // namespace fairlead::front

// Our side of the conversation. What frames mean: call_session_frames.cc.
#include "h2/call_session.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace fairlead::h2 {
namespace {

// Of all streams together, given back as it comes: each stream has a window of its own, and one
// whose owner does not read must not hold up the others.
constexpr std::int32_t kConnectionWindow = 1024 * 1024;
constexpr std::int32_t kStreamIdMax = 0x7FFFFFFF;

}  // namespace

CallSession::CallSession(const CallSessionLimits& limits)
    : limits_(limits), receive_window_(kConnectionWindow) {
  const auto preface = std::as_bytes(std::span(kClientPreface));
  output_.assign(preface.begin(), preface.end());
  std::vector<std::byte> settings;
  AppendSetting(settings, Setting::kHeaderTableSize, 0);
  AppendSetting(settings, Setting::kEnablePush, 0);
  AppendSetting(settings, Setting::kMaxHeaderListSize,
                static_cast<std::uint32_t>(limits.header_list_bytes_max));
  AppendFrame(output_, frame::kSettings, 0, 0, settings);
  AppendNumber(output_, frame::kWindowUpdate, 0,
               static_cast<std::uint32_t>(kConnectionWindow - kDefaultWindow));
}

bool CallSession::Feed(std::span<const std::byte> data, CallEvents& events) {
  if (is_terminated_) return false;
  const bool is_good = frames_.Feed(
      data, [&](const FrameHead& head, Payload payload) { return OnFrame(head, payload, events); });
  if (!is_good && !is_terminated_) Breach(Http2Error::kFrameSize, "a frame longer than allowed");
  if (receive_window_ <= kConnectionWindow / 2 && !is_terminated_) {
    AppendNumber(output_, frame::kWindowUpdate, 0,
                 static_cast<std::uint32_t>(kConnectionWindow - receive_window_));
    receive_window_ = kConnectionWindow;
  }
  return is_good;
}

void CallSession::Abandon(const std::string& why, CallEvents& events) {
  is_leaving_ = is_terminated_ = true;
  const std::vector<CallStream*> streams = std::exchange(streams_, {});
  for (CallStream* stream : streams) {
    events.OnFailure(
        *stream,
        {.code = Code::kUnavailable, .why = why, .is_unseen = stream->begins_at >= taken_bytes_});
  }
}

void CallSession::Open(CallStream& stream, std::span<const std::byte> block) {
  CHECK(CanOpen());
  stream = {};
  stream.id = next_id_;
  stream.receive_window = kDefaultWindow;
  stream.send_window = initial_send_window_;
  stream.keeps_body = true;
  stream.begins_at = taken_bytes_ + output_.size();
  next_id_ += 2;
  is_leaving_ = next_id_ >= kStreamIdMax - 2;
  streams_.push_back(&stream);
  auto type = frame::kHeaders;
  do {
    const auto piece = block.first(std::min(block.size(), kFramePayloadBytesMax));
    block = block.subspan(piece.size());
    AppendFrame(output_, type, block.empty() ? frame::kEndHeaders : 0, stream.id, piece);
    type = frame::kContinuation;
  } while (!block.empty());
}

std::size_t CallSession::Allowed(const CallStream& stream) const {
  if (output_.size() >= kOutputBytesMax) return 0;
  const std::int64_t window = std::min(stream.send_window, send_window_);
  return std::min(static_cast<std::size_t>(std::max<std::int64_t>(window, 0)),
                  kFramePayloadBytesMax);
}

void CallSession::Send(CallStream& stream, std::span<const std::byte> data, bool ends) {
  stream.send_window -= static_cast<std::int64_t>(data.size());
  send_window_ -= static_cast<std::int64_t>(data.size());
  stream.has_said_end = ends;
  AppendFrame(output_, frame::kData, ends ? frame::kEndStream : 0, stream.id, data);
}

void CallSession::Release(CallStream& stream, std::size_t taken_bytes, std::size_t ahead_bytes) {
  stream.kept_bytes -= static_cast<std::int32_t>(taken_bytes);
  stream.ahead_bytes = std::max(kDefaultWindow, static_cast<std::int32_t>(ahead_bytes));
  const std::int32_t more = stream.Grant();
  if (more == 0) return;
  AppendNumber(output_, frame::kWindowUpdate, stream.id, static_cast<std::uint32_t>(more));
  stream.receive_window += more;
}

void CallSession::Reset(CallStream& stream, Http2Error error) {
  AppendNumber(output_, frame::kReset, stream.id, static_cast<std::uint32_t>(error));
  Forget(stream);
}

void CallSession::TakeOutput(std::size_t bytes) {
  taken_bytes_ += bytes;
  output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

CallStream* CallSession::Find(std::int32_t id) const {
  const auto found = std::ranges::lower_bound(streams_, id, {}, &CallStream::id);
  return found != streams_.end() && (*found)->id == id ? *found : nullptr;
}

void CallSession::Forget(const CallStream& stream) {
  const auto found = std::ranges::lower_bound(streams_, stream.id, {}, &CallStream::id);
  CHECK(found != streams_.end() && *found == &stream);
  streams_.erase(found);
}

}  // namespace fairlead::h2

// What each frame of a server may look like, when it may come, and what follows from it. The
// numbers are sections of RFC 9113.
#include <algorithm>
#include <utility>

#include "h2/call_session.h"
#include "h2/call_status.h"
#include "h2/field_name.h"

namespace fairlead::h2 {
namespace {

constexpr std::size_t kListFieldBytes = 32;  // 6.5.2
// Of a header list over its limit no field is kept, and beyond so many times that none is read.
constexpr std::size_t kListPatience = 4;
// A block as long as it may be takes two frames and a little.
constexpr int kBlockFramesMax = 8;

std::string_view HttpStatusOf(const FieldList& fields) {
  return !fields.empty() && fields.front().first == ":status"
             ? std::string_view(fields.front().second)
             : std::string_view();
}

StreamFailure Malformed(const char* what) {
  return {.code = Code::kInternal, .why = what};
}

}  // namespace

bool CallSession::Breach(Http2Error error, std::string what) {
  trouble_ = std::move(what);
  is_leaving_ = is_terminated_ = true;
  std::byte payload[8] = {};  // the peer has begun no stream
  WriteBig32(payload + 4, static_cast<std::uint32_t>(error));
  AppendFrame(output_, frame::kGoAway, 0, 0, payload);
  return false;
}

void CallSession::Fail(CallStream& stream, Http2Error error, const StreamFailure& failure,
                       CallEvents& events) {
  Reset(stream, error);
  events.OnFailure(stream, failure);
}

// What the peer has said is all: a side of ours that has not ended is of no use to it.
void CallSession::EndOfAnswer(CallStream& stream, const FieldList* trailers, CallEvents& events) {
  if (stream.has_said_end) {
    Forget(stream);
  } else {
    Reset(stream, Http2Error::kNone);
  }
  events.OnEnd(stream, trailers);
}

bool CallSession::OnFrame(const FrameHead& head, Payload payload, CallEvents& events) {
  if (is_terminated_) return false;
  const bool is_settings = head.type == frame::kSettings && !head.Has(frame::kAck);
  if (!is_greeted_ && !is_settings)  // 3.4
    return Breach(Http2Error::kProtocol, "it does not begin as HTTP/2 does");
  // 4.3, 6.10: a header block is not interrupted, not even by frames that nobody knows.
  if ((head.type == frame::kContinuation) != block_.has_value())
    return Breach(Http2Error::kProtocol, "a header block that is interrupted");
  switch (head.type) {
    case frame::kData:
      return OnData(head, payload, events);
    case frame::kHeaders:
      return OnHeaders(head, payload, events);
    case frame::kContinuation:
      return OnContinuation(head, payload, events);
    case frame::kReset:
      return OnReset(head, payload, events);
    case frame::kSettings:
      return OnSettings(head, payload);
    case frame::kPushPromise:  // 8.4: we have said that we want none
      return Breach(Http2Error::kProtocol, "a push that was not asked for");
    case frame::kPing:  // 6.7
      if (head.stream != 0 || payload.size() != 8)
        return Breach(Http2Error::kFrameSize, "a broken PING");
      return head.Has(frame::kAck) || Acknowledge(frame::kPing, payload);
    case frame::kGoAway:
      return OnGoAway(head, payload, events);
    case frame::kWindowUpdate:
      return OnWindowUpdate(head, payload, events);
    default:  // 5.5: what nobody knows is skipped, and so is PRIORITY
      return true;
  }
}

// 6.1 and 6.9. Padding counts for the windows like data.
bool CallSession::OnData(const FrameHead& head, Payload payload, CallEvents& events) {
  if (IsIdle(head.stream)) return Breach(Http2Error::kProtocol, "DATA of a call that never was");
  const auto bytes = static_cast<std::int32_t>(payload.size());
  if (bytes > receive_window_)
    return Breach(Http2Error::kFlowControl, "more DATA than the connection's window");
  receive_window_ -= bytes;
  if (!Unwrap(head, payload)) return Breach(Http2Error::kProtocol, "more padding than frame");
  CallStream* stream = Find(head.stream);
  if (stream == nullptr) return true;  // it is over, and the peer need not know yet
  if (bytes > stream->receive_window) {
    Fail(*stream, Http2Error::kFlowControl, Malformed("more DATA than its window"), events);
    return true;
  }
  if (!stream->has_head) {
    Fail(*stream, Http2Error::kProtocol, Malformed("DATA before any header"), events);
    return true;
  }
  stream->receive_window -= bytes;
  // What is padding nobody has to give back.
  stream->kept_bytes += static_cast<std::int32_t>(payload.size());
  if (!payload.empty()) events.OnData(*stream, payload);
  if (!head.Has(frame::kEndStream)) return true;
  // Whoever heard the DATA may have given the stream up.
  if (stream = Find(head.stream); stream != nullptr) EndOfAnswer(*stream, nullptr, events);
  return true;
}

bool CallSession::OnHeaders(const FrameHead& head, Payload payload, CallEvents& events) {
  if (IsIdle(head.stream)) return Breach(Http2Error::kProtocol, "HEADERS of a call that never was");
  if (!Unwrap(head, payload)) return Breach(Http2Error::kProtocol, "more padding than frame");
  const bool ends = head.Has(frame::kEndStream);
  if (head.Has(frame::kEndHeaders)) return OnBlock(head.stream, ends, payload, events);
  block_ =
      Block{.stream = head.stream, .ends_stream = ends, .bytes = {payload.begin(), payload.end()}};
  return true;
}

bool CallSession::OnContinuation(const FrameHead& head, Payload payload, CallEvents& events) {
  if (head.stream != block_->stream)
    return Breach(Http2Error::kProtocol, "a header block that is interrupted");
  if (++block_->frames > kBlockFramesMax)
    return Breach(Http2Error::kEnhanceYourCalm, "a header block in more frames than allowed");
  block_->bytes.insert(block_->bytes.end(), payload.begin(), payload.end());
  if (!head.Has(frame::kEndHeaders)) return true;
  const Block block = *std::exchange(block_, std::nullopt);
  return OnBlock(block.stream, block.ends_stream, block.bytes, events);
}

bool CallSession::OnBlock(std::int32_t id, bool ends, Payload block, CallEvents& events) {
  // On a stream that is over a block is read all the same, because it may change the header table.
  Fields judged = Fields::kGood;
  const FieldList* fields = Decode(block, ends, judged);
  if (fields == nullptr) return Breach(Http2Error::kCompression, "a header block that is none");
  CallStream* stream = Find(id);
  if (stream == nullptr) return true;
  if (judged == Fields::kTooMany) {
    Fail(*stream, Http2Error::kCancel,
         {.code = Code::kResourceExhausted, .why = "more header bytes than allowed"}, events);
  } else if (judged == Fields::kMalformed) {
    Fail(*stream, Http2Error::kProtocol, Malformed("a malformed header"), events);
  } else {
    OnFields(*stream, ends, *fields, events);
  }
  return true;
}

// 8.1: a head, which may be preceded by such of status 1xx, and trailers, which end the stream. An
// answer may be nothing but trailers, which begin with :status then.
void CallSession::OnFields(CallStream& stream, bool ends, const FieldList& fields,
                           CallEvents& events) {
  const std::string_view status = HttpStatusOf(fields);
  const bool is_head = !stream.has_head;
  if (is_head != !status.empty() || (is_head && status.size() != 3) || (!is_head && !ends))
    return Fail(stream, Http2Error::kProtocol, Malformed("a malformed header"), events);
  if (is_head && status.front() == '1') {
    if (ends) Fail(stream, Http2Error::kProtocol, Malformed("a malformed header"), events);
    return;
  }
  if (ends) return EndOfAnswer(stream, &fields, events);
  stream.has_head = true;
  events.OnHead(stream, fields);
}

const FieldList* CallSession::Decode(Payload block, bool ends, Fields& judged) {
  KnownBlock& known = ends ? trailers_ : heads_;
  if (!awaits_settings_ack_ && !known.bytes.empty() && std::ranges::equal(known.bytes, block))
    return &known.fields;
  known.bytes.clear();
  known.fields.clear();
  std::size_t list_bytes = 0;
  const auto take = [&](std::string_view name, std::string_view value) {
    list_bytes += name.size() + value.size() + kListFieldBytes;
    if (list_bytes > limits_.header_list_bytes_max) {
      judged = Fields::kTooMany;
      return list_bytes <= kListPatience * limits_.header_list_bytes_max;
    }
    const bool is_first = known.fields.empty();
    if (!IsFieldName(name) && !(is_first && name == ":status") && judged == Fields::kGood)
      judged = Fields::kMalformed;
    known.fields.emplace_back(name, value);
    return true;
  };
  HeaderDecoder without_table(/*has_table=*/false);
  HeaderDecoder& decoder = awaits_settings_ack_ ? decoder_ : without_table;
  if (decoder.Feed(block, /*is_last=*/true, take) != HeaderDecoder::Outcome::kGoOn) return nullptr;
  if (judged == Fields::kGood && !awaits_settings_ack_)
    known.bytes.assign(block.begin(), block.end());
  return &known.fields;
}

bool CallSession::OnReset(const FrameHead& head, Payload payload, CallEvents& events) {
  if (IsIdle(head.stream) || payload.size() != 4)  // 6.4
    return Breach(Http2Error::kProtocol, "a broken RST_STREAM");
  CallStream* stream = Find(head.stream);
  if (stream == nullptr) return true;
  const std::uint32_t error = ReadBig32(payload.data());
  Forget(*stream);
  events.OnFailure(*stream,
                   {.code = CodeOfReset(error),
                    .why = "it reset the call with code " + std::to_string(error),
                    .is_unseen = error == static_cast<std::uint32_t>(Http2Error::kRefusedStream)});
  return true;
}

bool CallSession::OnSettings(const FrameHead& head, Payload payload) {
  const std::size_t entries = head.Has(frame::kAck) ? 0 : payload.size() / 6;
  if (head.stream != 0 || payload.size() != entries * 6)  // 6.5
    return Breach(Http2Error::kFrameSize, "broken SETTINGS");
  if (head.Has(frame::kAck)) {
    awaits_settings_ack_ = false;
    return true;
  }
  const std::int64_t window_before = initial_send_window_;
  for (; !payload.empty(); payload = payload.subspan(6)) {
    const auto id = static_cast<Setting>(ReadBig32(payload.data()) >> 16);
    if (!OnSetting(id, ReadBig32(payload.data() + 2))) return false;
  }
  // 6.9.2: a change of the initial window moves the windows of all open streams, also below zero.
  const std::int64_t change = initial_send_window_ - window_before;
  for (CallStream* stream : streams_) {
    stream->send_window += change;
    if (stream->send_window > kWindowMax)
      return Breach(Http2Error::kFlowControl, "a window beyond all bounds");
  }
  is_greeted_ = true;
  return Acknowledge(frame::kSettings, {});
}

bool CallSession::OnSetting(Setting id, std::uint32_t value) {
  switch (id) {  // 6.5.2
    case Setting::kMaxConcurrentStreams:
      streams_max_ = value;
      return true;
    case Setting::kMaxHeaderListSize:
      peer_header_list_bytes_max_ = value;
      return true;
    case Setting::kInitialWindowSize:
      if (value > kWindowMax) return Breach(Http2Error::kFlowControl, "a window beyond all bounds");
      initial_send_window_ = value;
      return true;
    default:
      return true;  // our blocks use no table, and our frames are of the size that everybody takes
  }
}

bool CallSession::Acknowledge(frame::Type type, Payload payload) {
  if (output_.size() > 2 * kOutputBytesMax)
    return Breach(Http2Error::kEnhanceYourCalm, "more PING and SETTINGS than it reads answers to");
  AppendFrame(output_, type, frame::kAck, 0, payload);
  return true;
}

bool CallSession::OnWindowUpdate(const FrameHead& head, Payload payload, CallEvents& events) {
  if (payload.size() != 4 || (head.stream != 0 && IsIdle(head.stream)))  // 6.9
    return Breach(Http2Error::kFrameSize, "a broken WINDOW_UPDATE");
  const std::uint32_t increment = ReadBig32(payload.data()) & 0x7FFFFFFFU;
  if (head.stream == 0) {
    send_window_ += increment;
    if (increment > 0 && send_window_ <= kWindowMax) return true;
    return Breach(Http2Error::kFlowControl, "a window beyond all bounds");
  }
  CallStream* stream = Find(head.stream);
  if (stream == nullptr) return true;
  stream->send_window += increment;
  if (increment == 0 || stream->send_window > kWindowMax)
    Fail(*stream, Http2Error::kFlowControl, Malformed("a window beyond all bounds"), events);
  return true;
}

// 6.8: what is above the last stream that it names it has not seen.
bool CallSession::OnGoAway(const FrameHead& head, Payload payload, CallEvents& events) {
  if (head.stream != 0 || payload.size() < 8)
    return Breach(Http2Error::kFrameSize, "a broken GOAWAY");
  is_leaving_ = true;
  const auto last = static_cast<std::int32_t>(ReadBig32(payload.data()) & 0x7FFFFFFFU);
  const auto unseen = std::ranges::upper_bound(streams_, last, {}, &CallStream::id);
  const std::vector<CallStream*> refused(unseen, streams_.end());
  streams_.erase(unseen, streams_.end());
  for (CallStream* stream : refused) {
    events.OnFailure(
        *stream,
        {.code = Code::kUnavailable, .why = "its server is about to leave", .is_unseen = true});
  }
  return true;
}

}  // namespace fairlead::h2

// CallSession: the client's side of one HTTP/2 connection with many calls, as values: bytes in,
// events and bytes out.
//
// Why beside LeanSession: a health check is the same small call again and again; these are any
// calls, any number at once, with bodies that flow both ways. Why our own and not nghttp2's: it is
// ServerSession's other side, with the same windows, and a call costs no memory of a library.
// How: Feed() takes the peer's bytes. What it must hear goes into output(), whole frames in their
// order; DATA as well, as far as Allowed() grants. Header blocks that come again byte for byte are
// not decoded again, once the peer has acknowledged that there is no header table.
// Errors: a breach that concerns one stream resets it; every other ends the connection: a GOAWAY is
// in output(), Feed() says false and trouble() says why.
// Threads: none; pure. Limits: CallSessionLimits; output() takes no DATA above kOutputBytesMax, and
// a peer that makes it grow to twice that loses its connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "h2/frames.h"
#include "h2/header_block.h"
#include "h2/header_decoder.h"
#include "h2/session_stream.h"
#include "h2/whole_frames.h"

namespace fairlead::h2 {

struct CallSessionLimits {
  // Of an answer's head or trailers; twice what gRPC's servers send at most by default.
  std::size_t header_list_bytes_max = 16 * 1024;
};

// A call. Whoever makes it embeds this.
struct CallStream : SessionStream {
  bool has_head = false;      // of the answer
  bool has_said_end = false;  // END_STREAM went out
  std::size_t begins_at = 0;  // where its first byte is among all of the connection
};

// How a call ended without its answer's end.
struct StreamFailure {
  Code code = Code::kUnavailable;
  std::string why;
  // No server has seen anything of it, so it may be made again, whatever it does.
  bool is_unseen = false;
};

// Hears what the peer does. Called from within Feed(), from where streams may be opened and reset.
class CallEvents {
 public:
  virtual ~CallEvents() = default;
  // The answer's head; once per stream, and not of an answer that is nothing but trailers.
  virtual void OnHead(CallStream& stream, const FieldList& fields) = 0;
  virtual void OnData(CallStream& stream, std::span<const std::byte> data) = 0;
  // The answer is whole: trailers, or null where its last word was DATA. The stream is forgotten.
  virtual void OnEnd(CallStream& stream, const FieldList* trailers) = 0;
  // The stream is forgotten.
  virtual void OnFailure(CallStream& stream, const StreamFailure& failure) = 0;
};

class CallSession {
 public:
  // More than one frame and less than what would make the peer wait for us.
  static constexpr std::size_t kOutputBytesMax = 256 * 1024;

  // `limits` must outlive the session.
  explicit CallSession(const CallSessionLimits& limits);

  // Takes bytes of the peer. False: the connection is over once output() has been sent.
  bool Feed(std::span<const std::byte> data, CallEvents& events);
  // The connection is gone: ends each stream.
  void Abandon(const std::string& why, CallEvents& events);

  // There is room for one more call.
  bool CanOpen() const { return is_greeted() && !is_leaving_ && streams_.size() < streams_max_; }
  // The peer has sent its SETTINGS.
  bool is_greeted() const { return is_greeted_; }
  // No call can be begun any more.
  bool is_leaving() const { return is_leaving_; }
  // Nothing is left to do on this connection.
  bool is_over() const { return is_terminated_ || (is_leaving_ && streams_.empty()); }
  const std::string& trouble() const { return trouble_; }
  // How long a header list the peer takes, as RFC 9113 section 6.5.2 counts.
  std::size_t header_list_bytes_max() const { return peer_header_list_bytes_max_; }

  // Begins a call. `stream` must live until it is forgotten. REQUIRES: CanOpen().
  void Open(CallStream& stream, std::span<const std::byte> block);
  // How many bytes of DATA the stream may send now, in one frame.
  std::size_t Allowed(const CallStream& stream) const;
  // REQUIRES: at most Allowed(); nothing after `ends`.
  void Send(CallStream& stream, std::span<const std::byte> data, bool ends);
  // The owner is done with `taken_bytes` of the body, and takes `ahead_bytes` (or the window that
  // every stream begins with, where that is more) before it gives back any.
  void Release(CallStream& stream, std::size_t taken_bytes, std::size_t ahead_bytes);
  // Ends the stream by our wish, and forgets it.
  void Reset(CallStream& stream, Http2Error error);

  bool has_output() const { return !output_.empty(); }
  std::span<const std::byte> output() const { return output_; }
  // Forgets what has been taken over from the front of output().
  void TakeOutput(std::size_t bytes);

 private:
  using Payload = std::span<const std::byte>;
  // The header block that is coming in; there is at most one.
  struct Block {
    std::int32_t stream = 0;
    bool ends_stream = false;
    int frames = 1;
    std::vector<std::byte> bytes;
  };
  enum class Fields { kGood, kMalformed, kTooMany };

  bool OnFrame(const FrameHead& head, Payload payload, CallEvents& events);
  bool OnData(const FrameHead& head, Payload payload, CallEvents& events);
  bool OnHeaders(const FrameHead& head, Payload payload, CallEvents& events);
  bool OnContinuation(const FrameHead& head, Payload payload, CallEvents& events);
  bool OnBlock(std::int32_t id, bool ends, Payload block, CallEvents& events);
  void OnFields(CallStream& stream, bool ends, const FieldList& fields, CallEvents& events);
  bool OnReset(const FrameHead& head, Payload payload, CallEvents& events);
  bool OnSettings(const FrameHead& head, Payload payload);
  bool OnSetting(Setting id, std::uint32_t value);
  bool OnWindowUpdate(const FrameHead& head, Payload payload, CallEvents& events);
  bool OnGoAway(const FrameHead& head, Payload payload, CallEvents& events);

  // The fields of a block, for as long as no other is decoded; null: it is no block.
  const FieldList* Decode(Payload block, bool ends, Fields& judged);
  // Forgets the stream and tells its owner; the peer hears `error`.
  void Fail(CallStream& stream, Http2Error error, const StreamFailure& failure, CallEvents& events);
  void EndOfAnswer(CallStream& stream, const FieldList* trailers, CallEvents& events);
  bool Breach(Http2Error error, std::string what);
  bool Acknowledge(frame::Type type, Payload payload);
  bool IsIdle(std::int32_t id) const { return id % 2 == 0 || id >= next_id_; }
  CallStream* Find(std::int32_t id) const;
  void Forget(const CallStream& stream);

  const CallSessionLimits& limits_;
  std::vector<CallStream*> streams_;  // open ones, by id
  std::int32_t next_id_ = 1;
  std::size_t streams_max_ = SIZE_MAX;
  std::size_t peer_header_list_bytes_max_ = SIZE_MAX;
  std::int64_t send_window_ = kDefaultWindow;
  std::int64_t initial_send_window_ = kDefaultWindow;
  std::int32_t receive_window_;
  bool is_greeted_ = false;
  bool awaits_settings_ack_ = true;
  bool is_leaving_ = false;
  bool is_terminated_ = false;
  std::string trouble_;
  std::vector<std::byte> output_;
  std::size_t taken_bytes_ = 0;  // of all output

  WholeFrames frames_;
  std::optional<Block> block_;
  HeaderDecoder decoder_{/*has_table=*/true};
  KnownBlock heads_;
  KnownBlock trailers_;
};

}  // namespace fairlead::h2

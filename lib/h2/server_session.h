// ServerSession: the server's side of one HTTP/2 connection, as values: bytes in, events and bytes
// out.
//
// Why our own framing: a general session keeps 13 KiB per connection, most of it cold when a push
// comes. Here a session is two hundred bytes and a stream forty; what a frame may look like and
// when it may come is RFC 9113, and everything that it forbids is a case below. HPACK stays with
// nghttp2 (HeaderDecoder).
// How: Feed() walks over the bytes as they come and keeps no frame: nine bytes at most of an
// unfinished head. What the peer must hear goes into output(); messages do not, their owner frames
// them itself with what Window() grants.
// Errors: a breach that concerns one stream resets it; every other ends the connection: a GOAWAY is
// in output() and Feed() says false. Where the RFC leaves the choice it is noted at the case.
// Threads: none; pure. Limits: ServerLimits; output() never grows over kOutputBytesMax.
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "h2/frames.h"
#include "h2/header_decoder.h"
#include "h2/limits.h"
#include "h2/request_fields.h"
#include "h2/session_stream.h"

namespace fairlead::h2 {

// Hears what the peer does. Called from within Feed().
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  // A whole and well-formed request. To go on with it, Open() its stream from here.
  virtual void OnRequest(std::int32_t id, Request&& request, bool ends) = 0;
  virtual void OnData(SessionStream& stream, std::span<const std::byte> data) = 0;
  // The peer will send no more.
  virtual void OnEnd(SessionStream& stream) = 0;
  // The stream is over, by the peer's word or by its fault; it is forgotten already.
  virtual void OnReset(SessionStream& stream) = 0;
};

class ServerSession {
 public:
  // `limits` must outlive the session.
  explicit ServerSession(const ServerLimits& limits);

  // Takes bytes of the peer. False: the connection is over once output() has been sent.
  bool Feed(std::span<const std::byte> data, SessionEvents& events);

  // The stream of the request that OnRequest() tells of. `stream` must live until it is closed or
  // reset.
  void Open(SessionStream& stream, std::int32_t id, const Request& request, bool ends);
  // Answers: a header block for an open stream, or the only one for one that is not opened.
  void SendHeaders(std::int32_t id, std::span<const std::byte> block, bool ends);
  // The stream has been answered to its end: forgets it, and tells a peer that still talks.
  void Close(SessionStream& stream);
  // The same for the request that OnRequest() tells of, when it is not opened.
  void CloseUnopened(std::int32_t id, bool peer_has_ended);
  // Ends the stream's answer whose last word was not a header block.
  void SendEnd(std::int32_t id);
  // The owner of a stream that keeps its body is done with `taken_bytes` of it, and takes
  // `ahead_bytes` (or the window that every stream begins with, where that is more) before it
  // gives back any.
  void Release(SessionStream& stream, std::size_t taken_bytes, std::size_t ahead_bytes);
  // Ends the stream by our wish, and forgets it.
  void Reset(SessionStream& stream, Http2Error error);

  // How many bytes of DATA the stream may send now, and how many of them in one frame; Sent()
  // spends them.
  std::size_t Window(const SessionStream& stream) const;
  std::size_t Allowed(const SessionStream& stream) const;
  void Sent(SessionStream& stream, std::size_t bytes);

  void Ping();
  // No new streams; those that are open go on.
  void GoAway();
  // The end of the connection by our wish.
  void Terminate(Http2Error error);

  bool has_output() const { return !output_.empty(); }
  std::span<const std::byte> output() const { return output_; }
  // Forgets what has been taken over from the front of output().
  void TakeOutput(std::size_t bytes);

  bool is_handshaken() const { return is_handshaken_; }  // preface and SETTINGS have come
  bool is_terminated() const { return is_terminated_; }
  // Nothing is left to do on this connection.
  bool is_over() const {
    return is_terminated_ || (streams_.empty() && (is_leaving_ || peer_is_leaving_));
  }
  // How many streams and connections a limit of ours has cost since the last call.
  std::uint32_t TakeLimitHits() { return std::exchange(limit_hits_, 0); }
  // How many streams we have reset for what the peer sent since the last call.
  std::uint32_t TakeFailedStreams() { return std::exchange(failed_streams_, 0); }
  // How many streams over MAX_CONCURRENT_STREAMS have been refused since the last call.
  std::uint32_t TakeRefusedStreams() { return std::exchange(refused_streams_, 0); }

 private:
  enum class Phase : std::uint8_t { kPreface, kHead, kPrefix, kBody, kSkip };
  // The header block that is coming in; there is at most one.
  struct Block {
    Block(RequestFields::Kind kind, std::size_t list_bytes_max) : fields(kind, list_bytes_max) {}
    RequestFields fields;
    std::int32_t stream = 0;
    bool ends_stream = false;
    bool is_refused = false;  // over MAX_CONCURRENT_STREAMS
  };

  // Feed() in steps: one part of one frame. False: the connection is over.
  bool Step(std::span<const std::byte>& data, SessionEvents& events);
  const std::byte* Collect(std::span<const std::byte>& data, std::size_t size);
  bool TakePreface(std::span<const std::byte>& data);
  bool TakeBody(std::span<const std::byte>& data, SessionEvents& events);
  void Expect(std::size_t prefix_bytes);

  // What a frame's head allows; what its first bytes mean; its body; its end.
  bool OnHead(SessionEvents& events);
  bool OnStreamHead(SessionEvents& events);
  bool OnDataHead(SessionEvents& events);
  bool OnHeadersHead();
  bool OnSettingsHead();
  bool ExpectWhole(std::size_t bytes);
  bool OnPrefix(const std::byte* bytes, SessionEvents& events);
  bool OnPadding(const std::byte* bytes);
  bool OnSetting(const std::byte* bytes);
  bool ApplySettings();
  bool OnWindowUpdate(std::uint32_t increment, SessionEvents& events);
  bool OnBody(std::span<const std::byte> piece, SessionEvents& events);
  bool DecodePiece(std::span<const std::byte> piece, bool is_last);
  bool EndFrame(SessionEvents& events);
  bool EndData(SessionEvents& events);
  bool EndBlock(SessionEvents& events);
  void EndOfStream(SessionStream& stream, SessionEvents& events);
  void Grant(SessionStream& stream);

  bool Fail(Http2Error error);
  void FailStream(std::int32_t id, Http2Error error, SessionEvents& events);
  bool Acknowledge(frame::Type type, std::span<const std::byte> payload);
  bool IsIdle(std::int32_t id) const { return id % 2 == 0 || id > last_id_; }
  SessionStream* Find(std::int32_t id) const;
  void Forget(const SessionStream& stream);

  const ServerLimits& limits_;
  boost::container::small_vector<SessionStream*, 1> streams_;  // open ones, by id; mostly one
  std::int64_t send_window_ = kDefaultWindow;
  std::int32_t receive_window_ = kDefaultWindow;
  std::int32_t last_id_ = 0;  // the highest stream that the peer began
  std::vector<std::byte> output_;

  FrameHead head_;
  std::uint32_t left_ = 0;  // of the payload without padding
  std::uint32_t skip_ = 0;  // padding, or a payload that says nothing to us
  std::array<std::byte, kFrameHeadBytes> small_{};
  std::uint8_t small_used_ = 0;
  std::uint8_t prefix_bytes_ = 0;
  std::uint8_t preface_used_ = 0;
  Phase phase_ = Phase::kPreface;
  bool is_handshaken_ = false;
  bool awaits_settings_ack_ = true;
  bool is_leaving_ = false;
  bool peer_is_leaving_ = false;
  bool is_terminated_ = false;
  std::uint16_t unread_acks_ = 0;
  std::uint32_t limit_hits_ = 0;
  std::uint32_t failed_streams_ = 0;
  std::uint32_t refused_streams_ = 0;
  std::int64_t initial_send_window_ = kDefaultWindow;
  std::int64_t next_initial_send_window_ = kDefaultWindow;  // of the SETTINGS that is coming in
  HeaderDecoder decoder_{/*has_table=*/true};
  std::unique_ptr<Block> block_;
};

}  // namespace fairlead::h2

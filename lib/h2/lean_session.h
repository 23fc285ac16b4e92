// LeanSession: the same unary call over and over on an HTTP/2 connection that has proved sound.
//
// Why: a general HTTP/2 session makes and forgets a stream, a header table lookup and a dozen small
// allocations per call; for a health check that is more than the kernel's share. Here the request
// is a constant but for its stream id, and header blocks that come again byte for byte are not
// decoded again: we announced a header table of size zero, so a block means the same each time.
// Beside it a watch may stay open (watch_call.h), and a ping may wait for its acknowledgement.
// Ping: an empty SETTINGS frame, which every peer has to acknowledge (RFC 9113, 6.5.3). Not the
// PING frame: gRPC servers count those and answer frequent ones with GOAWAY too_many_pings. When:
// ClientConnection lets nghttp2 make the connection and judge the first answer, then hands over.
// What is not understood here ends the connection, as nghttp2 would. Threads: none; pure. Limits:
// what its feeder lets through, and ClientLimits through Answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/prefetch.h"
#include "h2/answer.h"
#include "h2/frames.h"
#include "h2/header_block.h"
#include "h2/watch_call.h"
#include "h2/whole_frames.h"

namespace fairlead::h2 {

struct UnaryRequest;

class LeanSession {
 public:
  struct Start {
    std::int32_t next_id = 1;       // the next odd stream id
    std::int64_t send_window = 0;   // bytes of DATA that the peer takes on the whole connection
    std::uint32_t streams_max = 1;  // that the peer lets be open at once
    bool has_beside = false;        // AskBeside() will come: a stream is kept for it
  };

  LeanSession(const UnaryRequest& request, Start start);

  // False when stream ids or the peer's window are used up.
  bool CanAsk() const;
  // Begins a call, with a ping before it if `with_ping`. Returns what to send, valid until the next
  // one. REQUIRES: CanAsk(); CanPing() for a ping.
  std::span<const std::byte> Ask(bool with_ping = false);
  // One at most waits for its acknowledgement.
  bool CanPing() const { return !is_pinging_ && !is_leaving_; }
  bool is_pinging() const { return is_pinging_; }
  // Begins a ping. Returns what to send. REQUIRES: CanPing().
  std::span<const std::byte> Ping();
  // The size of the awaited acknowledgement if `data` begins with it, which is then taken; else 0.
  std::size_t TakePong(std::span<const std::byte> data);
  // True once for each acknowledgement that has come.
  bool TakeAlive() { return std::exchange(is_alive_, false); }
  // The peer left with ENHANCE_YOUR_CALM after a ping of ours: it wants none.
  bool is_annoyed() const { return is_annoyed_; }
  // Asks for memory that Ask() will need (base/prefetch.h).
  void FetchForAsk() const { Prefetch(request_.data(), request_.size()); }
  // The stream of the last call.
  std::int32_t call_id() const { return call_id_; }
  // Gives the call up; what still comes for it is ignored.
  void Abandon(std::vector<std::byte>& out);

  // Takes bytes of the peer; hands what concerns the call to `answer`, which may be null while
  // there is none, and appends replies to `out`. False: the peer breaks HTTP/2.
  bool Feed(std::span<const std::byte> data, Answer* answer, std::vector<std::byte>& out);

  // The call's whole answer has come and is judged already (KnownAnswer); it has `body_bytes` of
  // DATA. False: it must be fed, because it is not all there is to do.
  bool EndKnown(std::size_t body_bytes);

  // Opens a call that stays open, with the same body as the unary ones: its request is appended to
  // `out`. False when there is one, or the peer has no room for it beside a unary call.
  bool OpenWatch(const UnaryRequest& request, const ClientLimits& limits,
                 std::vector<std::byte>& out);
  // Another unary call that goes out beside each; of an earlier one that is still open nothing is
  // wanted any more. Its request is appended to `out`. False when the peer has no room for it.
  bool AskBeside(const UnaryRequest& request, const ClientLimits& limits,
                 std::vector<std::byte>& out);
  // Its answer is complete.
  bool has_beside_news() const { return beside_ != nullptr && beside_->is_over(); }
  // REQUIRES: has_beside_news().
  WatchNews TakeBesideNews();
  bool has_watch() const { return watch_ != nullptr && !watch_->is_over(); }
  bool has_watch_news() const { return watch_ != nullptr && watch_->has_news(); }
  // REQUIRES: has_watch_news(). After its end another may be opened.
  WatchNews TakeWatchNews();

  // True from the end of the call until the next Ask().
  bool is_over() const { return is_over_; }
  std::optional<std::uint32_t> reset_code() const { return reset_code_; }
  // The peer wants the connection to end, or no longer takes our requests.
  bool is_leaving() const { return is_leaving_; }

 private:
  using Payload = std::span<const std::byte>;

  bool OnFrame(const FrameHead& head, Payload payload, Answer* answer, std::vector<std::byte>& out);
  bool OnData(const FrameHead& head, Payload payload, Answer* answer, std::vector<std::byte>& out);
  bool OnHeaders(const FrameHead& head, Payload payload, Answer* answer);
  // The call beside the main one that the stream belongs to, or null.
  WatchCall* SideCall(std::int32_t stream) const;
  std::unique_ptr<WatchCall> OpenSide(const UnaryRequest& request, const ClientLimits& limits,
                                      std::vector<std::byte>& out);
  bool OnSideCall(WatchCall& call, const FrameHead& head, Payload payload,
                  std::vector<std::byte>& out);
  // What DATA takes of the connection's window is given back in time.
  void Renew(std::size_t frame_bytes, std::vector<std::byte>& out);
  bool OnSettings(const FrameHead& head, Payload payload, std::vector<std::byte>& out);
  bool OnStreamless(const FrameHead& head, Payload payload, std::vector<std::byte>& out);
  bool IsOfCall(std::int32_t stream) const { return stream == call_id_ && !is_over_; }
  void End(std::optional<std::uint32_t> reset_code);

  // A ping, then HEADERS and DATA with the stream id of the last call.
  std::vector<std::byte> request_;
  std::size_t data_frame_at_ = 0;
  std::int64_t body_bytes_ = 0;
  std::int32_t next_id_;
  std::int32_t call_id_ = -1;
  std::int64_t send_window_;
  std::uint32_t streams_max_;
  std::uint32_t streams_of_checks_;        // a watch has to leave these
  std::int64_t unacknowledged_bytes_ = 0;  // of DATA, for which no WINDOW_UPDATE went out
  bool is_over_ = true;
  bool has_head_ = false;  // of the running answer
  bool is_leaving_ = false;
  bool is_pinging_ = false;
  bool has_pinged_ = false;
  bool is_alive_ = false;
  bool is_annoyed_ = false;
  std::optional<std::uint32_t> reset_code_;
  std::unique_ptr<WatchCall> watch_;
  std::unique_ptr<WatchCall> beside_;
  KnownBlock heads_;
  KnownBlock trailers_;
  WholeFrames frames_;
};

}  // namespace fairlead::h2

// FrameGuard: one connection of HTTP/2 that is on its way to a server with few limits of its own.
//
// Why: gRPC C++ 1.51 takes streams that are reset as soon as they begin, header blocks without end
// and those that unpack to a thousandfold, calls without number from a client that never takes note
// of its SETTINGS, and answers to whoever does not read them: three seconds of it are gigabytes, or
// a server that answers nobody (CVE-2023-44487, CVE-2023-33953). Streams that the server resets for
// what a client sent cost as much as those that the client does (CVE-2025-8671), and count alike.
// So what a client says is read before the server gets it, with the limits that discovery has
// (h2/limits.h), and who breaks one is cut off before the byte that does.
// How: frames as they come, header blocks decoded as the server will (HPACK's table of the default
// size), the calls that are open. It judges what costs; the rest of RFC 9113 is the server's to
// judge, but for what would make the two of them read the same bytes differently.
// Threads: none; pure. Memory: 4 KiB of HPACK's table, fifty bytes for each open call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "h2/frame_meter.h"
#include "h2/frame_walk.h"
#include "h2/frames.h"
#include "h2/header_decoder.h"
#include "h2/limits.h"

namespace fairlead::front {

struct GuardLimits {
  // Of one header block as RFC 9113 counts (6.5.2), and as it comes. Twice what gRPC takes of a
  // call: it says so to that call, and the connection goes on.
  std::size_t header_list_bytes_max = h2::ServerLimits().header_list_bytes_max;
  // Calls at a time: what the server announces. Who begins more does not wait to hear of that.
  std::size_t calls_max = h2::ServerLimits().streams_per_connection_max;
  // Of requests that have begun and not ended: four of the largest that the admin API takes, so
  // that who sends one that is too large hears that from gRPC.
  std::size_t unfinished_bytes_max = 4 * 1024 * 1024;
  std::uint32_t frames_per_second_max = h2::ServerLimits().frames_per_second_max;
  std::uint32_t control_frames_per_second_max = h2::ServerLimits().control_frames_per_second_max;
  std::uint32_t resets_per_minute_max = h2::ServerLimits().resets_per_minute_max;
  // An answer waits for a client that opens no window for it.
  Duration unread_timeout = h2::ServerLimits().write_stall_timeout;
};

// Why a client is cut off.
struct Breach {
  // The limit that it hit, a word for metrics: "headers", "calls", "requests", "frames", "control",
  // "resets", "unread". "protocol": it does not speak HTTP/2 so that two who hear it understand the
  // same.
  std::string_view limit;
  std::string_view why;                                     // for people, of "it"
  h2::Http2Error error = h2::Http2Error::kEnhanceYourCalm;  // what it is told
};

class FrameGuard {
 public:
  FrameGuard(const GuardLimits& limits, TimePoint now);

  // Takes bytes of the client, before the server does. Not empty: they must not get there, and
  // nothing is fed any more.
  std::optional<Breach> FromClient(std::span<const std::byte> data, TimePoint now);
  // Takes bytes of the server that go to the client.
  void FromServer(std::span<const std::byte> data, TimePoint now);
  // To be called a few times a second: what only time shows.
  std::optional<Breach> Sweep(TimePoint now);

  // The client has said what HTTP/2 begins with.
  bool has_greeted() const { return preface_used_ == h2::kClientPreface.size(); }
  // Since when no call is open; nothing: one is.
  std::optional<TimePoint> idle_since() const {
    return calls_.empty() ? std::optional(busy_at_) : std::nullopt;
  }
  // Whose answers can go no further, as the client opens no window for them.
  std::size_t unread_calls() const;
  // Of requests that have begun and not ended.
  std::size_t unfinished_bytes() const { return unfinished_bytes_; }
  // A GOAWAY that tells the client. Empty: it has not heard of the server yet, or is in the middle
  // of a frame.
  std::vector<std::byte> LastWord(const Breach& breach) const;

 private:
  // What FrameWalk tells, each way.
  struct Inward {
    FrameGuard& guard;
    bool OnHead(const h2::FrameHead& head) { return guard.OnHead(head); }
    bool OnPayload(const h2::FrameHead& head, std::span<const std::byte> piece) {
      return guard.OnPayload(head, piece);
    }
    bool OnEnd(const h2::FrameHead& head) { return guard.OnEnd(head); }
  };
  struct Outward {
    FrameGuard& guard;
    bool OnHead(const h2::FrameHead& head) {
      guard.OnServersHead(head);
      return true;
    }
    // All codes that there are fit into the last byte.
    bool OnPayload(const h2::FrameHead&, std::span<const std::byte> piece) {
      guard.servers_code_ = std::to_integer<std::uint8_t>(piece.back());
      return true;
    }
    bool OnEnd(const h2::FrameHead& head) {
      guard.OnServersEnd(head);
      return true;
    }
  };
  struct Call {
    std::size_t unfinished_bytes = 0;
    std::int64_t window = 0;  // of its answer
  };
  using Calls = std::map<std::int32_t, Call>;

  bool Break(std::string_view limit, std::string_view why);
  bool BreakProtocol(std::string_view why);
  bool TakePreface(std::span<const std::byte>& data);
  bool OnHead(const h2::FrameHead& head);
  bool OnHeadersHead(const h2::FrameHead& head);
  bool OnDataHead(const h2::FrameHead& head);
  bool OnPayload(const h2::FrameHead& head, std::span<const std::byte> piece);
  bool OnEnd(const h2::FrameHead& head);
  bool OnPrefix(const h2::FrameHead& head);
  void OnSetting();
  void OnWindowUpdate(std::int32_t stream);
  bool Decode(std::span<const std::byte> piece, bool is_last);
  void FinishRequest(std::int32_t stream);
  void Forget(std::int32_t stream);
  void OnServersHead(const h2::FrameHead& head);
  void OnServersEnd(const h2::FrameHead& head);
  bool IsWithinRates(TimePoint now);

  const GuardLimits limits_;
  h2::FrameWalk in_;
  h2::FrameWalk out_;
  std::optional<Breach> breach_;
  h2::FrameCounts counts_;  // of the bytes that are being fed
  h2::RateBudget frames_;
  h2::RateBudget control_frames_;
  h2::RateBudget resets_;
  std::size_t preface_used_ = 0;

  // The frame that is coming in: its first bytes, those that are whole before they mean something.
  std::array<std::byte, 6> prefix_{};
  std::size_t prefix_used_ = 0;
  std::size_t prefix_bytes_ = 0;  // how many those are
  std::size_t body_left_ = 0;     // of its payload; once the prefix is read, without padding

  h2::HeaderDecoder decoder_{/*has_table=*/true};
  std::int32_t block_of_ = 0;  // the stream whose header block is coming in; 0: none's
  std::size_t block_bytes_ = 0;
  std::size_t list_bytes_ = 0;

  Calls calls_;
  TimePoint now_{};      // of the bytes that are being fed
  TimePoint busy_at_{};  // a call was last open, or could have begun
  std::int32_t last_call_ = 0;
  std::size_t unfinished_bytes_ = 0;
  std::int64_t window_ = h2::kDefaultWindow;  // of all answers together
  std::int64_t initial_window_ = h2::kDefaultWindow;
  std::optional<TimePoint> unread_since_;
  bool has_server_spoken_ = false;
  std::uint8_t servers_code_ = 0;     // of the RST_STREAM that is going out
  std::uint32_t servers_resets_ = 0;  // since the client last said something
};

}  // namespace fairlead::front

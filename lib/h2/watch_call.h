// WatchCall: one call that stays open and tells again and again, beside the unary ones of a
// LeanSession.
//
// Why: a server that stops serving says so by Watch within a millisecond; a Check hears of it when
// it is asked next. Only the newest message counts, so there is no queue that a peer could fill.
// How: fed with the frames of its stream, padding already taken away. Flow control of the stream is
// renewed here, that of the connection by the session.
// Threads: none; pure. Limits: ClientLimits::message_bytes_max and header_list_bytes_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "h2/grpc_message.h"
#include "h2/limits.h"

namespace fairlead::h2 {

// What a watch has told since it was last asked.
struct WatchNews {
  std::optional<std::vector<std::byte>> message;  // the newest
  // The message came while the unary call was still unanswered: it is older than that answer.
  bool is_before_answer = false;
  // The call is over. kUnimplemented: the server does not know it. kOk when the server just ended
  // it.
  std::optional<Error> end;
};

class WatchCall {
 public:
  WatchCall(std::int32_t id, const ClientLimits& limits);

  std::int32_t id() const { return id_; }
  bool is_over() const { return news_.end.has_value(); }

  // What the frames of its stream say; replies are appended to `out`. A peer that breaks the rules
  // of gRPC ends the call, not the connection.
  void OnHeaders(const std::vector<std::pair<std::string, std::string>>& fields, bool ends,
                 std::vector<std::byte>& out);
  // `is_call_open`: a unary call beside it is unanswered.
  void OnData(std::span<const std::byte> payload, bool ends, bool is_call_open,
              std::vector<std::byte>& out);
  void OnReset(std::uint32_t code);
  // A DATA frame of so many bytes, padding and all, has spent of the stream's window.
  void Renew(std::size_t frame_bytes, std::vector<std::byte>& out);
  // Gives it up by our wish.
  void Cancel(std::string_view why, std::vector<std::byte>& out);

  bool has_news() const { return news_.message || news_.end; }
  WatchNews Take() { return std::exchange(news_, {}); }

 private:
  void End(Code code, std::string message);

  const std::int32_t id_;
  const std::size_t header_bytes_max_;
  MessageDecoder decoder_;
  std::int64_t unacknowledged_bytes_ = 0;  // of DATA, for which no WINDOW_UPDATE went out
  bool is_open_ = false;                   // the server has accepted it
  WatchNews news_;
};

}  // namespace fairlead::h2

#include "netdiag/waiting_callers.h"

namespace fairlead::netdiag {

Waiting WaitingCallers::Judge(const ServedSocket& socket, TimePoint now) {
  if (socket.send_queue_bytes > 0) {
    last_answers_.erase(socket.cookie);
    return Waiting::kNo;
  }
  if (!socket.has_sent) return Waiting::kInVain;
  if (socket.quiet_for && *socket.quiet_for >= quiet_for_) return Waiting::kInVain;
  if (!socket.sent_bytes) return Waiting::kNo;
  const Mark mark{.sent_bytes = *socket.sent_bytes, .at = now};
  const auto [last, is_first] = last_answers_.try_emplace(socket.cookie, mark);
  if (is_first) return Waiting::kPerhaps;
  if (mark.sent_bytes - last->second.sent_bytes >= kAnswerBytesMin) last->second = mark;
  return now - last->second.at >= kAnswerWindow ? Waiting::kInVain : Waiting::kPerhaps;
}

}  // namespace fairlead::netdiag

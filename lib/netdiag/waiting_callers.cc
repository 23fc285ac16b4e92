#include "netdiag/waiting_callers.h"

namespace fairlead::netdiag {

Waiting WaitingCallers::Judge(const ServedSocket& socket, TimePoint now) {
  const Waiting judged = JudgeProgress(socket, now);
  const bool is_under_way = socket.send_queue_bytes > 0;
  return judged == Waiting::kInVain && is_under_way ? Waiting::kPerhaps : judged;
}

Waiting WaitingCallers::JudgeProgress(const ServedSocket& socket, TimePoint now) {
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

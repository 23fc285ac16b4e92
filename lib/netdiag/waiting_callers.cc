#include "netdiag/waiting_callers.h"

namespace fairlead::netdiag {

Waiting WaitsInVain(const ServedSocket& socket, Duration silent_for, const Queues& earlier) {
  if (!socket.has_sent) return Waiting::kSilent;
  if (socket.quiet_for && *socket.quiet_for >= silent_for) return Waiting::kSilent;
  if (socket.receive_queue_bytes == 0 || !socket.taken_bytes) return Waiting::kNo;
  const auto before = earlier.find(socket.cookie);
  if (before == earlier.end()) return Waiting::kPerhaps;
  return before->second == *socket.taken_bytes ? Waiting::kUndrained : Waiting::kNo;
}

}  // namespace fairlead::netdiag

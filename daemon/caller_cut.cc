#include "caller_cut.h"

#include <algorithm>

#include "netdiag/caller_cut.h"
#include "runtime/clock.h"

namespace fairlead::daemon {

controller::CallerCutter::Look CutCallers(netdiag::NamespaceWork& work,
                                          const fleet::CutCallers& order) {
  const netdiag::ServerPlace place{.container = order.generation.id,
                                   .pid = order.pid,
                                   .port = order.port,
                                   .checked_ip = order.ip};
  // Nothing at all for that long, while no check was answered either, needs no second look.
  const Duration quiet_for = std::min(order.unanswered_for, netdiag::kAnswerWindow);
  return [&work, place,
          callers = netdiag::WaitingCallers(quiet_for)]() mutable -> Result<controller::CutCount> {
    const Result<netdiag::CutLook> look =
        netdiag::ResetWaitingCallers(work, place, callers, runtime::Now());
    if (!look) return std::unexpected(look.error());
    return controller::CutCount{
        .reset = look->reset, .undecided = look->undecided, .left = look->left};
  };
}

}  // namespace fairlead::daemon

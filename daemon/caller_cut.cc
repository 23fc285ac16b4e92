#include "caller_cut.h"

#include "netdiag/caller_cut.h"
#include "runtime/clock.h"

namespace fairlead::daemon {

controller::CallerCutter::Look CutCallers(const fleet::CutCallers& order) {
  const netdiag::ServerPlace place{.container = order.generation.id,
                                   .pid = order.pid,
                                   .port = order.port,
                                   .checked_ip = order.ip};
  return [place, callers = netdiag::WaitingCallers(
                     order.unanswered_for)]() mutable -> Result<controller::CutCount> {
    const Result<netdiag::CutLook> look =
        netdiag::ResetWaitingCallers(place, callers, runtime::Now());
    if (!look) return std::unexpected(look.error());
    return controller::CutCount{
        .reset = look->reset, .undecided = look->undecided, .left = look->left};
  };
}

}  // namespace fairlead::daemon

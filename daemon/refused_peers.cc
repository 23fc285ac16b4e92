#include "refused_peers.h"

#include <utility>

#include "metrics/metric.h"
#include "runtime/clock.h"

namespace fairlead::daemon {

void RefusedPeers::Tell(std::string_view plane, const std::string& peer, const std::string& why) {
  meter_.Count(metrics::Metric::kPeersRefused, {std::string(plane)});
  std::uint64_t untold = 0;
  {
    const runtime::MutexLock lock(mutex_);
    const TimePoint now = runtime::Now();
    if (now - minute_began_ >= std::chrono::minutes(1)) {
      minute_began_ = now;
      lines_ = 0;
    }
    if (++lines_ > kLinesPerMinute) {
      ++untold_;
      return;
    }
    untold = std::exchange(untold_, 0);
  }
  log_.Warning("peer refused", {{"plane", plane},
                                {"peer", peer},
                                {"text", why},
                                {"untold_before", static_cast<std::int64_t>(untold)}});
}

}  // namespace fairlead::daemon

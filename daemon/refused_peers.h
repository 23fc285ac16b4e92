// RefusedPeers: tells of peers that came to nothing at the door of a plane, or were cut off there.
//
// Why bounded: whoever reaches the port can be refused as often as it likes. The metric counts
// each; the log has kLinesPerMinute for all planes, and says how many it left out. Threads: any;
// locked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "metrics/meter.h"
#include "runtime/mutex.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

class RefusedPeers {
 public:
  // Enough to see each client of a host that is set up wrongly.
  static constexpr int kLinesPerMinute = 30;

  RefusedPeers(metrics::Meter& meter, telemetry::Logger& log) : meter_(meter), log_(log) {}

  // `plane` is a word: "discovery".
  void Tell(std::string_view plane, const std::string& peer, const std::string& why);

 private:
  metrics::Meter& meter_;
  telemetry::Logger& log_;
  runtime::Mutex mutex_;
  TimePoint minute_began_ FAIRLEAD_GUARDED_BY(mutex_){};
  int lines_ FAIRLEAD_GUARDED_BY(mutex_) = 0;
  std::uint64_t untold_ FAIRLEAD_GUARDED_BY(mutex_) = 0;  // since the last line
};

}  // namespace fairlead::daemon

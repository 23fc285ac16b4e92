// AccessRefusals: calls of the operators' API that were refused, and clients of discovery that may
// not see what they want, to the metrics and the journal.
//
// Why bounded: whoever reaches a listener can be refused as often as it likes. The metrics count
// each; the journal has what a budget lets through (access/refusal_budget.h), and says how many it
// left out. The two have a budget each, so that clients that retry hide no call of the API.
// Threads: any; locked.
#pragma once

#include <functional>
#include <utility>

#include "access/decision.h"
#include "access/refusal_budget.h"
#include "fleet/effects.h"
#include "metrics/meter.h"
#include "runtime/mutex.h"
#include "xds/server.h"

namespace fairlead::daemon {

class AccessRefusals {
 public:
  // `record` is called on the threads of Tell().
  AccessRefusals(metrics::Meter& meter, std::function<void(fleet::Note)> record)
      : meter_(meter), record_(std::move(record)) {}

  void Tell(const access::Refusal& refusal);
  void Tell(const xds::DeniedNote& denied);

 private:
  metrics::Meter& meter_;
  const std::function<void(fleet::Note)> record_;
  runtime::Mutex mutex_;
  access::RefusalBudget budget_ FAIRLEAD_GUARDED_BY(mutex_);
  access::RefusalBudget discovery_budget_ FAIRLEAD_GUARDED_BY(mutex_);
};

}  // namespace fairlead::daemon

// AccessRefusals: calls of the operators' API that were refused, to the metric and the journal.
//
// Why bounded: whoever reaches the API can be refused as often as it likes. The metric counts each;
// the journal has what a budget lets through (access/refusal_budget.h), and says how many it left
// out. Threads: any; locked.
#pragma once

#include <functional>
#include <utility>

#include "access/decision.h"
#include "access/refusal_budget.h"
#include "fleet/effects.h"
#include "metrics/meter.h"
#include "runtime/mutex.h"

namespace fairlead::daemon {

class AccessRefusals {
 public:
  // `record` is called on the threads of Tell().
  AccessRefusals(metrics::Meter& meter, std::function<void(fleet::Note)> record)
      : meter_(meter), record_(std::move(record)) {}

  void Tell(const access::Refusal& refusal);

 private:
  metrics::Meter& meter_;
  const std::function<void(fleet::Note)> record_;
  runtime::Mutex mutex_;
  access::RefusalBudget budget_ FAIRLEAD_GUARDED_BY(mutex_);
};

}  // namespace fairlead::daemon

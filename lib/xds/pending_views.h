// PendingViews: what was published while the discovery loop was busy telling thousands of streams.
//
// Why: when twenty replicas die at once, each death is a view. Telling every stream about each of
// them keeps the loop, and the clients' cores, busy with lists that are old when they are written.
// Only the newest view of a service is ever needed.
// Threads: none; guarded by who owns it.
// Invariants: order is kept where it matters: a service that was dropped and came back is told as
// both.
#pragma once

#include <vector>

#include "fleet/view.h"
#include "spec/names.h"

namespace fairlead::xds {

class PendingViews {
 public:
  struct Batch {
    std::vector<fleet::ServiceViewPtr> changed;  // one per service
    std::vector<ServiceName> dropped;            // none of them is in `changed`
  };

  // True when nothing was pending before, so that somebody must come and take.
  bool Add(std::vector<fleet::ServiceViewPtr> changed, std::vector<ServiceName> dropped);
  // What is to be published, one batch after the other.
  std::vector<Batch> Take();

 private:
  std::vector<Batch> batches_;
};

}  // namespace fairlead::xds

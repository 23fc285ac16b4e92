// What the daemon shows of itself, as metrics. Pure but for the meter.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/control.h"
#include "fleet/effects.h"
#include "fleet/report.h"
#include "metrics/meter.h"
#include "runtime/clock.h"

namespace fairlead::metrics {

struct DaemonState {
  std::string version;
  controller::DaemonStatus status;
  runtime::WallTime started_at{};
  std::vector<std::shared_ptr<const fleet::ServiceReport>> services;
  std::size_t containers_with_diagnostics = 0;
};

// Replaces everything that is read off the state; for each look at the page.
void TakeState(const DaemonState& state, Meter& meter);

// Counts one event by kind, and the end of an act by its outcome.
void CountEvent(const fleet::Note& note, Meter& meter);

}  // namespace fairlead::metrics

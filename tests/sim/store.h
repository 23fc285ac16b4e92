// SimStore: the state file as it is on disk: what was written before a kill is there after it.
//
// Times are kept as wall time and converted with the real store's own rules, so a clock that was
// set does to budgets here what it does there.
// Threads: none.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/pauses.h"
#include "sim/engine.h"
#include "sim/timeline.h"
#include "store/records.h"
#include "store/store.h"

namespace fairlead::sim {

class SimStore final : public store::Store {
 public:
  SimStore(const Timeline& timeline, const SimEngine& engine)
      : timeline_(timeline), engine_(engine) {}

  Result<fleet::Remembered> Load() override;
  Result<> Write(const std::vector<fleet::Record>& records) override;
  Result<std::optional<store::EventCursor>> LoadCursor() override { return cursor_; }
  Result<> WriteCursor(const store::EventCursor& cursor) override;

  // Every write fails until then.
  void FillDisk(TimePoint until) { full_until_ = until; }
  bool is_full() const { return timeline_.now() < full_until_; }
  std::size_t acts() const { return acts_.size(); }

 private:
  struct ActRow {
    fleet::LedgerEntry entry;
    std::int64_t permitted_wall = 0;
    std::optional<std::int64_t> finished_wall;
  };
  struct IntentRow {
    fleet::Intent intent;
    std::int64_t wall = 0;
  };
  using PlaceKey = std::tuple<std::string, std::string, std::string>;

  store::ClockReading Clock() const {
    return {.monotonic = timeline_.now(), .wall_nanoseconds = engine_.WallNs()};
  }

  const Timeline& timeline_;
  const SimEngine& engine_;
  TimePoint full_until_{};
  std::map<std::uint64_t, ActRow> acts_;
  std::uint64_t last_act_ = 0;
  std::map<PlaceKey, IntentRow> intents_;
  fleet::Pauses pauses_;
  std::map<ContainerId, fleet::StoppedLife> stopped_;
  std::optional<store::EventCursor> cursor_;
};

}  // namespace fairlead::sim

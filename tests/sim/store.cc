#include "sim/store.h"

#include <algorithm>
#include <variant>

#include "store/sqlite_store.h"

namespace fairlead::sim {

Result<fleet::Remembered> SimStore::Load() {
  const store::ClockReading clock = Clock();
  const std::int64_t oldest = clock.ToWall(clock.monotonic - fleet::kLedgerKept);
  fleet::Remembered remembered;
  for (const auto& [id, row] : acts_) {
    if (row.permitted_wall < oldest) continue;
    fleet::LedgerEntry entry = row.entry;
    entry.permitted_at = clock.FromWall(row.permitted_wall);
    if (row.finished_wall) entry.finished_at = clock.FromWall(*row.finished_wall);
    remembered.acts.push_back(std::move(entry));
  }
  for (const auto& [key, row] : intents_) {
    remembered.intents.push_back(row.intent);
    remembered.intents.back().at = clock.FromWall(row.wall);
  }
  remembered.pauses = pauses_.all();
  for (const auto& [id, life] : stopped_) remembered.stopped.push_back(life);
  remembered.next_act = fleet::ActId(last_act_ + 1);
  return remembered;
}

Result<> SimStore::Write(const std::vector<fleet::Record>& records) {
  if (is_full()) return Fail(Code::kFailedPrecondition, "write state: the disk is full");
  const store::ClockReading clock = Clock();
  for (const fleet::Record& record : records) {
    if (const auto* entry = std::get_if<fleet::LedgerEntry>(&record)) {
      ActRow row{.entry = *entry, .permitted_wall = clock.ToWall(entry->permitted_at)};
      if (entry->finished_at) row.finished_wall = clock.ToWall(*entry->finished_at);
      last_act_ = std::max(last_act_, entry->id.value);
      acts_[entry->id.value] = std::move(row);
    } else if (const auto* pause = std::get_if<fleet::Pause>(&record)) {
      static_cast<void>(pause->is_withdrawn ? pauses_.Withdraw(*pause) : pauses_.Set(*pause));
    } else if (const auto* life = std::get_if<fleet::StoppedLife>(&record)) {
      if (life->is_withdrawn) {
        stopped_.erase(life->generation.id);
      } else {
        stopped_[life->generation.id] = *life;
      }
    } else {
      const auto& intent = std::get<fleet::Intent>(record);
      const PlaceKey key{intent.service.project, intent.service.service, intent.replica};
      if (intent.kind == fleet::IntentKind::kNone) {
        intents_.erase(key);
      } else {
        intents_[key] = {.intent = intent, .wall = clock.ToWall(intent.at)};
      }
    }
  }
  const std::int64_t oldest = clock.ToWall(clock.monotonic - fleet::kLedgerKept);
  std::erase_if(acts_, [&](const auto& row) { return row.second.permitted_wall < oldest; });
  return {};
}

Result<> SimStore::WriteCursor(const store::EventCursor& cursor) {
  if (is_full()) return Fail(Code::kFailedPrecondition, "write the cursor: the disk is full");
  cursor_ = cursor;
  return {};
}

}  // namespace fairlead::sim

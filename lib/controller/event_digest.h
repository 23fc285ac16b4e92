// EventDigest: what a run of the engine's events comes to: who must be looked at, and who acted.
//
// Why: the reader of the stream must never wait. It folds each event into this and goes on; whoever
// inspects takes the digest whenever there is time. A thousand events about one container are one
// line here; only acts are kept one by one, and they have a limit of their own.
// Threads: none; pure. EventReader guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "controller/inventory.h"
#include "controller/replay_filter.h"
#include "docker/engine.h"
#include "spec/names.h"

namespace fairlead::controller {

// Beyond it a digest says `overflowed`, and only a full list can help. Far more than one engine
// makes between two takes.
inline constexpr std::size_t kDigestActsMax = 4'096;

// What somebody may have done to a container, or that its process ended, in the engine's words.
struct EngineAct {
  ContainerId id;
  std::string action;  // "kill" "stop" "restart" "pause" "destroy", and "die"
  std::string signal;  // of "kill"
  std::int64_t time_ns = 0;
  // From the engine's history, before this stream was asked for: `time_ns` tells when.
  bool is_replayed = false;
};

struct Digest {
  std::vector<EngineAct> acts;  // in the order in which they came
  std::map<ContainerId, Inventory::Urgency> dirty;
  bool names_everybody = false;  // a network changed, and who is in it was not told
  bool has_overflowed = false;   // more was told than is kept, or something unreadable
  // An event that an earlier whole stream had told too: the engine's history has survived.
  bool has_event_from_before = false;
  std::int64_t last_event_ns = 0;  // the newest stamp of all streams so far; 0: none
  std::uint64_t events = 0;        // totals since the start, repeats not counted
  std::uint64_t unreadable = 0;

  bool is_empty() const {
    return acts.empty() && dirty.empty() && !names_everybody && !has_overflowed;
  }
};

// Where a stream begins. All by the engine's clock, in nanoseconds since 1970.
struct StreamBegin {
  std::int64_t since_ns = 0;  // it is asked for all events since then
  std::int64_t heard_ns = 0;  // of what is older only kills count whose end is not told
  std::int64_t now_ns = 0;

  // After the event of `last_ns` (0: none was heard, and nothing is missed). Stamps are not
  // monotonic: what is at most `overlap` older counts as not heard, too. `reach` goes back for
  // stops under way that only an earlier life of the daemon has heard of.
  static StreamBegin After(std::int64_t last_ns, std::int64_t now_ns, Duration overlap,
                           Duration reach);
};

class EventDigest {
 public:
  void BeginStream(const StreamBegin& begin);
  // The engine of the stream has shown its whole picture.
  void StreamIsWhole() { filter_.StreamIsWhole(); }
  void Add(const docker::EngineEvent& event);
  // What has come since the last time.
  Digest Take();
  bool is_empty() const { return next_.is_empty(); }

 private:
  void AddAct(const docker::EngineEvent& event);
  void TellStopsUnderWay();
  void AddDirty(const ContainerId& id, Inventory::Urgency urgency);

  ReplayFilter filter_;
  Digest next_;
  std::map<ContainerId, EngineAct> stops_under_way_;  // of what was heard before
  StreamBegin begin_;
  bool is_replaying_ = false;
};

}  // namespace fairlead::controller

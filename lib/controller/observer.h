// Observer: keeps the core's picture of the engine true: subscribe, list, inspect, watch, repeat.
//
// Why this order: the engine loses events without a word and answers a subscription before it
// exists, so the stream is opened from the engine's own clock *before* the full list is taken; an
// event only says "look at container X"; inspect says what is so; a full list every 30 s finds what
// was missed. When the stream ends or two pings fail the picture is held as it is, never emptied,
// and everything begins again from the first step.
// Threads: lives on the engine loop, and the stream's bytes on the reader's; the sink is called on
// the engine loop and must only hand values on.
// Invariants: at most kSocketsMax connections to the engine at once, our acts not counted. While
// the engine is silent nothing but one ping asks. What somebody did is told before the inspect that
// shows its effect.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/event_digest.h"
#include "controller/inventory.h"
#include "controller/inventory_status.h"
#include "controller/own_acts.h"
#include "docker/engine.h"
#include "fleet/event.h"
#include "spec/read_labels.h"
#include "store/store.h"

namespace fairlead::controller {

// A frozen engine accepts every connection and answers none. Of these one is the stream, one the
// ping, one a list's while it is asked for, the rest are inspects.
inline constexpr std::size_t kSocketsMax = 8;
inline constexpr std::size_t kInspectsInFlightMax = kSocketsMax - 2;
inline constexpr std::size_t kInspectsBesideListMax = kInspectsInFlightMax - 1;

struct ObserverOptions {
  Duration relist_interval =
      std::chrono::seconds(30);  // +/- 20 %, so that hosts do not march in step
  Duration ping_interval = std::chrono::seconds(5);
  Duration relist_spacing = std::chrono::seconds(1);  // lists asked for out of turn
  int pings_missed_max = 2;                           // the second follows the first at once
  Duration stream_open_timeout = std::chrono::seconds(5);
  Duration reconnect_first = std::chrono::milliseconds(50);  // doubles, full jitter
  Duration reconnect_most = std::chrono::seconds(5);
  // While nobody listens at all, a try costs an engine nothing, and callers wait for it.
  Duration reconnect_absent_most = std::chrono::seconds(1);
  LookSpacing looks;
  Duration deliver_retry = std::chrono::milliseconds(50);  // of a fact that the core could not take
  Duration replay_overlap = std::chrono::seconds(2);       // event stamps are not monotonic
  // A stop that is under way when we start began at most so long ago: most have 10 s to end.
  Duration stop_reach = std::chrono::minutes(1);
  Duration cursor_interval = std::chrono::seconds(1);  // between two cursors told
  std::string boot;                                    // of the host; "": cursors are of no use
  // Up to where an earlier life of the daemon has heard.
  std::optional<store::EventCursor> cursor;
  std::uint64_t seed = 1;  // of the jitter
  // Fills in what the engine does not tell about a container; on the loop, briefly. May be empty.
  std::function<void(ContainerFacts&)> refine{};
  // Hears what each run of events came to, for whoever keeps a picture of containers that are not
  // ours; on the loop, briefly. May be empty.
  std::function<void(const Digest&)> on_events{};
};

class ObserverSink {
 public:
  virtual ~ObserverSink() = default;
  // False when the fact could not be taken; the observer keeps it and tries again, in order.
  virtual bool OnFact(fleet::Event fact) = 0;
  virtual void OnEngineInfo(const docker::EngineInfo& info) = 0;
  // Whenever something in it has changed.
  virtual void OnInventory(const InventoryStatus& status) = 0;
  // Up to where the events were heard; at most once a cursor_interval, and when the observer ends.
  virtual void OnCursor(const store::EventCursor& cursor) = 0;
};

class Observer {
 public:
  // `reader_loop`: whose thread reads the event stream. It may be `loop` itself.
  Observer(boost::asio::io_context& loop, boost::asio::io_context& reader_loop,
           docker::Engine& engine, spec::HostPolicy policy, ObserverOptions options,
           OwnActs& own_acts, ObserverSink& sink);
  ~Observer();

  // Begins, and goes on for ever: an engine that is away is waited for.
  void Start();
  // Something happened to this container that may raise no event (an act of ours ended).
  void LookAt(const ContainerId& id);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fairlead::controller

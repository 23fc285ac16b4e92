// Observer: keeps the core's picture of the engine true: subscribe, list, inspect, watch, repeat.
//
// Why this order: the engine loses events without a word and answers a subscription before it
// exists, so the stream is opened from the engine's own clock *before* the full list is taken; an
// event only says "look at container X"; inspect says what is so; a full list every 30 s finds what
// was missed. When the stream ends or two pings fail the picture is stale, never empty.
// Threads: lives on the engine loop; the sink is called there and must only hand values on.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/own_acts.h"
#include "docker/engine.h"
#include "fleet/event.h"
#include "spec/read_labels.h"

namespace fairlead::controller {

struct ObserverOptions {
  Duration relist_interval =
      std::chrono::seconds(30);  // +/- 20 %, so that hosts do not march in step
  Duration ping_interval = std::chrono::seconds(5);
  Duration relist_spacing = std::chrono::seconds(1);  // lists asked for out of turn
  int pings_missed_max = 2;
  Duration stream_open_timeout = std::chrono::seconds(5);
  Duration reconnect_first = std::chrono::milliseconds(50);  // doubles, full jitter
  Duration reconnect_most = std::chrono::seconds(5);
  Duration inspect_retry = std::chrono::seconds(1);
  Duration deliver_retry = std::chrono::milliseconds(50);  // of a fact that the core could not take
  Duration replay_overlap = std::chrono::seconds(2);       // event stamps are not monotonic
  std::uint64_t seed = 1;                                  // of the jitter
};

class ObserverSink {
 public:
  virtual ~ObserverSink() = default;
  // False when the fact could not be taken; the observer keeps it and tries again, in order.
  virtual bool OnFact(fleet::Event fact) = 0;
  virtual void OnEngineInfo(const docker::EngineInfo& info) = 0;
  virtual void OnMissedEvents(std::uint64_t total) = 0;
};

class Observer {
 public:
  Observer(boost::asio::io_context& loop, docker::Engine& engine, spec::HostPolicy policy,
           ObserverOptions options, OwnActs& own_acts, ObserverSink& sink);
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

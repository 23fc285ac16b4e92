// An observer on the memory engine, and everything that it tells, each fact in a word.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/observer.h"
#include "support/memory_engine.h"

namespace fairlead::controller {

using namespace std::chrono_literals;
using test::MemoryEngine;
using test::RunningContainer;

// Runs an observer against the engine and writes down each fact in a word.
class ObserverTest : public ::testing::Test, public ObserverSink {
 protected:
  ObserverTest() {
    options_.reconnect_first = 1ms;
    options_.reconnect_most = 2ms;
    options_.reconnect_absent_most = 2ms;
    options_.looks = {.change = 0ms, .hint = 0ms, .failure = 1ms, .failure_most = 1ms};
    options_.boot = "boot 1";
    options_.deliver_retry = 1ms;
    options_.relist_spacing = 1ms;
  }

  void Start() {
    observer_ = std::make_unique<Observer>(loop_, loop_, engine_, spec::HostPolicy{}, options_,
                                           own_acts_, *this);
    observer_->Start();
  }

  bool OnFact(fleet::Event fact) override {
    if (!take_facts_) {
      ++refused_;
      return false;
    }
    if (const auto* seen = std::get_if<fleet::ContainerObserved>(&fact))
      facts_.push_back("observed " + seen->facts.id.value);
    if (const auto* gone = std::get_if<fleet::ContainerGone>(&fact))
      facts_.push_back("gone " + gone->id.value);
    if (const auto* synced = std::get_if<fleet::InventorySynced>(&fact)) {
      facts_.push_back("synced");
      continuity_ = synced->continuity;
    }
    if (const auto* stale = std::get_if<fleet::InventoryStale>(&fact)) {
      facts_.push_back("stale");
      is_stream_end_ = stale->is_stream_end;
    }
    if (const auto* end = std::get_if<fleet::EndReplayed>(&fact))
      facts_.push_back("ended " + end->id.value);
    if (const auto* act = std::get_if<fleet::ForeignActSeen>(&fact))
      facts_.push_back(act->verb + " " + act->id.value);
    return true;
  }
  void OnEngineInfo(const docker::EngineInfo& info) override {
    engine_version_ = info.engine_version;
  }
  void OnInventory(const InventoryStatus& status) override {
    status_ = status;
    missed_ = status.missed_events;
    const std::string state(InventoryStateName(status.state));
    if (states_.empty() || states_.back() != state) states_.push_back(state);
  }
  void OnCursor(const store::EventCursor& cursor) override { cursor_ = cursor; }

  // Runs the loop until the fact has been seen; fails after five seconds.
  void Until(const std::string& fact, int times = 1) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (std::count(facts_.begin(), facts_.end(), fact) < times) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "never saw: " << fact;
      loop_.run_one_for(10ms);
    }
  }
  void UntilTrue(const std::function<bool()>& is_true) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!is_true()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      loop_.run_one_for(10ms);
    }
  }
  // Runs what is ready, a bounded number of rounds.
  void Settle() {
    for (int i = 0; i < 200; ++i) loop_.poll();
  }

  boost::asio::io_context loop_{1};
  MemoryEngine engine_{loop_};
  OwnActs own_acts_;
  ObserverOptions options_;
  std::unique_ptr<Observer> observer_;
  std::vector<std::string> facts_;
  std::string engine_version_;
  std::uint64_t missed_ = 0;
  InventoryStatus status_;
  std::vector<std::string> states_;
  store::EventCursor cursor_;
  fleet::EngineContinuity continuity_ = fleet::EngineContinuity::kUnknown;
  bool is_stream_end_ = false;
  bool take_facts_ = true;
  int refused_ = 0;
};

using Facts = std::vector<std::string>;

}  // namespace fairlead::controller

// Whatever becomes of the engine's events, what the observer's inventory comes to is the engine's
// state: lost, repeated, delayed and reordered events cost time and never truth.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

#include "base/rng.h"
#include "controller/event_digest.h"
#include "controller/inventory.h"

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

constexpr int kSeeds = 1'000;
constexpr int kStepsPerSeed = 120;
constexpr std::uint64_t kContainers = 6;

// An engine whose calls take time, and between it and us a stream that may do anything.
class World {
 public:
  explicit World(std::uint64_t seed) : rng_(seed) { BeginList(true); }

  void Step() {
    now_ += Duration(static_cast<Duration::rep>(rng_.Below(40)) * 1ms);
    switch (rng_.Below(8)) {
      case 0:
      case 1:
      case 2:
        Change();
        break;
      case 3:
        Deliver();
        break;
      case 4:
        Ask();
        break;
      case 5:
        Answer();
        break;
      case 6:
        AnswerList();
        break;
      default:
        if (rng_.Below(6) == 0 && !list_) BeginList(rng_.Below(2) == 0);
        break;
    }
  }

  // No more changes: one full round of list and inspects, as after every reconnect.
  void Settle() {
    AnswerList();
    BeginList(true);
    AnswerList();
    for (int i = 0; i < 200 && !inventory_.is_idle(); ++i) {
      now_ += 1s;
      Ask();
      Answer();
    }
  }

  bool is_complete() const { return inventory_.is_complete(); }
  const std::map<ContainerId, Identity>& truth() const { return truth_; }
  const std::map<ContainerId, Identity>& told() const { return told_; }

 private:
  struct Asked {
    Inventory::Look look;
    std::optional<Identity> answer;  // as the engine saw it when it answered
  };

  ContainerId AnyId() { return ContainerId("c" + std::to_string(rng_.Below(kContainers))); }

  void Change() {
    const ContainerId id = AnyId();
    const std::string life = std::to_string(++lives_);
    if (truth_.contains(id) && rng_.Below(3) == 0) {
      truth_.erase(id);
      Tell(id, "destroy");
    } else {
      truth_[id] = {.status = EngineStatus::kRunning, .started_at = life};
      Tell(id, "start");
    }
  }

  void Tell(const ContainerId& id, const std::string& action) {
    if (rng_.Below(4) == 0) return;  // lost
    const docker::EngineEvent event{
        .type = "container",
        .action = action,
        .actor_id = id.value,
        .signal = "",
        .time_ns = static_cast<std::int64_t>(rng_.Below(1'000'000))};  // stamps of any order
    stream_.push_back(event);
    if (rng_.Below(4) == 0) stream_.push_back(event);
    if (stream_.size() > 1 && rng_.Below(3) == 0) std::swap(stream_.front(), stream_.back());
  }

  void Deliver() {
    for (auto count = rng_.Below(5); count > 0 && !stream_.empty(); --count) {
      digest_.Add(stream_.front());
      stream_.pop_front();
    }
    for (const auto& [id, urgency] : digest_.Take().dirty) inventory_.Mark(id, urgency, now_);
  }

  void Ask() {
    while (const auto look = inventory_.Next(now_, 3)) {
      const auto found = truth_.find(look->id);
      asked_.push_back(
          {*look, found == truth_.end() ? std::nullopt : std::optional<Identity>(found->second)});
      if (rng_.Below(2) == 0) break;
    }
  }

  void Answer() {
    while (!asked_.empty()) {
      const Asked asked = asked_.front();
      asked_.pop_front();
      if (rng_.Below(10) == 0) {
        inventory_.Done(asked.look, Inventory::Outcome::kFailed, now_);
      } else if (asked.answer) {
        inventory_.Done(asked.look, Inventory::Outcome::kManaged, now_, *asked.answer);
        told_[asked.look.id] = *asked.answer;
      } else {
        inventory_.Done(asked.look, Inventory::Outcome::kGone, now_);
        told_.erase(asked.look.id);
      }
      if (rng_.Below(2) == 0) break;
    }
  }

  void BeginList(bool is_first) {
    is_first_ = is_first;
    list_number_ = inventory_.BeginList();
    list_.emplace();
    for (const auto& [id, identity] : truth_) {
      docker::ContainerSummary summary;
      summary.id = id;
      summary.status = identity.status;
      list_->push_back(summary);
    }
  }

  void AnswerList() {
    if (!list_) return;
    for (const ContainerId& id : inventory_.Reconcile(*list_, list_number_, is_first_, now_))
      told_.erase(id);
    list_.reset();
  }

  Rng rng_;
  TimePoint now_{1000s};
  std::map<ContainerId, Identity> truth_;
  std::map<ContainerId, Identity> told_;  // what the core was told
  std::deque<docker::EngineEvent> stream_;
  EventDigest digest_;
  Inventory inventory_;
  std::deque<Asked> asked_;
  std::optional<std::vector<docker::ContainerSummary>> list_;
  std::uint64_t list_number_ = 0;
  bool is_first_ = true;
  int lives_ = 0;
};

TEST(InventoryProperty, AnyFateOfEventsEndsInTheStateOfOneListOfThePresent) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    for (int step = 0; step < kStepsPerSeed; ++step) world.Step();
    world.Settle();
    ASSERT_TRUE(world.is_complete()) << "seed " << seed;
    ASSERT_EQ(world.told(), world.truth()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace fairlead::controller

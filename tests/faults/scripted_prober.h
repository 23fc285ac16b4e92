// ScriptedProber: a prober whose answers the test decides, container by container.
//
// Why: rows of faults are about the engine; what the checks say must be known and instant. Every
// new target and every extra check is answered at once; a changed mind is told to all.
// Threads: any; the sink must take values from any thread, as the inbox does.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "health/prober.h"

namespace fairlead::test {

class ScriptedProber final : public health::Prober {
 public:
  explicit ScriptedProber(health::ProbeSink& sink) : sink_(sink) {}

  void Begin(const spec::CheckTarget& target) override {
    const std::lock_guard lock(mutex_);
    targets_[target.generation] = target;
    Answer(target.generation);
  }
  void End(const Generation& generation) override {
    const std::lock_guard lock(mutex_);
    targets_.erase(generation);
  }
  void CheckSoon(const Generation& generation, Duration) override {
    const std::lock_guard lock(mutex_);
    if (targets_.contains(generation)) Answer(generation);
  }

  // From now on checks of `container` come to `outcome`, the first one now.
  void Say(const std::string& container, spec::CheckClass outcome) {
    const std::lock_guard lock(mutex_);
    says_[container] = outcome;
    for (const auto& [generation, target] : targets_) {
      if (generation.id.value == container) Answer(generation);
    }
  }
  // One more round of checks of everything, as an interval brings it.
  void Round() {
    const std::lock_guard lock(mutex_);
    for (const auto& [generation, target] : targets_) Answer(generation);
  }

 private:
  void Answer(const Generation& generation) {
    const auto found = says_.find(generation.id.value);
    sink_.OnProbe(generation, {.check_class = found == says_.end() ? spec::CheckClass::kServing
                                                                   : found->second});
  }

  health::ProbeSink& sink_;
  std::mutex mutex_;
  std::map<Generation, spec::CheckTarget> targets_;
  std::map<std::string, spec::CheckClass> says_;
};

}  // namespace fairlead::test

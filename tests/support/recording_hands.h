// What a Controller acts through, kept in memory: a store, a publisher and a prober with state.
//
// For tests of the controller: everything that it does is also written, in order, into one journal
// ("publish", "record", "act" ...), because the order of effects is a contract. Threads: the
// controller's loop; a test reads after it has waited for the loop.
#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "health/prober.h"
#include "store/store.h"
#include "xds/publisher.h"

namespace fairlead::test {

using Journal = std::vector<std::string>;

class MemoryStore final : public store::Store {
 public:
  explicit MemoryStore(Journal& journal) : journal_(journal) {}

  Result<fleet::Remembered> Load() override { return fleet::Remembered{}; }
  Result<> Write(const std::vector<fleet::Record>& records) override {
    journal_.emplace_back("record");
    if (is_full) return Fail(Code::kFailedPrecondition, "write records: disk full");
    written.insert(written.end(), records.begin(), records.end());
    return {};
  }

  Result<std::optional<store::EventCursor>> LoadCursor() override { return cursor; }
  Result<> WriteCursor(const store::EventCursor& heard) override {
    cursor = heard;
    return {};
  }

  std::optional<store::EventCursor> cursor;
  bool is_full = false;
  std::vector<fleet::Record> written;

 private:
  Journal& journal_;
};

class MemoryPublisher final : public xds::Publisher {
 public:
  explicit MemoryPublisher(Journal& journal) : journal_(journal) {}

  void Publish(std::vector<fleet::ServiceViewPtr> changed,
               std::vector<ServiceName> dropped) override {
    for (const fleet::ServiceViewPtr& view : changed) {
      journal_.push_back(fmt::format("publish {}: {}", view->name.Text(), view->endpoints.size()));
      views[view->name] = view;
    }
    for (const ServiceName& name : dropped) views.erase(name);
  }
  void OpenGate() override { journal_.emplace_back("open the gate"); }

  std::map<ServiceName, fleet::ServiceViewPtr> views;

 private:
  Journal& journal_;
};

class MemoryProber final : public health::Prober {
 public:
  explicit MemoryProber(Journal& journal) : journal_(journal) {}

  void Begin(const spec::CheckTarget& target) override {
    journal_.push_back("check " + target.generation.id.value);
    targets[target.generation] = target;
  }
  void End(const Generation& generation) override {
    journal_.push_back("end checks of " + generation.id.value);
    targets.erase(generation);
  }
  void CheckSoon(const Generation& generation, Duration) override {
    journal_.push_back("check soon " + generation.id.value);
  }

  std::map<Generation, spec::CheckTarget> targets;

 private:
  Journal& journal_;
};

}  // namespace fairlead::test

// FakeSite: containers, Compose and a daemon that hold state and can be cut off after any act.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rollout/drive.h"

namespace fairlead::rollout {

class FakeSite final : public Site {
 public:
  // `old` containers of revision "old" that serve.
  explicit FakeSite(int old);

  // What the next made container is of.
  std::string revision = "new";
  // How many looks it takes a started new one to serve; a bad version never does.
  int looks_to_serve = 5;
  bool is_bad = false;
  // Retire is refused that often, as for min-available.
  int refusals = 0;
  Code refusal = Code::kFailedPrecondition;
  bool cannot_start = false;
  // The process is killed after that many more acts; an act in two halves (stop, remove; make,
  // start) counts twice. Negative: never.
  int acts_left = -1;

  Result<Sight> Look() override;
  Result<> Make(int total) override;
  Result<> Start(int total) override;
  Result<> Retire(const Replica& replica) override;
  Result<> Discard(const Replica& replica) override;
  std::string Evidence(const Replica& replica) override { return "evidence of " + replica.name; }
  TimePoint Now() override { return now_; }
  void Wait(Duration duration) override { now_ += duration; }
  void Tell(const std::string& line) override { told.push_back(line); }

  int serving() const;
  // The fewest that served at any moment so far.
  int fewest_serving() const { return fewest_; }
  // Sorted by number: 'o' and 'N' as in plan_test.cc.
  std::string Shown() const;
  int acts_done() const { return acts_done_; }
  std::vector<Replica>& containers() { return containers_; }

  std::vector<std::string> told;

 private:
  // False once the process is dead: nothing more happens.
  bool Act();
  void Note();
  Result<> Dead() const { return Fail(Code::kCancelled, "killed"); }
  void MakeUpTo(int total);
  Replica* Find(const std::string& id);

  std::vector<Replica> containers_;
  std::vector<int> looks_;  // beside containers_: since it was started
  int next_ = 1;
  int acts_done_ = 0;
  int fewest_ = 0;
  TimePoint now_{};
};

}  // namespace fairlead::rollout

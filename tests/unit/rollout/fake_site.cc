#include "unit/rollout/fake_site.h"

#include <algorithm>

namespace fairlead::rollout {

FakeSite::FakeSite(int old) {
  for (; next_ <= old; ++next_) {
    const std::string name = "/" + std::to_string(next_);
    containers_.push_back({.id = "id" + name,
                           .name = name,
                           .number = next_,
                           .revision = "old",
                           .is_up = true,
                           .serves = true});
    looks_.push_back(0);
  }
  fewest_ = old;
}

bool FakeSite::Act() {
  if (acts_left == 0) return false;
  if (acts_left > 0) --acts_left;
  ++acts_done_;
  return true;
}

void FakeSite::Note() {
  fewest_ = std::min(fewest_, serving());
}

int FakeSite::serving() const {
  return static_cast<int>(std::ranges::count_if(containers_, &Replica::serves));
}

Replica* FakeSite::Find(const std::string& id) {
  const auto found = std::ranges::find(containers_, id, &Replica::id);
  return found == containers_.end() ? nullptr : &*found;
}

Result<Sight> FakeSite::Look() {
  if (acts_left == 0) return std::unexpected(Dead().error());
  for (std::size_t i = 0; i < containers_.size(); ++i) {
    Replica& replica = containers_[i];
    if (!replica.is_up || replica.is_set_aside || (is_bad && replica.revision == "new")) continue;
    if (++looks_[i] >= looks_to_serve) replica.serves = true;
  }
  return Sight{.replicas = containers_};
}

void FakeSite::MakeUpTo(int total) {
  for (; static_cast<int>(containers_.size()) < total; ++next_) {
    const std::string name = "/" + std::to_string(next_);
    containers_.push_back({.id = "id" + name,
                           .name = name,
                           .number = next_,
                           .revision = revision,
                           .has_started = false});
    looks_.push_back(0);
  }
}

Result<> FakeSite::Make(int total) {
  if (!Act()) return Dead();
  MakeUpTo(total);
  return {};
}

// As Compose: makes what is missing, then starts whatever does not run.
Result<> FakeSite::Start(int total) {
  if (!Act()) return Dead();
  MakeUpTo(total);
  if (cannot_start) return Fail(Code::kFailedPrecondition, "port is already allocated");
  for (Replica& replica : containers_) {
    if (replica.is_up) continue;
    if (!Act()) return Dead();
    replica.has_started = replica.is_up = true;
  }
  return {};
}

Result<> FakeSite::Retire(const Replica& replica) {
  if (refusals > 0) {
    --refusals;
    return Fail(refusal, "fewer than 2 would be available");
  }
  if (!Act()) return Dead();
  Replica& there = *Find(replica.id);
  there.is_set_aside = true;
  there.serves = there.is_up = false;
  Note();
  return Discard(replica);
}

Result<> FakeSite::Discard(const Replica& replica) {
  if (!Act()) return Dead();
  const auto place = Find(replica.id) - containers_.data();
  containers_.erase(containers_.begin() + place);
  looks_.erase(looks_.begin() + place);
  Note();
  return {};
}

std::string FakeSite::Shown() const {
  std::vector<Replica> sorted = containers_;
  std::ranges::sort(sorted, {}, &Replica::number);
  std::string shown;
  for (const Replica& replica : sorted) {
    const bool is_new = replica.revision == revision;
    shown += !replica.has_started ? 'c'
             : !replica.is_up     ? 'x'
             : replica.serves     ? (is_new ? 'N' : 'o')
                                  : (is_new ? 'n' : 'u');
  }
  return shown;
}

}  // namespace fairlead::rollout

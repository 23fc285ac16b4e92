#include "rollout/drive.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace fairlead::rollout {
namespace {

const Replica* Find(const Sight& sight, const std::string& id) {
  const auto found = std::ranges::find(sight.replicas, id, &Replica::id);
  return found == sight.replicas.end() ? nullptr : &*found;
}

std::string NameIn(const Sight& sight, const std::string& id) {
  const Replica* replica = Find(sight, id);
  return replica ? replica->name : id;
}

// In words, for a dry run and for progress.
std::string Words(const Step& step, const Sight& sight) {
  if (const auto* start = std::get_if<StartNew>(&step))
    return fmt::format("start {} new, {} in all", start->count, start->total);
  if (const auto* retire = std::get_if<Retire>(&step))
    return fmt::format("drain, stop and remove {}", NameIn(sight, retire->id));
  if (const auto* discard = std::get_if<Discard>(&step))
    return fmt::format("remove {}, which does not run", NameIn(sight, discard->id));
  return "done";
}

class Rollout {
 public:
  Rollout(Site& site, const Order& order) : site_(site), order_(order) {}

  Result<Report> Run() {
    if (const Result<> begun = Begin(); !begun) return std::unexpected(begun.error());
    if (order_.is_dry_run) return ShowPlan();
    while (true) {
      const Result<Sight> sight = site_.Look();
      if (!sight) return std::unexpected(sight.error());
      const Step step = Next(*sight, goal_, PatienceFor(*sight));
      if (std::holds_alternative<Done>(step)) return End(*sight);
      if (const Result<> done = Carry(step, *sight); !done) return std::unexpected(done.error());
    }
  }

 private:
  Result<> Begin();
  Result<Report> ShowPlan();
  Result<Report> End(const Sight& sight);
  Patience PatienceFor(const Sight& sight);
  Result<> Carry(const Step& step, const Sight& sight);
  Result<> CarryStart(const StartNew& step, const Sight& before);
  Result<> CarryRetire(const Replica& replica);
  Result<> CarryGiveUp(const GiveUp& step, const Sight& sight);
  bool IsNew(const Replica& replica) const { return replica.revision == goal_.revision; }

  Site& site_;
  const Order& order_;
  Goal goal_;
  Report report_;
  // Since when new ones do not serve, by id; and since when callers lack the list.
  std::map<std::string, TimePoint> waited_for_;
  std::optional<TimePoint> adoption_since_;
  std::optional<TimePoint> refused_since_;  // the old one that cannot be spared
};

// Compose itself says what "new" is: it makes one container more, which never runs unless it is
// needed. Its own `config --hash` differs from what it writes to containers (2.40, with env_file).
Result<> Rollout::Begin() {
  Result<Sight> sight = site_.Look();
  if (!sight) return std::unexpected(sight.error());
  std::set<std::string> known;
  int total = 0;
  for (const Replica& replica : sight->replicas) {
    if (replica.has_started) {
      known.insert(replica.id);
      ++total;
    } else if (const Result<> gone = site_.Discard(replica); !gone) {  // an interrupted run's
      return gone;
    }
  }
  const int running = order_.is_scale_typed ? 0 : ScaledByHand(*sight, order_.replicas);
  if (running > 0) {
    return Fail(
        Code::kInvalidArgument,
        fmt::format("roll out {}: {} replicas run and the Compose file asks for {}; say how "
                    "many there shall be, as --scale {} or --scale {}",
                    order_.service, running, order_.replicas, running, order_.replicas));
  }
  if (const Result<> made = site_.Make(total + 1); !made) return made;
  sight = site_.Look();
  if (!sight) return std::unexpected(sight.error());
  for (const Replica& replica : sight->replicas)
    if (!replica.has_started && !known.contains(replica.id)) goal_.revision = replica.revision;
  if (goal_.revision.empty()) {
    return Fail(Code::kInternal,
                fmt::format("roll out {}: Compose made no container beside the {} that are there; "
                            "`docker compose ps -a` shows them",
                            order_.service, total));
  }
  goal_.replicas = order_.replicas;
  goal_.batch = order_.batch;
  const auto old = std::ranges::count_if(sight->replicas, [&](const auto& r) { return !IsNew(r); });
  site_.Tell(fmt::format("{}: {} to replace, {} up to date, {} in the end", order_.service, old,
                         static_cast<std::ptrdiff_t>(known.size()) - old, goal_.replicas));
  return {};
}

Result<Report> Rollout::ShowPlan() {
  const Result<Sight> sight = site_.Look();
  if (!sight) return std::unexpected(sight.error());
  Sight without;
  for (const Replica& replica : sight->replicas) {
    if (replica.has_started) {
      without.replicas.push_back(replica);
    } else if (const Result<> gone = site_.Discard(replica); !gone) {
      return std::unexpected(gone.error());
    }
  }
  for (const Step& step : Preview(without, goal_)) report_.planned.push_back(Words(step, without));
  report_.planned.pop_back();  // "done"
  report_.replicas = static_cast<int>(std::ranges::count_if(
      without.replicas, [&](const Replica& replica) { return IsNew(replica); }));
  return report_;
}

Result<Report> Rollout::End(const Sight& sight) {
  for (const Replica& replica : sight.replicas) {
    if (!replica.serves && replica.is_set_aside) {
      site_.Tell(fmt::format("{} is up to date and drained: `fairlead undrain {}` brings it back",
                             replica.name, replica.name));
    }
  }
  report_.replicas = static_cast<int>(sight.replicas.size());
  return report_;
}

Patience Rollout::PatienceFor(const Sight& sight) {
  const TimePoint now = site_.Now();
  Patience patience;
  std::map<std::string, TimePoint> still;
  for (const Replica& replica : sight.replicas) {
    if (!IsNew(replica) || !replica.has_started) continue;
    const auto waited = waited_for_.find(replica.id);
    if (replica.serves || replica.is_set_aside) {
      if (waited != waited_for_.end()) site_.Tell(fmt::format("{} is in rotation", replica.name));
      continue;
    }
    const TimePoint since = waited == waited_for_.end() ? now : waited->second;
    still.emplace(replica.id, since);
    patience.is_over_for_new = patience.is_over_for_new || now - since >= order_.patience;
  }
  waited_for_ = std::move(still);
  if (sight.is_adopted) adoption_since_.reset();
  if (!sight.is_adopted && !adoption_since_) adoption_since_ = now;
  patience.is_over_for_adoption = adoption_since_ && now - *adoption_since_ >= kAdoptionPatience;
  return patience;
}

Result<> Rollout::Carry(const Step& step, const Sight& sight) {
  if (const auto* start = std::get_if<StartNew>(&step)) return CarryStart(*start, sight);
  if (const auto* give_up = std::get_if<GiveUp>(&step)) return CarryGiveUp(*give_up, sight);
  if (const auto* retire = std::get_if<Retire>(&step)) return CarryRetire(*Find(sight, retire->id));
  if (const auto* discard = std::get_if<Discard>(&step)) {
    const Replica& replica = *Find(sight, discard->id);
    if (replica.has_started) site_.Tell(Words(step, sight));
    const Result<> gone = site_.Discard(replica);
    if (gone && !IsNew(replica)) ++report_.replaced;
    return gone;
  }
  site_.Wait(kLookInterval);
  return {};
}

Result<> Rollout::CarryStart(const StartNew& step, const Sight& before) {
  site_.Tell(Words(step, before));
  const Result<> started = site_.Start(step.total);
  const Result<Sight> after = site_.Look();
  if (!started) {
    // What Compose could not start is not left lying about.
    for (const Replica& replica : after ? after->replicas : std::vector<Replica>())
      if (!replica.has_started) (void)site_.Discard(replica);
    return started;
  }
  if (!after) return std::unexpected(after.error());
  for (const Replica& replica : after->replicas) {
    const Replica* earlier = Find(before, replica.id);
    if (earlier == nullptr && !IsNew(replica)) {
      return Fail(Code::kAborted,
                  fmt::format("roll out {}: {} is of another configuration than the one that "
                              "Compose made at the beginning: did the file or the image change "
                              "meanwhile? Run it again",
                              order_.service, replica.name));
    }
    if (earlier == nullptr || !earlier->has_started) waited_for_.emplace(replica.id, site_.Now());
  }
  const auto count = [](const Sight& sight) {
    return std::ranges::count_if(sight.replicas, &Replica::has_started);
  };
  if (count(*after) > count(before)) return {};
  return Fail(Code::kInternal, fmt::format("roll out {}: Compose started nothing; `docker compose "
                                           "ps -a` shows what there is",
                                           order_.service));
}

Result<> Rollout::CarryRetire(const Replica& replica) {
  if (!refused_since_)
    site_.Tell(fmt::format("drain, stop and remove {}{}", replica.name,
                           replica.is_set_aside ? ", which was drained already" : ""));
  Result<> gone = site_.Retire(replica);
  if (gone) {
    report_.replaced += IsNew(replica) ? 0 : 1;
    refused_since_.reset();
    return gone;
  }
  const Code code = gone.error().code;
  if (code != Code::kFailedPrecondition && code != Code::kAborted) return gone;
  if (!refused_since_) {
    refused_since_ = site_.Now();
    site_.Tell("not now: " + gone.error().message);
  }
  if (site_.Now() - *refused_since_ >= order_.patience) return gone;
  site_.Wait(kLookInterval);
  return {};
}

Result<> Rollout::CarryGiveUp(const GiveUp& step, const Sight& sight) {
  std::string message;
  for (const std::string& id : step.ids) {
    const Replica& replica = *Find(sight, id);
    message += fmt::format("{}{} is not in rotation\n{}", message.empty() ? "" : "\n", replica.name,
                           site_.Evidence(replica));
  }
  for (const std::string& id : step.removes ? step.ids : std::vector<std::string>()) {
    const Replica& replica = *Find(sight, id);
    site_.Tell(fmt::format("remove {}, which did not get into rotation", replica.name));
    if (const Result<> gone = site_.Discard(replica); !gone)
      message += fmt::format("\nand it could not be removed: {}", gone.error().message);
  }
  return Fail(Code::kFailedPrecondition, std::move(message));
}

}  // namespace

Result<Report> Drive(Site& site, const Order& order) {
  return Rollout(site, order).Run();
}

}  // namespace fairlead::rollout

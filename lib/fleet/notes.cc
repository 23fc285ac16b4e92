// Notes: what people are told. One per real change, made from the difference between what was shown
// last and what is true at the end of a step; so what flickers inside one step is not told.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "fleet/limits.h"
#include "fleet/state.h"
#include "spec/event_words.h"

namespace fairlead::fleet {

static_assert(spec::kEventWords.size() == static_cast<std::size_t>(NoteKind::kAccessRefused) + 1);

std::string_view NoteKindName(NoteKind kind) {
  return spec::kEventWords.at(static_cast<std::size_t>(kind));
}

std::optional<NoteKind> NoteKindFrom(std::string_view name) {
  const auto* const found = std::find(spec::kEventWords.begin(), spec::kEventWords.end(), name);
  if (found == spec::kEventWords.end()) return std::nullopt;
  return static_cast<NoteKind>(found - spec::kEventWords.begin());
}

// Who and what stands behind a note: the act under way, the wish, or what a person asked for.
void Fleet::State::AddReasons(NoteKind kind, const Service& service, const Replica& replica,
                              Note& note) const {
  note.evidence = replica.recent_checks.Text(now_);
  if (replica.act) {
    note.actor = replica.act->entry.actor;
    note.cause = replica.act->entry.cause;
  } else if (replica.wish) {
    note.cause = replica.wish->cause;
  } else if (kind == NoteKind::kIntentChanged || service.intent_of(replica) != IntentKind::kNone) {
    const Place* place = service.place_of(replica);
    note.actor = place ? place->intent.actor : "";
    note.cause = place ? place->intent.reason : "";
  }
}

Note& Fleet::State::AddNote(NoteKind kind, const Service& service, const Replica* replica,
                            std::string code, std::string text) {
  Note note;
  note.kind = kind;
  note.service = service.name;
  if (replica) {
    note.replica = replica->name;
    note.container = replica->facts.id;
    AddReasons(kind, service, *replica, note);
  }
  note.code = std::move(code);
  note.text = std::move(text);
  return effects_.notes.emplace_back(std::move(note));
}

std::string Fleet::State::RepairCode(const Replica& replica) const {
  if (replica.act) {
    const std::string_view kind = ActKindName(replica.act->entry.kind);
    switch (replica.act->stage) {
      case ActStage::kDraining:
        return fmt::format("draining({})", kind);
      case ActStage::kActing:
        return fmt::format("acting({})", kind);
      case ActStage::kVerifying:
        return "verifying";
    }
  }
  if (replica.has_given_up) return "gave-up(max-restarts)";
  if (replica.hold.code.empty()) return "idle";
  return replica.hold.code == "backing-off" ? "backing-off"
                                            : fmt::format("held({})", replica.hold.code);
}

std::string Fleet::State::RepairText(const Replica& replica) const {
  const std::string code = RepairCode(replica);
  if (replica.act) {
    const bool is_acting = replica.act->stage == ActStage::kActing;
    return fmt::format("{}: {}, because of {}{}", replica.name, code, replica.act->entry.cause,
                       is_acting ? "; " + WhyDrained(replica) : "");
  }
  if (replica.has_given_up) {
    return fmt::format(
        "{}: given up after {} repairs within {}; it stays out until it is healthy or somebody "
        "restarts it",
        replica.name, replica.spec.repair.max_restarts, FormatDuration(replica.spec.repair.window));
  }
  if (!replica.wish) return fmt::format("{}: nothing to repair", replica.name);
  const std::string_view kind = ActKindName(replica.wish->kind);
  if (replica.hold.code == "observe") {
    return fmt::format("{}: would {} it now ({}), but only observes", replica.name, kind,
                       replica.wish->cause);
  }
  if (replica.hold.code == "brake") {
    return fmt::format("{}: {} ({}) is held by the brake: {}", replica.name, kind,
                       replica.wish->cause, brake_.reason());
  }
  if (replica.hold.code == "repairs-paused") {
    return fmt::format("{}: {} ({}) is held: {}", replica.name, kind, replica.wish->cause,
                       WhyPaused(replica.spec.name, replica));
  }
  if (replica.hold.until) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(*replica.hold.until - now_);
    return fmt::format("{}: the next {} ({}) waits {}", replica.name, kind, replica.wish->cause,
                       FormatDuration(left));
  }
  if (replica.hold.code == "namespace-shared") {
    return fmt::format(
        "{}: {} ({}) is held, because {} would lose its network; restart them together by hand, "
        "this one first: fairlead restart {} --force --reason TEXT",
        replica.name, kind, replica.wish->cause, StrandedSharersOf(replica), replica.name);
  }
  if (replica.hold.code == "cascade-busy") {
    const Replica* const ground = MovingGround(replica);
    return fmt::format("{}: {} ({}) waits for {}, which is being repaired", replica.name, kind,
                       replica.wish->cause, ground ? ground->name : "what it stands on");
  }
  return fmt::format("{}: {} ({}) is held by {}", replica.name, kind, replica.wish->cause,
                     replica.hold.code);
}

// "3 x timeout in a row, last: no answer in 1s"
std::string Fleet::State::WhyVerdict(const Replica& replica) {
  const HealthTracker& health = replica.health;
  if (health.is_engine_unhealthy()) return "the engine's health check says unhealthy";
  std::string text(spec::CheckClassName(health.failure()));
  if (health.is_refused_after_close()) {
    text = "connection closed, then refused";
  } else if (health.is_silent() && health.failures() > 0) {
    text = fmt::format("{} x {} in a row", health.failures(), text);
  }
  const bool has_detail = health.last() && !health.last()->detail.empty();
  return has_detail ? fmt::format("{}, last: {}", text, Printable(health.last()->detail)) : text;
}

std::string Fleet::State::WhyRotation(const Service& service, const Replica& replica,
                                      const Rotation& rotation) const {
  const bool was_in = replica.shown.rotation.starts_with("in");
  if (rotation.is_braked) {
    return fmt::format("{} stays in rotation in spite of {}: no list shrinks while the brake is on",
                       replica.name, WhyVerdict(replica));
  }
  if (rotation.is_panic && replica.flap_hold.is_holding(now_)) {
    return fmt::format("{} is back in rotation before its time: too few others serve (panic)",
                       replica.name);
  }
  if (rotation.is_panic) {
    return fmt::format("{} {} rotation in spite of {}: too few others serve (panic)", replica.name,
                       was_in ? "stays in" : "is back in", WhyVerdict(replica));
  }
  if (rotation.takers) {
    return fmt::format("{} stands by: priority {}, {} of priority {} take{} the calls",
                       replica.name, replica.spec.priority,
                       rotation.takers->count == 1
                           ? "1 replica"
                           : fmt::format("{} replicas", rotation.takers->count),
                       rotation.takers->priority, rotation.takers->count == 1 ? "s" : "");
  }
  if (rotation.is_in && replica.spec.priority > 0) {
    return fmt::format(
        "{} is in rotation and takes the calls: priority {}, and nobody of a smaller number is in",
        replica.name, replica.spec.priority);
  }
  if (rotation.is_in) return fmt::format("{} is in rotation", replica.name);
  const std::string text =
      fmt::format("{} {}: ", replica.name, was_in ? "left rotation" : "is out of rotation");
  const std::string& reason = rotation.reason;
  if (reason.starts_with("failing")) return text + WhyVerdict(replica);
  if (reason.starts_with("misconfigured"))
    return text + "misconfigured, it answers " + WhyVerdict(replica);
  if (reason == kFlapping) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        replica.flap_hold.held_until().value_or(now_) - now_);
    return text + fmt::format(
                      "it has left more than {} times within {}, so it is held down until it has "
                      "been well for {}: in {} if it stays so",
                      kFlapsFree, FormatDuration(kFlapWindow),
                      FormatDuration(replica.flap_hold.hold()), FormatDuration(left));
  }
  if (reason == "suspect") return text + "suspect, " + replica.health.suspicion_evidence();
  if (reason == "exited") return text + fmt::format("exited with code {}", replica.facts.exit_code);
  if (reason == "stopping" && replica.foreign) {
    return text + fmt::format("somebody sent it signal {}", Printable(replica.foreign->signal, 20));
  }
  if (reason == "dead") {
    return text + (replica.gone_until ? "its process has ended, says the engine"
                                      : "its process has ended, says the kernel");
  }
  if (reason == "operator-drained") {
    const Intent& intent = service.place_of(replica)->intent;
    const std::string why = intent.reason.empty() ? "" : ": " + Printable(intent.reason);
    return text +
           fmt::format("{} by {}{}", IntentCode(service, replica), Printable(intent.actor), why);
  }
  return text + reason;
}

// Tells, once it is known, whose doing the end of a process was.
void Fleet::State::NoteDeparture(Service& service, Replica& replica) {
  const DepartureKind kind = replica.departure.kind;
  // The end of our own acts is told by the acts.
  if (kind == DepartureKind::kPending || kind == DepartureKind::kOurs) return;
  const std::string code = replica.departure.Code();
  replica.last_cause = code;
  AddNote(NoteKind::kPresenceChanged, service, &replica, code,
          fmt::format("{} ended: {}, {}; {}", replica.name, code, WhatFollows(replica),
                      replica.departure_evidence));
}

// What becomes of a replica whose end has been judged.
std::string Fleet::State::WhatFollows(const Replica& replica) const {
  if (replica.departure.IsFailure()) return "a failure";
  if (replica.departure.kind != DepartureKind::kEngineShutdown) return "left as it is";
  if (EngineWillRestart(replica)) return "left to the engine, which starts it again";
  return fmt::format(
      "left down, because it has no restart policy for that; to start it: fairlead "
      "restart {}",
      replica.name);
}

ShownReplica Fleet::State::ShownNow(const Service& service, const Replica& replica,
                                    const Rotation& rotation) const {
  return {.presence = std::string(PresenceName(replica.presence())),
          .readiness = ReadinessCode(replica),
          .liveness = LivenessCode(replica, now_),
          .intent = IntentCode(service, replica),
          .repair = RepairCode(replica),
          .rotation = rotation.Code()};
}

namespace {

// A pause is told once, not by everybody that it covers; "none" of a new replica is no news.
bool IsIntentNews(const std::string& before, const std::string& now) {
  const auto is_quiet = [](const std::string& intent) {
    return intent.empty() || intent == "none" || intent == "repairs-paused";
  };
  return before != now && !(is_quiet(before) && is_quiet(now));
}

}  // namespace

void Fleet::State::NoteChanges(Service& service) {
  const Rotations rotations = RotationsOf(service);
  auto derived = rotations.begin();
  for (auto& [id, replica] : service.replicas) {
    const Rotation& rotation = (derived++)->second;  // the same keys, in the same order
    const ShownReplica now = ShownNow(service, replica, rotation);
    const ShownReplica before = std::exchange(replica.shown, now);
    const bool is_new = before.presence.empty();
    if (now.presence != before.presence && !is_new) {
      AddNote(NoteKind::kPresenceChanged, service, &replica, now.presence,
              fmt::format("{} is {}, was {}", replica.name, now.presence, before.presence));
    }
    // "unknown" follows from what is told anyway: it ended, or began a new life.
    if (now.readiness != before.readiness && now.readiness != "unknown") {
      AddNote(NoteKind::kReadinessChanged, service, &replica, now.readiness,
              replica.health.suspect() == spec::Suspect::kNone
                  ? fmt::format("{} is {}", replica.name, now.readiness)
                  : fmt::format("{} is suspect: {}", replica.name,
                                replica.health.suspicion_evidence()));
    }
    // Each further failure is counted in the report, and told only when it comes to something.
    const bool is_counting =
        now.liveness.starts_with("failing") && before.liveness.starts_with("failing");
    if (now.liveness != before.liveness && !is_new && !is_counting) {
      AddNote(NoteKind::kLivenessChanged, service, &replica, now.liveness,
              fmt::format("{} is {}", replica.name, now.liveness));
    }
    if (IsIntentNews(before.intent, now.intent)) {
      AddNote(NoteKind::kIntentChanged, service, &replica, now.intent,
              fmt::format("{}: intent is {}", replica.name, now.intent));
    }
    if (now.repair != before.repair && !(is_new && now.repair == "idle")) {
      AddNote(NoteKind::kRepairChanged, service, &replica, now.repair, RepairText(replica));
    }
    if (now.rotation == before.rotation) continue;
    // A list that is frozen has kept it. Whoever is in against its verdict has not come back.
    const bool has_left = IsInByVerdict(before.rotation) && service.view && replica.absent_since;
    if (has_left && rotation.is_out_by_checks()) replica.flap_hold.Left(now_);
    if (IsInByVerdict(now.rotation)) replica.flap_hold.Returned();
    replica.shown.rotation =
        before.rotation;  // WhyRotation tells leaving from never having been in.
    AddNote(NoteKind::kRotationChanged, service, &replica, now.rotation,
            WhyRotation(service, replica, rotation));
    replica.shown.rotation = now.rotation;
    if (is_new || now.rotation.starts_with("in") != before.rotation.starts_with("in"))
      replica.rotation_since = now_;
  }
}

}  // namespace fairlead::fleet

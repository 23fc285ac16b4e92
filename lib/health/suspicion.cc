#include "health/suspicion.h"

#include <algorithm>

#include "base/text.h"

namespace fairlead::health {

using spec::Suspect;

void Suspicion::Asked(QuestionKind kind, TimePoint now) {
  Track& track = TrackOf(kind);
  if (track.is_open) return;
  track.is_open = true;
  track.is_judged = false;
  track.asked_at = track.judged_from = now;
}

// A stall is no habit: a late answer widens the envelope only when the one before it was late, too.
// A target that has become slower for good is so known again after a few answers.
Suspicion::News Suspicion::Answered(QuestionKind kind, TimePoint now) {
  Track& track = TrackOf(kind);
  if (!track.is_open) return News::kNone;
  track.is_open = false;
  const Duration latency = now - track.asked_at;
  const std::optional<Duration> limit = track.envelope.limit();
  const bool is_late = limit && latency > *limit;
  if (!is_late || track.was_late) track.envelope.Add(latency);
  track.was_late = is_late;
  if (stage_ == Suspect::kNone) return News::kNone;
  if (is_late) {
    // It speaks: whether it is silent is asked afresh.
    if (stage_ == Suspect::kSuspect) hedged_at_ = now;
    return News::kAskAgain;
  }
  track.is_owed = false;
  return EndIfNothingIsOwed();
}

Suspicion::News Suspicion::Dropped(QuestionKind kind, TimePoint) {
  Track& track = TrackOf(kind);
  track.is_open = false;
  if (stage_ == Suspect::kNone) return News::kNone;
  // Its connection is gone; the new one begins with a check, which is a whole round trip.
  if (kind == QuestionKind::kTransport) track.is_owed = false;
  return EndIfNothingIsOwed();
}

Suspicion::News Suspicion::TimedOut(Duration timeout, TimePoint now) {
  const Track& check = TrackOf(QuestionKind::kCheck);
  if (stage_ != Suspect::kNone || check.is_judged || !check.envelope.is_usable())
    return News::kNone;
  return Begin(QuestionKind::kCheck, timeout, now);
}

Suspicion::News Suspicion::AnsweredElsewhere(Duration latency, TimePoint now) {
  if (stage_ == Suspect::kNone) return News::kNone;
  if (latency > limit_) {
    if (stage_ == Suspect::kSuspect) hedged_at_ = now;
    return News::kAskAgain;
  }
  return End();
}

Suspicion::News Suspicion::Doubted(TimePoint now) {
  for (Track& track : tracks_) track.judged_from = now;
  return stage_ == Suspect::kSuspect ? End() : News::kNone;
}

std::optional<TimePoint> Suspicion::DueOf(const Track& track) {
  if (!track.is_open || track.is_judged) return std::nullopt;
  const std::optional<Duration> limit = track.envelope.limit();
  if (!limit) return std::nullopt;
  return track.judged_from + *limit;
}

std::optional<TimePoint> Suspicion::due() const {
  if (stage_ == Suspect::kSilent) return std::nullopt;
  if (stage_ == Suspect::kSuspect) return hedged_at_ + limit_;
  const std::optional<TimePoint> check = DueOf(tracks_[0]);
  const std::optional<TimePoint> transport = DueOf(tracks_[1]);
  return check && transport ? std::min(check, transport) : check ? check : transport;
}

Suspicion::News Suspicion::Judge(TimePoint now, bool is_late) {
  if (stage_ == Suspect::kSuspect && hedged_at_ + limit_ <= now) {
    if (is_late) {
      hedged_at_ = now;
      return News::kNone;
    }
    stage_ = Suspect::kSilent;
    return News::kSilent;
  }
  if (stage_ != Suspect::kNone) return News::kNone;
  for (const QuestionKind kind : {QuestionKind::kTransport, QuestionKind::kCheck}) {
    Track& track = TrackOf(kind);
    const std::optional<TimePoint> due = DueOf(track);
    if (!due || *due > now) continue;
    track.judged_from = now;
    if (is_late) continue;
    return Begin(kind, *track.envelope.limit(), now);
  }
  return News::kNone;
}

Suspicion::News Suspicion::Begin(QuestionKind crossed, Duration limit, TimePoint now) {
  stage_ = Suspect::kSuspect;
  crossed_ = crossed;
  limit_ = limit;
  hedged_at_ = now;
  TrackOf(QuestionKind::kCheck).is_owed = true;
  TrackOf(QuestionKind::kTransport).is_owed = TrackOf(QuestionKind::kTransport).is_open;
  return News::kBegan;
}

Suspicion::News Suspicion::EndIfNothingIsOwed() {
  const bool is_owed =
      std::ranges::any_of(tracks_, [](const Track& track) { return track.is_owed; });
  return is_owed ? News::kNone : End();
}

// What is still open has had its say; the next question counts again.
Suspicion::News Suspicion::End() {
  stage_ = Suspect::kNone;
  for (Track& track : tracks_) {
    track.is_owed = false;
    track.is_judged = true;
  }
  return News::kEnded;
}

std::string Suspicion::Evidence() const {
  const bool is_check = crossed_ == QuestionKind::kCheck;
  const auto ms = [](Duration time) {
    return FormatDuration(std::chrono::ceil<std::chrono::milliseconds>(time));
  };
  return std::string("no ") + (is_check ? "answer" : "acknowledgement") + " within " + ms(limit_) +
         ", where 99 of 100 come within " + ms(TrackOf(crossed_).envelope.p99());
}

}  // namespace fairlead::health

// Suspicion: whether a target that does not answer is out of the ordinary, long before its timeout.
//
// Why: a timeout has to be long enough for the worst day, so calls wait on a frozen replica for as
// long. Leaving rotation is cheap and coming back as quick, so for that the replica's own habits
// are evidence enough.
// How: two kinds of questions with an envelope each. One unanswered beyond its limit makes the
// target suspect, as does a check that has used its timeout up: ask on the kept connection and on a
// new one. Neither answered for as long again:
// silent. An answer in time of each kind ends it, as does one on the new connection.
// Not its matter: sockets, and who leaves which list because of it.
// Threads: none; pure. Time is an argument, and never goes back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "health/envelope.h"
#include "spec/check.h"

namespace fairlead::health {

enum class QuestionKind : std::uint8_t {
  kCheck,      // answered by the program
  kTransport,  // answered by its HTTP/2
};

class Suspicion {
 public:
  enum class News : std::uint8_t {
    kNone,
    kBegan,     // ask at once, on the kept and on a new connection
    kSilent,    // both stayed unanswered
    kEnded,     // all is as ever
    kAskAgain,  // an answer, but a late one: another question shows whether it is well
  };

  spec::Suspect stage() const { return stage_; }
  // The question of `kind` went out at `now`. One of a kind at most: another changes nothing.
  void Asked(QuestionKind kind, TimePoint now);
  bool IsOpen(QuestionKind kind) const { return TrackOf(kind).is_open; }
  News Answered(QuestionKind kind, TimePoint now);
  // The question of `kind` came to nothing: its time is up, or its connection is gone.
  News Dropped(QuestionKind kind, TimePoint now);
  // The check that was just dropped had its whole timeout: out of the ordinary however slow the
  // target is as a rule, so that its limit never comes too late to matter.
  News TimedOut(Duration timeout, TimePoint now);
  // A check on a new connection was answered after `latency`.
  News AnsweredElsewhere(Duration latency, TimePoint now);
  // Our own trouble stands between us and an answer: what is open now says nothing.
  News Doubted(TimePoint now);

  // When Judge() has something to say, if nothing is answered until then.
  std::optional<TimePoint> due() const;
  // Others are being asked, too: so much longer until it is silent. REQUIRES: stage is kSuspect.
  void WaitForOthers(Duration head_start) { hedged_at_ += head_start; }
  // REQUIRES: what lay in the sockets was read. `is_late`: our own loop was; then the target gets
  // its time again.
  News Judge(TimePoint now, bool is_late);

  // Which kind of question stayed unanswered; of the last kBegan.
  QuestionKind crossed() const { return crossed_; }
  // "no acknowledgement within 50ms, 99 of 100 come within 1ms"; of the last kBegan.
  std::string Evidence() const;

 private:
  struct Track {
    Envelope envelope;
    TimePoint asked_at{};
    TimePoint judged_from{};
    bool is_open = false;
    bool is_judged = false;  // this question has done what it can
    bool is_owed = false;    // an answer in time is wanted to end the suspicion
    bool was_late = false;
  };
  Track& TrackOf(QuestionKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track& TrackOf(QuestionKind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }
  static std::optional<TimePoint> DueOf(const Track& track);
  News Begin(QuestionKind crossed, Duration limit, TimePoint now);
  News EndIfNothingIsOwed();
  News End();

  std::array<Track, 2> tracks_;
  TimePoint hedged_at_{};
  Duration limit_{};  // that was crossed
  QuestionKind crossed_ = QuestionKind::kCheck;
  spec::Suspect stage_ = spec::Suspect::kNone;
};

}  // namespace fairlead::health

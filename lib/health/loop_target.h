// LoopProber::Target: one generation under check: its question, what is open, and its suspicion.
//
// Why: what belongs to one target is together, and small: a prober has thousands. What it hears it
// hands to its prober, which weighs it against the others. Private to lib/health.
// Threads: the prober's loop. Lifetime: from Begin() to End(); never destroyed from its own events.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/prefetch.h"
#include "health/loop_prober.h"
#include "health/tls_hello.h"
#include "runtime/clock.h"

namespace fairlead::health {

// One generation under check.
class LoopProber::Target final : public QuestionEvents {
 public:
  Target(LoopProber& owner, TargetKey own_key, const spec::CheckTarget& target)
      : key(own_key),
        about(target),
        owner_(owner),
        question_(MakeQuestion(owner.tools(), target, *this)) {}

  void Ask(bool is_extra) {
    if (is_asking) {
      asks_again = true;
      owes_regular |= !is_extra;
      return;
    }
    is_asking = true;
    asks_again = false;
    asked_extra = is_extra && !std::exchange(owes_regular, false);
    asked_at = runtime::Now();
    suspicion.Asked(QuestionKind::kCheck, asked_at);
    const bool with_transport = IsTransportDue(asked_at);
    if (with_transport) NoteTransportAsked(asked_at);
    owner_.Await(*this);
    question_->Ask(with_transport);
  }
  void AskTransport() {
    if (IsTransportDue(runtime::Now())) AskTransportNow();
  }
  // Out of turn: a neighbour is late. Who answered within the shortest limit is not late with it.
  void AskTransportSoon() {
    const bool is_fresh = runtime::Now() - transport_asked_at_ < Envelope::kLimitLeast;
    if (!is_fresh && IsTransportAsked() && question_->CanAskTransport()) AskTransportNow();
  }
  bool is_check_due(TimePoint now) const {
    return is_asking && asked_at + about.health.timeout <= now;
  }
  void Expire() {
    if (hello_ != nullptr && hello_->is_asking()) return hello_->Expire();
    question_->Expire();
  }
  void ReadNow() { question_->ReadNow(); }
  bool IsTransportLost() const {
    return suspicion.IsOpen(QuestionKind::kTransport) && !question_->IsTransportOpen();
  }
  // When something about it has to be judged; nothing while all is answered.
  std::optional<TimePoint> NextDeadline() const {
    std::optional<TimePoint> next = suspicion.due();
    const auto consider = [&](TimePoint when) { next = next ? std::min(*next, when) : when; };
    if (is_asking) consider(asked_at + about.health.timeout);
    if (doubt == nullptr) return next;
    if (const auto due = doubt->due()) consider(*due);
    return next;
  }

  void OnOutcome(const spec::CheckOutcome& outcome) override {
    if (outcome.check_class == spec::CheckClass::kServing) {
      has_served_ = true;
    } else if (!has_served_ && TlsHello::IsWorthwhile(about, outcome)) {
      return SayHello(outcome);
    }
    owner_.OnAnswered(*this, outcome);
  }
  void OnPeerClosed() override { owner_.OnPeerClosed(*this); }
  void OnWatched(std::span<const std::byte> message) override { owner_.OnWatched(*this, message); }
  void OnAlive() override { owner_.OnAlive(*this); }
  void OnTransportRefused() override { owner_.OnTransportRefused(*this); }
  void OnOverLimit(const spec::CheckOutcome& outcome) override {
    owner_.OnOverLimit(*this, outcome);
  }
  void FetchAhead() const override { Prefetch(this, sizeof *this); }
  // Asks for memory that Ask() will need, in kFetchSteps (base/prefetch.h).
  void FetchForAsk(std::size_t step) const {
    if (step == 0) {
      FetchAhead();
    } else if (step == 1) {
      Prefetch(question_.get(), kQuestionBytes);
    } else {
      question_->FetchAhead(step - 2);
    }
  }
  static constexpr std::size_t kFetchSteps = 4;

  const TargetKey key;
  const spec::CheckTarget about;
  TimePoint asked_at{};
  Duration left_alone_for{};  // the last time; zero: never, or it has behaved since
  TimePoint served_at{};      // last time that it said so
  TimePoint reasked_at{};     // last time a closed connection caused a check
  bool is_asking = false;
  bool asks_again = false;               // another check became due meanwhile
  bool owes_regular = false;             // and that one is of the rhythm
  bool asked_extra = false;              // the check in progress is not of the rhythm
  bool is_late = false;                  // as told to the neighbours
  std::optional<spec::CheckClass> told;  // last, of what says anything
  std::optional<TimePoint> awaited;      // its entry among the deadlines
  Suspicion suspicion;
  Neighbours::Network* network = nullptr;
  std::unique_ptr<Doubt> doubt;  // while it is suspect

 private:
  // Too early questions are left out; a quarter of slack takes in what the schedule shifts.
  bool IsTransportDue(TimePoint now) const {
    const Duration gap = std::max(about.health.ping, owner_.limits_.ping_gap_least);
    return IsTransportAsked() && now - transport_asked_at_ >= gap * 3 / 4 &&
           question_->CanAskTransport();
  }
  bool IsTransportAsked() const { return about.health.ping > Duration::zero(); }
  void AskTransportNow() {
    NoteTransportAsked(runtime::Now());
    owner_.Await(*this);
    question_->AskTransport();
  }
  void NoteTransportAsked(TimePoint now) {
    transport_asked_at_ = now;
    suspicion.Asked(QuestionKind::kTransport, now);
  }

  void SayHello(const spec::CheckOutcome& failure) {
    if (hello_ == nullptr) {
      hello_ = std::make_unique<TlsHello>(
          owner_.tools(), about,
          [this](const spec::CheckOutcome& outcome) { owner_.OnAnswered(*this, outcome); });
    }
    hello_->Ask(failure);
  }

  static constexpr std::size_t kQuestionBytes = 320;

  LoopProber& owner_;
  TimePoint transport_asked_at_{};
  const std::unique_ptr<Question> question_;
  std::unique_ptr<TlsHello> hello_;  // made when first needed
  bool has_served_ = false;
};

}  // namespace fairlead::health

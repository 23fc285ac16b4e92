#include "health/doubt.h"

#include <algorithm>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::health {

// One connection and the question that is open on it.
class Doubt::Line final : public QuestionEvents {
 public:
  Line(const QuestionTools& tools, const spec::CheckTarget& target, const Sink& sink)
      : timeout_(target.health.timeout),
        sink_(sink),
        question_(MakeQuestion(tools, target, *this)) {}

  void Ask(TimePoint now, bool is_hedge) {
    is_open_ = true;
    is_hedge_ = is_hedge;
    asked_at_ = now;
    question_->Ask(/*with_transport=*/false);
  }
  bool is_open() const { return is_open_; }
  TimePoint due() const { return asked_at_ + timeout_; }
  void Expire() { question_->Expire(); }
  void ReadNow() { question_->ReadNow(); }

  void OnOutcome(const spec::CheckOutcome& outcome) override {
    is_open_ = false;
    Ended ended{.outcome = outcome, .is_hedge = is_hedge_};
    ended.outcome.latency = runtime::Now() - asked_at_;
    sink_(std::move(ended));
  }
  void OnPeerClosed() override {}
  void OnWatched(std::span<const std::byte>) override {}

 private:
  const Duration timeout_;
  const Sink& sink_;
  const std::unique_ptr<Question> question_;
  TimePoint asked_at_{};
  bool is_open_ = false;
  bool is_hedge_ = false;
};

Doubt::Doubt(const QuestionTools& tools, const spec::CheckTarget& target, Sink sink)
    : tools_(tools), target_(target), sink_(std::move(sink)) {
  target_.health.mode = spec::HealthMode::kCheck;
  target_.liveness_service.clear();
}
Doubt::~Doubt() = default;

void Doubt::Ask(TimePoint now, bool is_hedge) {
  const auto free = std::ranges::find_if(lines_, [](const auto& line) { return !line->is_open(); });
  if (free != lines_.end()) return (*free)->Ask(now, is_hedge);
  if (lines_.size() >= tools_.limits.extra_connections_max) return;
  lines_.push_back(std::make_unique<Line>(tools_, target_, sink_));
  lines_.back()->Ask(now, is_hedge);
}

std::optional<TimePoint> Doubt::due() const {
  std::optional<TimePoint> first = recheck_at;
  for (const auto& line : lines_) {
    if (line->is_open() && (!first || line->due() < *first)) first = line->due();
  }
  return first;
}

void Doubt::Expire(TimePoint now) {
  for (const auto& line : lines_) {
    if (line->is_open() && line->due() <= now) line->Expire();
  }
}

void Doubt::ReadNow() {
  for (const auto& line : lines_) {
    if (line->is_open()) line->ReadNow();
  }
}

}  // namespace fairlead::health

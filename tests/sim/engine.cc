#include "sim/engine.h"

#include <algorithm>
#include <utility>

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kHistoryMax = 256;       // as of a real engine
constexpr std::int64_t kSameMoment = 100'000;  // ns; more than events of one moment can add up to

}  // namespace

SimEngine::SimEngine(Timeline& timeline, Trace& trace, Chance chance, FaultRates rates)
    : timeline_(timeline), trace_(trace), chance_(chance), rates_(rates) {}

SimContainer* SimEngine::Find(const ContainerId& id) {
  const auto found = containers_.find(id);
  return found == containers_.end() ? nullptr : &found->second;
}

const SimContainer* SimEngine::At(const std::string& ip) const {
  const auto holder = by_ip_.find(ip);
  return holder == by_ip_.end() ? nullptr : holder->second;
}

const SimContainer* SimEngine::At(const std::string& ip, std::uint16_t port) const {
  const SimContainer* holder = At(ip);
  if (!holder || port == kPort) return holder;
  if (!holder->lodger) return nullptr;
  const auto lodger = containers_.find(*holder->lodger);
  return lodger != containers_.end() && IsAttached(lodger->second) ? &lodger->second : nullptr;
}

bool SimEngine::IsAttached(const SimContainer& container) const {
  if (!container.lender) return true;
  const auto lender = containers_.find(*container.lender);
  return lender != containers_.end() && lender->second.has_process &&
         lender->second.lives == container.lenders_life;
}

const std::string& SimEngine::IpOf(const SimContainer& container) const {
  static const std::string kNone;
  const SimContainer* holder = &container;
  if (container.lender) {
    const auto lender = containers_.find(*container.lender);
    if (lender == containers_.end()) return kNone;
    holder = &lender->second;
  }
  return holder->facts.networks.empty() ? kNone : holder->facts.networks.front().ipv4;
}

SimEngine::Answered SimEngine::Begin(Answered answered) {
  const std::uint64_t number = ++last_call_;
  calls_[number] = std::move(answered);
  return [this, number](Result<> outcome) {
    const auto call = calls_.extract(number);
    if (call) call.mapped()(std::move(outcome));
  };
}

void SimEngine::Call(Duration deadline, std::function<Result<>()> serve,
                     std::function<void(Result<>)> answered) {
  const auto answer = Begin(std::move(answered));
  const Duration way = chance_.Between(200us, 2ms);
  if (!is_up_) {
    timeline_.After(way, [answer] { answer(Fail(Code::kUnavailable, "nobody listens")); });
    return;
  }
  timeline_.After(deadline, [answer] { answer(Fail(Code::kDeadlineExceeded, "no answer")); });
  const TimePoint served = std::max(timeline_.now(), frozen_until_) + way;
  timeline_.At(served, [this, answer, process = process_, serve = std::move(serve)] {
    if (!is_up_ || process != process_) return;  // answered when it ended
    const Result<> outcome = serve();
    timeline_.After(chance_.Between(200us, 3ms), [answer, outcome] { answer(outcome); });
  });
}

void SimEngine::Calm() {
  rates_ = {};
  for (auto& [id, container] : containers_) {
    container.is_incurable = false;
    container.answer = Answer::kServes;
    container.flap = {};
    container.denies = false;
  }
}

void SimEngine::Do(Duration wait, Then what) {
  timeline_.After(wait, [this, process = process_, what = std::move(what)] {
    if (!is_up_ || process != process_) return;
    if (is_frozen()) {
      Do(frozen_until_ - timeline_.now(), what);
    } else {
      what();
    }
  });
}

void SimEngine::EndCalls() {
  for (auto& [number, answered] : std::exchange(calls_, {}))
    answered(Fail(Code::kUnavailable, "the engine hung up"));
}

// --- events -----------------------------------------------------------------------------------

void SimEngine::Emit(const std::string& action, const SimContainer& container,
                     const std::string& signal) {
  // Equal stamps would make one event of two.
  const std::int64_t last = history_.empty() ? 0 : history_.back().time_ns;
  const std::int64_t now = WallNs();
  const bool is_same = now <= last && last - now < kSameMoment;
  const docker::EngineEvent event{.type = "container",
                                  .action = action,
                                  .actor_id = container.facts.id.value,
                                  .signal = signal,
                                  .time_ns = is_same ? last + 1 : now,
                                  .network_container_id = ""};
  history_.push_back(event);
  if (history_.size() > kHistoryMax) history_.pop_front();
  if (!stream_.on_event) return;
  SimContainer* known = Find(container.facts.id);
  const bool is_holds = known && known->hold && action != "die";
  if (is_holds) ++known->hold->told;
  if (timeline_.now() < silent_until_ || chance_.Permyriad(rates_.event_lost)) {
    if (is_holds) ++known->hold->lost;
    return;
  }
  Deliver(event);
  if (chance_.Permyriad(rates_.event_repeated)) Deliver(event);
}

void SimEngine::Deliver(const docker::EngineEvent& event) {
  const Duration lag = timeline_.now() < lags_until_ ? lag_ : Duration::zero();
  TimePoint when = timeline_.now() + lag + chance_.Between(50us, 2ms);
  when = std::max({when, delivered_last_, frozen_until_});
  delivered_last_ = when;
  timeline_.At(when, [this, event, number = stream_number_] {
    if (stream_.on_event && number == stream_number_) stream_.on_event(event);
  });
}

void SimEngine::Subscribe(std::int64_t since_ns, Stream stream) {
  stream_ = std::move(stream);
  ++stream_number_;
  delivered_last_ = timeline_.now();
  for (const docker::EngineEvent& event : history_) {
    if (event.time_ns >= since_ns) Deliver(event);
  }
}

void SimEngine::EndStream() {
  if (stream_.on_end) std::exchange(stream_, {}).on_end();
}

void SimEngine::LagStream(Duration lag, Duration span) {
  lag_ = lag;
  lags_until_ = timeline_.now() + span;
}

void SimEngine::Heard(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!container || !container->hold || container->hold->heard_at) return;
  container->hold->heard_at = timeline_.now();
  container->hold->was_doubtful = is_clock_doubtful();
}

void SimEngine::NobodyHasHeard() {
  for (auto& [id, container] : containers_) {
    if (container.hold) container.hold->heard_at.reset();
  }
}

bool SimEngine::is_clock_doubtful() const {
  const std::int64_t now = WallNs();
  return std::ranges::any_of(history_, [&](const auto& event) { return event.time_ns > now; });
}

// --- its own ends -----------------------------------------------------------------------------

void SimEngine::Crash(Duration away) {
  if (!is_up_) return;
  trace_.Tell(timeline_.now(), "engine", "is killed; its containers live on");
  GoAway(away);
}

void SimEngine::ShutDown(Duration away) {
  if (!is_up_ || is_frozen()) return;
  trace_.Tell(timeline_.now(), "engine", "shuts down");
  Duration last{};
  for (auto& [id, container] : containers_) {
    if (!container.has_process) continue;
    const Duration patience = StopTimeout(container);
    Signal(container, By::kEngine, patience, [] {});
    last = std::max<Duration>(last, IgnoresTerm(container) ? patience : 1s);
  }
  timeline_.After(last + 100ms, [this, away] {
    if (is_up_) GoAway(away);
  });
}

void SimEngine::GoAway(Duration away) {
  is_up_ = false;
  for (auto& [id, container] : containers_) {
    // A stop that it had not finished is forgotten with it.
    if (!container.runs() || !container.hold) continue;
    container.hold.reset();
    container.changed_at = timeline_.now();
  }
  history_.clear();
  EndStream();
  EndCalls();
  timeline_.After(away, [this] { ComeBack(); });
}

void SimEngine::ComeBack() {
  is_up_ = true;
  ++process_;
  frozen_until_ = {};
  trace_.Tell(timeline_.now(), "engine", "is back");
  for (auto& [id, container] : containers_) {
    // Of what ended meanwhile nothing is told.
    const bool has_ended =
        !container.has_process && (container.facts.status == EngineStatus::kRunning ||
                                   container.facts.status == EngineStatus::kPaused);
    if (has_ended) SeeEnd(container);
    const RestartPolicy policy = container.facts.restart_policy;
    const bool is_brought_back = policy == RestartPolicy::kAlways ||
                                 (policy != RestartPolicy::kNo && !container.is_stopped_by_hand);
    const bool is_down = container.facts.status == EngineStatus::kExited ||
                         container.facts.status == EngineStatus::kRestarting;
    const bool was_finished = policy == RestartPolicy::kOnFailure && container.exit_code == 0;
    if (is_down && is_brought_back && !was_finished && container.lives > 0)
      // Who lives in another's network is started after that one.
      Do(chance_.Between(10ms, 500ms) + (container.lender ? 600ms : 0ms), [this, id] {
        SimContainer* again = Find(id);
        if (again && !again->has_process) StartProcess(*again);
      });
  }
}

void SimEngine::Freeze(Duration span) {
  if (!is_up_) return;
  trace_.Tell(timeline_.now(), "engine", "freezes");
  frozen_until_ = timeline_.now() + span;
}

}  // namespace fairlead::sim

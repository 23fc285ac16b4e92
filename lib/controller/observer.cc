#include "controller/observer.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/backoff.h"
#include "controller/engine_clock.h"
#include "controller/event_reader.h"
#include "controller/fact_outbox.h"
#include "fleet/endpoint.h"
#include "runtime/clock.h"

namespace fairlead::controller {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

// By what the engine says of itself; its history may tell more later.
fleet::EngineContinuity Continuity(const std::optional<docker::EngineInfo>& before,
                                   const docker::EngineInfo& now) {
  using enum fleet::EngineContinuity;
  if (!before) return kFirst;
  if (before->engine_id != now.engine_id) return kRestarted;
  if (!before->process.is_known() || !now.process.is_known()) return kUnknown;
  return before->process == now.process ? kSame : kRestarted;
}

// How long an open stream may outlive its engine's socket: it is read as it comes, in milliseconds.
constexpr Duration kLastWords = std::chrono::milliseconds(200);

// Whatever is waited for wakes the loop itself; this only keeps every wait finite.
constexpr Duration kWaitMost = std::chrono::hours(1);

}  // namespace

class Observer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& loop, asio::io_context& reader_loop, docker::Engine& engine,
       spec::HostPolicy policy, ObserverOptions options, OwnActs& own_acts, ObserverSink& sink)
      : loop_(loop),
        reader_loop_(reader_loop),
        engine_(engine),
        policy_(std::move(policy)),
        options_(std::move(options)),
        own_acts_(own_acts),
        sink_(sink),
        outbox_(loop, options_.deliver_retry,
                [this](fleet::Event fact) { return sink_.OnFact(std::move(fact)); }),
        wake_(loop),
        look_timer_(loop),
        inventory_(options_.looks),
        rng_(options_.seed) {}

  awaitable<void> Run() {
    status_.since = runtime::Now();
    // Made here because it must not keep this alive, nor be told of what is gone.
    auto wake = [weak = weak_from_this(), &loop = loop_] {
      asio::post(loop, [weak] {
        if (const auto self = weak.lock()) self->Hear();
      });
    };
    reader_ = std::make_unique<EventReader>(reader_loop_, engine_, std::move(wake));
    for (int failures = 0; !is_stopped_;) {
      const Error error = co_await Session();
      if (is_stopped_) co_return;
      const bool was_complete = status_.state == InventoryState::kSynced;
      if (was_complete) ++status_.reconnects;
      const bool is_held = was_complete || status_.state == InventoryState::kStale ||
                           status_.state == InventoryState::kFrozen;
      Become(is_held ? InventoryState::kFrozen : InventoryState::kConnecting,
             InventoryCodeOf(error.code), error.Text());
      Give(fleet::InventoryStale{.reason = error.Text(), .is_stream_end = is_stream_end_});
      failures = was_complete ? 0 : failures + 1;
      const bool is_absent = error.code == Code::kUnavailable;
      const DoublingBackoff backoff{
          .first = options_.reconnect_first,
          .most = is_absent ? options_.reconnect_absent_most : options_.reconnect_most};
      co_await WaitUntil(runtime::Now() + options_.reconnect_first +
                         backoff.Jittered(failures, rng_));
    }
  }

  asio::io_context& loop() { return loop_; }

  void Stop() {
    is_stopped_ = true;
    TellCursor();
    End(Error{Code::kCancelled, "observe engine: stopping"});
    reader_.reset();
  }

  void LookAt(const ContainerId& id) {
    inventory_.Forget(id);
    inventory_.Mark(id, Inventory::Urgency::kChange, runtime::Now());
    Pump();
  }

 private:
  // One life of the event stream, from hello to its end; says why it ended.
  awaitable<Error> Session() {
    ++session_;
    is_open_ = is_listed_ = is_complete_ = is_stream_end_ = false;
    pings_missed_ = 0;
    ended_.reset();
    const Result<docker::EngineInfo> hello = co_await engine_.Hello();
    if (is_stopped_) co_return *ended_;
    if (!hello) co_return hello.error();
    sink_.OnEngineInfo(*hello);
    // Against the engine of the last complete picture: one that is only starting may be asked
    // twice.
    continuity_ = Continuity(complete_hello_, *hello);
    TakeCursor(*hello);
    hello_ = *hello;
    clock_ = EngineClock(hello->system_time_ns, runtime::Now(), options_.ping_interval);
    const Result<> opened = co_await OpenStream();
    if (!opened) {
      End(opened.error());
      co_return *ended_;
    }
    if (status_.state == InventoryState::kFrozen)
      Become(InventoryState::kStale, status_.code,
             "the engine is back and is asked for everything");
    next_list_ = NextList();  // before the list: whoever asks for another one meanwhile gets it
    next_ping_ = runtime::Now() + options_.ping_interval;
    const Result<> listed = co_await List(session_, /*is_first=*/true);
    if (!listed) co_await EndSoon(shared_from_this(), session_, listed.error());
    co_await Watch();
    if (reader_) reader_->Close();
    co_return *ended_;
  }

  // What an earlier life of the daemon has heard counts for the same engine and boot only.
  void TakeCursor(const docker::EngineInfo& hello) {
    const bool is_another = hello_ && hello_->engine_id != hello.engine_id;
    if (is_another) last_event_ns_ = 0;
    const auto cursor = std::exchange(options_.cursor, std::nullopt);
    if (!cursor || options_.boot.empty() || cursor->boot != options_.boot) return;
    if (cursor->engine_id == hello.engine_id) last_event_ns_ = cursor->last_event_ns;
  }

  awaitable<Result<>> OpenStream() {
    const Duration reach = complete_hello_ ? Duration() : options_.stop_reach;
    reader_->Open(
        StreamBegin::After(last_event_ns_, hello_->system_time_ns, options_.replay_overlap, reach));
    const TimePoint deadline = runtime::Now() + options_.stream_open_timeout;
    while (!is_open_ && !ended_) {
      if (runtime::Now() >= deadline) {
        reader_->Close();
        co_return Fail(Code::kDeadlineExceeded, "open engine event stream: no answer");
      }
      co_await WaitUntil(deadline);
    }
    if (ended_) co_return std::unexpected(*ended_);
    co_return Result<>();
  }

  awaitable<Result<>> List(std::uint64_t session, bool is_first) {
    is_listing_ = true;
    listed_at_ = runtime::Now();
    const std::uint64_t number = inventory_.BeginList();
    events_before_ = std::exchange(events_at_list_, events_);
    const auto listed = co_await engine_.List();
    is_listing_ = false;
    if (session_ != session || ended_) co_return Result<>();
    if (!listed) co_return std::unexpected(listed.error());
    Hear();  // what happened before the list was answered
    for (const ContainerId& id : inventory_.Reconcile(*listed, number, is_first, runtime::Now()))
      Give(fleet::ContainerGone{id});
    is_listed_ = true;
    ++status_.lists;
    status_.listed_at = listed_at_;
    TellStatus();
    CheckSilence();
    Pump();
    AnnounceSync();
    co_return Result<>();
  }

  // Until the session ends: pings, full lists, cursors.
  awaitable<void> Watch() {
    while (!ended_) {
      const TimePoint now = runtime::Now();
      clock_.Beat(now);
      if (now >= next_ping_ && !is_pinging_) {
        next_ping_ = now + options_.ping_interval;
        asio::co_spawn(loop_, PingOnce(shared_from_this(), session_), asio::detached);
      }
      const bool may_list = !is_listing_ && pings_missed_ == 0 && HasRoomForList();
      if (now >= next_list_ && may_list) {
        next_list_ = NextList();
        asio::co_spawn(loop_, ListOnce(shared_from_this(), session_), asio::detached);
      }
      if (now >= next_cursor_) TellCursor();
      TimePoint next = is_pinging_ ? now + kWaitMost : next_ping_;
      if (may_list && !is_listing_) next = std::min(next, next_list_);
      if (last_event_ns_ != told_event_ns_) next = std::min(next, next_cursor_);
      co_await WaitUntil(next);
    }
  }

  // A list takes the place of one inspect. While it waits for that, no new inspect takes it.
  bool HasRoomForList() const { return inventory_.in_flight() <= kInspectsBesideListMax; }

  // Static, with the object held by argument, so that a late answer never meets a dead observer.
  static awaitable<void> PingOnce(std::shared_ptr<Impl> self, std::uint64_t session) {
    self->is_pinging_ = true;
    const Result<> pong = co_await self->engine_.Ping();
    self->is_pinging_ = false;
    if (self->session_ != session || self->ended_) co_return;
    self->pings_missed_ = pong ? 0 : self->pings_missed_ + 1;
    if (self->pings_missed_ >= self->options_.pings_missed_max) {
      co_await EndSoon(self, session, pong.error());
    } else if (!pong) {
      self->next_ping_ = runtime::Now();
    }
    self->wake_.cancel();
    self->Pump();
  }

  static awaitable<void> ListOnce(std::shared_ptr<Impl> self, std::uint64_t session) {
    const Result<> listed = co_await self->List(session, /*is_first=*/false);
    if (!listed) co_await EndSoon(self, session, listed.error());
    self->wake_.cancel();
  }

  // When nobody listens any more, the stream's last words say why: they may still be on their way.
  static awaitable<void> EndSoon(std::shared_ptr<Impl> self, std::uint64_t session, Error error) {
    if (error.code == Code::kUnavailable && self->session_ == session && !self->ended_) {
      asio::steady_timer last_words(self->loop_, kLastWords);
      co_await last_words.async_wait(asio::use_awaitable);
      if (self->session_ == session) self->Hear();
    }
    if (self->session_ == session) self->End(std::move(error));
  }

  static awaitable<void> InspectOnce(std::shared_ptr<Impl> self, Inventory::Look look) {
    Result<ContainerFacts> facts = co_await self->engine_.Inspect(look.id);
    if (facts && self->options_.refine) self->options_.refine(*facts);
    if (facts) facts->started_ns = self->clock_.OfStart(facts->started_ns, runtime::Now());
    self->OnInspected(look, std::move(facts));
  }

  void OnInspected(const Inventory::Look& look, Result<ContainerFacts> facts) {
    if (is_stopped_) return;
    using Outcome = Inventory::Outcome;
    Hear();  // what the engine told before it gave this answer
    const TimePoint now = runtime::Now();
    if (facts) {
      spec::LabelReading reading = spec::ReadLabels(*facts, policy_);
      const bool is_wanted = reading.opted_in || inventory_.is_followed(look.id);
      inventory_.Done(look, is_wanted ? Outcome::kManaged : Outcome::kNotOurs, now,
                      Identity::Of(*facts));
      if (reading.opted_in) FollowNamespaceOwner(*facts, now);
      std::optional<TimePoint> ended_at;
      if (facts->finished_ns > 0) ended_at = clock_.OfHistory(facts->finished_ns);
      if (is_wanted)
        Give(fleet::ContainerObserved{*std::move(facts), std::move(reading), ended_at});
    } else if (facts.error().code == Code::kNotFound) {
      inventory_.Done(look, Outcome::kGone, now);
      Give(fleet::ContainerGone{look.id});
    } else {
      const bool is_away = facts.error().code == Code::kUnavailable;
      inventory_.Done(look, is_away ? Outcome::kUnanswered : Outcome::kFailed, now);
      ++status_.inspects_failed;
      // One that hangs is its own trouble, or the engine's: a ping tells which.
      if (facts.error().code == Code::kDeadlineExceeded) next_ping_ = now;
      wake_.cancel();
    }
    if (now >= next_list_) wake_.cancel();  // a list may have waited for this one's place
    TellStatus();
    CheckSilence();
    Pump();
    AnnounceSync();
  }

  // A replica in another container's network has that one's addresses, so the other is followed
  // too, labels or not.
  void FollowNamespaceOwner(const ContainerFacts& facts, TimePoint now) {
    const std::optional<ContainerId> owner = fleet::NamespaceOwner(facts);
    if (owner) inventory_.Follow(*owner, now);
  }

  // Takes what the reader has.
  void Hear() {
    if (is_stopped_ || !reader_) return;
    EventReader::News news = reader_->Take();
    const Digest& digest = news.digest;
    const TimePoint now = runtime::Now();
    clock_.Beat(now);
    if (options_.on_events && !digest.is_empty()) options_.on_events(digest);
    for (const EngineAct& act : digest.acts) HearAct(act, now);
    bool has_room = !digest.has_overflowed;
    for (const auto& [id, urgency] : digest.dirty) has_room &= inventory_.Mark(id, urgency, now);
    if (digest.names_everybody) inventory_.MarkAllKnown(now);
    if (!has_room) Relist();
    events_ = digest.events;
    if (digest.last_event_ns > last_event_ns_) {
      if (last_event_ns_ == told_event_ns_) wake_.cancel();  // a cursor is to be told
      last_event_ns_ = digest.last_event_ns;
    }
    const bool is_kept = hello_ && hello_->keeps_history;
    if (digest.has_event_from_before && !is_kept &&
        continuity_ == fleet::EngineContinuity::kUnknown)
      continuity_ = fleet::EngineContinuity::kSame;
    if (std::exchange(status_.unreadable_events, digest.unreadable) != digest.unreadable)
      TellStatus();
    if (news.is_open && !is_open_) {
      is_open_ = true;
      wake_.cancel();
    }
    if (news.ended && !ended_) {
      is_stream_end_ = news.is_open;
      End(*news.ended);
    }
    Pump();
  }

  void HearAct(const EngineAct& act, TimePoint now) {
    if (act.action == "destroy") inventory_.Forget(act.id);
    // An end of the past must not take a later life out of rotation.
    if (act.action == "die" && act.is_replayed) {
      Give(fleet::EndReplayed{act.id});
      return;
    }
    const auto [at, stamp] = clock_.OfEvent(act.time_ns, act.is_replayed, now);
    if (own_acts_.Explains(act.id, act.action, at)) return;
    Give(fleet::ForeignActSeen{.id = act.id,
                               .verb = act.action,
                               .signal = act.signal,
                               .engine_ns = stamp,
                               .ago = now - at});
  }

  // Changes of which no event told, in a time in which no event came at all: the stream is open and
  // dead, as behind a proxy that forgot it.
  void CheckSilence() {
    if (std::exchange(missed_events_, inventory_.missed_events()) == inventory_.missed_events())
      return;
    if (events_ == events_before_ && is_complete_)
      End(Error{Code::kAborted, "watch engine events: containers change and the stream is silent"});
  }

  void Pump() {
    // Before the first list nothing is asked: it names everybody anyway.
    const bool is_silent = pings_missed_ > 0;
    if (!is_listed_ || ended_ || is_silent || is_stopped_) return;
    const TimePoint now = runtime::Now();
    const bool is_for_list = is_listing_ || now >= next_list_;
    const std::size_t most = is_for_list ? kInspectsBesideListMax : kInspectsInFlightMax;
    while (const std::optional<Inventory::Look> look = inventory_.Next(now, most))
      asio::co_spawn(loop_, InspectOnce(shared_from_this(), *look), asio::detached);
    const std::optional<TimePoint> due = inventory_.NextDue(now);
    if (!due || look_due_ == due) return;
    look_due_ = due;
    look_timer_.expires_after(*due - now);
    look_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error) return;
      self->look_due_.reset();
      self->Pump();
    });
  }

  void AnnounceSync() {
    if (is_complete_ || !is_listed_ || ended_ || !inventory_.is_complete()) return;
    is_complete_ = true;
    complete_hello_ = hello_;
    reader_->StreamIsWhole();
    Become(InventoryState::kSynced, "", "");
    Give(fleet::InventorySynced{continuity_});
  }

  void End(Error error) {
    if (ended_) return;
    ended_ = std::move(error);
    is_listed_ = false;
    wake_.cancel();
    look_timer_.cancel();
    look_due_.reset();
  }

  void Give(fleet::Event fact) {
    if (!outbox_.Give(std::move(fact))) Relist();
  }

  // More was lost than can be told apart: take a full list soon.
  void Relist() {
    next_list_ = std::min(next_list_, listed_at_ + options_.relist_spacing);
    wake_.cancel();
  }

  void Become(InventoryState state, std::string_view code, std::string reason) {
    if (status_.state != state) status_.since = runtime::Now();
    status_.state = state;
    status_.code = code;
    status_.reason = std::move(reason);
    sink_.OnInventory(status_);
  }

  void TellStatus() {
    status_.missed_events = inventory_.missed_events();
    status_.undecided = inventory_.undecided();
    if (status_ != told_status_) sink_.OnInventory(told_status_ = status_);
  }

  void TellCursor() {
    next_cursor_ = runtime::Now() + options_.cursor_interval;
    // Before the picture is complete, what was replayed may not have had its effect yet.
    if (!hello_ || !is_complete_ || last_event_ns_ == told_event_ns_) return;
    told_event_ns_ = last_event_ns_;
    sink_.OnCursor(
        {.engine_id = hello_->engine_id, .boot = options_.boot, .last_event_ns = last_event_ns_});
  }

  TimePoint NextList() {
    const auto fifth = static_cast<std::uint64_t>(options_.relist_interval.count() / 5);
    const auto jitter =
        static_cast<Duration::rep>(rng_.Below(2 * fifth + 1)) - static_cast<Duration::rep>(fifth);
    return runtime::Now() + options_.relist_interval + Duration(jitter);
  }

  awaitable<void> WaitUntil(TimePoint when) {
    wake_.expires_after(std::min(when - runtime::Now(), kWaitMost));
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  asio::io_context& loop_;
  asio::io_context& reader_loop_;
  docker::Engine& engine_;
  const spec::HostPolicy policy_;
  ObserverOptions options_;
  OwnActs& own_acts_;
  ObserverSink& sink_;
  FactOutbox outbox_;
  asio::steady_timer wake_;
  asio::steady_timer look_timer_;
  std::optional<TimePoint> look_due_;
  std::unique_ptr<EventReader> reader_;
  Inventory inventory_;
  InventoryStatus status_;
  InventoryStatus told_status_;
  Rng rng_;
  bool is_stopped_ = false;
  // The engine that answered last, and up to where its events were heard and told.
  std::optional<docker::EngineInfo> hello_;
  std::optional<docker::EngineInfo> complete_hello_;  // of the last complete picture
  EngineClock clock_;
  fleet::EngineContinuity continuity_ = fleet::EngineContinuity::kFirst;
  std::int64_t last_event_ns_ = 0;
  std::int64_t told_event_ns_ = 0;
  TimePoint next_cursor_{};
  // Events heard: in all, and when the last list and the one before it were asked for.
  std::uint64_t events_ = 0;
  std::uint64_t events_at_list_ = 0;
  std::uint64_t events_before_ = 0;
  std::uint64_t missed_events_ = 0;
  // Of the running session; answers of an older one are ignored.
  std::uint64_t session_ = 0;
  std::optional<Error> ended_;
  bool is_stream_end_ = false;
  bool is_open_ = false;
  bool is_listed_ = false;
  bool is_complete_ = false;
  bool is_listing_ = false;
  bool is_pinging_ = false;
  int pings_missed_ = 0;
  TimePoint next_ping_{};
  TimePoint next_list_{};
  TimePoint listed_at_{};
};

Observer::Observer(asio::io_context& loop, asio::io_context& reader_loop, docker::Engine& engine,
                   spec::HostPolicy policy, ObserverOptions options, OwnActs& own_acts,
                   ObserverSink& sink)
    : impl_(std::make_shared<Impl>(loop, reader_loop, engine, std::move(policy), std::move(options),
                                   own_acts, sink)) {}

Observer::~Observer() {
  impl_->Stop();
}

void Observer::Start() {
  auto run = [](std::shared_ptr<Impl> impl) -> awaitable<void> { co_await impl->Run(); };
  asio::co_spawn(impl_->loop(), run(impl_), asio::detached);
}

void Observer::LookAt(const ContainerId& id) {
  impl_->LookAt(id);
}

}  // namespace fairlead::controller

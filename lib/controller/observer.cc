#include "controller/observer.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <set>
#include <tuple>
#include <utility>

#include "base/backoff.h"
#include "controller/inventory.h"
#include "runtime/clock.h"

namespace fairlead::controller {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

// How many events are remembered to recognise one that a replay repeats.
constexpr std::size_t kReplayKeysMax = 4'096;

// Facts that the core could not take yet. Far more than one engine tells while a full inbox is
// worked off; beyond it only a new list can help.
constexpr std::size_t kUndeliveredMax = 4'096;

// Acts of somebody else that change what we may do, and the end of a process; all other actions
// only mean "look again".
bool IsAct(std::string_view action) {
  return action == "kill" || action == "stop" || action == "restart" || action == "pause" ||
         action == "destroy" || action == "die";
}

}  // namespace

class Observer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& loop, docker::Engine& engine, spec::HostPolicy policy,
       ObserverOptions options, OwnActs& own_acts, ObserverSink& sink)
      : loop_(loop),
        engine_(engine),
        policy_(std::move(policy)),
        options_(options),
        own_acts_(own_acts),
        sink_(sink),
        wake_(loop),
        rng_(options.seed) {}

  awaitable<void> Run() {
    const DoublingBackoff backoff{.first = options_.reconnect_first,
                                  .most = options_.reconnect_most};
    for (int failures = 0; !stopped_;) {
      const Error error = co_await Session();
      if (stopped_) co_return;
      Give(fleet::InventoryStale{.reason = error.Text(), .is_stream_end = is_stream_end_});
      failures = was_synced_ ? 0 : failures + 1;
      wake_.expires_after(backoff.Jittered(failures, rng_) + options_.reconnect_first);
      boost::system::error_code ignored;
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  asio::io_context& loop() { return loop_; }

  void Stop() {
    stopped_ = true;
    End(Error{Code::kCancelled, "observe engine: stopping"});
  }

  void LookAt(const ContainerId& id) {
    inventory_.Forget(id);
    inventory_.Mark(id);
    Pump();
  }

  // More was lost than can be told apart: take a full list soon.
  void Relist() {
    next_list_ = std::min(next_list_, listed_at_ + options_.relist_spacing);
    wake_.cancel();
  }

 private:
  // One life of the event stream, from hello to its end; says why it ended.
  awaitable<Error> Session() {
    was_synced_ = false;
    is_stream_end_ = false;
    ended_.reset();
    const Result<docker::EngineInfo> hello = co_await engine_.Hello();
    if (!hello) co_return hello.error();
    sink_.OnEngineInfo(*hello);
    ++session_;
    const Result<> opened = co_await OpenStream(*hello);
    if (!opened) {
      End(opened.error());
      co_return opened.error();
    }
    is_first_list_ = true;
    next_list_ = NextList();  // before the list: whoever asks for another one meanwhile gets it
    const Result<> listed = co_await List();
    if (!listed) End(listed.error());
    next_ping_ = runtime::Now() + options_.ping_interval;
    pings_missed_ = 0;
    co_await Watch();
    stream_cancel_.emit(asio::cancellation_type::terminal);
    co_return *ended_;
  }

  awaitable<Result<>> OpenStream(const docker::EngineInfo& hello) {
    // Our first subscription starts at the engine's own now; a later one overlaps what was seen.
    const std::int64_t since =
        last_event_ns_ == 0
            ? hello.system_time_ns
            : std::min(last_event_ns_, hello.system_time_ns) - options_.replay_overlap.count();
    is_open_ = false;
    auto on_open = [self = shared_from_this(), session = session_] {
      if (self->session_ != session) return;
      self->is_open_ = true;
      self->wake_.cancel();
    };
    auto on_event = [self = shared_from_this(), session = session_](docker::EngineEvent event) {
      if (self->session_ == session) self->OnEvent(event);
    };
    auto on_end = [self = shared_from_this(), session = session_](std::exception_ptr,
                                                                  Result<> result) {
      if (self->session_ != session) return;
      self->is_stream_end_ = self->is_open_ && !self->ended_;
      self->End(result ? Error{Code::kUnavailable, "read engine events: stream ended"}
                       : result.error());
    };
    asio::co_spawn(loop_, engine_.Events(since, std::move(on_open), std::move(on_event)),
                   asio::bind_cancellation_slot(stream_cancel_.slot(), std::move(on_end)));
    const TimePoint deadline = runtime::Now() + options_.stream_open_timeout;
    while (!is_open_ && !ended_) {
      const bool late = runtime::Now() >= deadline;
      if (late) {
        stream_cancel_.emit(asio::cancellation_type::terminal);
        co_return Fail(Code::kDeadlineExceeded, "open engine event stream: no answer");
      }
      co_await WaitUntil(deadline);
    }
    if (ended_) co_return std::unexpected(*ended_);
    co_return Result<>();
  }

  awaitable<Result<>> List() {
    listed_at_ = runtime::Now();
    const Result<std::vector<docker::ContainerSummary>> listed = co_await engine_.List();
    if (!listed) co_return std::unexpected(listed.error());
    for (const ContainerId& id : inventory_.Reconcile(*listed, is_first_list_))
      Give(fleet::ContainerGone{id});
    sink_.OnMissedEvents(inventory_.missed_events());
    is_first_list_ = false;
    is_listed_ = true;
    Pump();
    co_return Result<>();
  }

  // Until the session ends: pings, full lists, and the news that the picture is complete.
  awaitable<void> Watch() {
    while (!ended_) {
      const TimePoint now = runtime::Now();
      if (now >= next_ping_) {
        next_ping_ = now + options_.ping_interval;
        asio::co_spawn(loop_, PingOnce(shared_from_this(), session_), asio::detached);
      }
      if (now >= next_list_) {
        next_list_ = NextList();
        asio::co_spawn(loop_, ListOnce(shared_from_this(), session_), asio::detached);
      }
      AnnounceSync();
      co_await WaitUntil(std::min(next_ping_, next_list_));
    }
  }

  // Static, with the object held by argument, so that a late answer never meets a dead observer.
  static awaitable<void> PingOnce(std::shared_ptr<Impl> self, std::uint64_t session) {
    const Result<> pong = co_await self->engine_.Ping();
    if (self->session_ != session || self->ended_) co_return;
    self->pings_missed_ = pong ? 0 : self->pings_missed_ + 1;
    if (self->pings_missed_ >= self->options_.pings_missed_max) self->End(pong.error());
  }

  static awaitable<void> ListOnce(std::shared_ptr<Impl> self, std::uint64_t session) {
    const Result<> listed = co_await self->List();
    if (self->session_ == session && !listed) self->End(listed.error());
  }

  static awaitable<void> InspectOnce(std::shared_ptr<Impl> self, ContainerId id) {
    const Result<ContainerFacts> facts = co_await self->engine_.Inspect(id);
    self->OnInspected(id, facts);
  }

  static awaitable<void> MarkLater(std::shared_ptr<Impl> self, ContainerId id) {
    asio::steady_timer timer(self->loop_, self->options_.inspect_retry);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    self->inventory_.Mark(id);
    self->Pump();
  }

  void OnInspected(const ContainerId& id, const Result<ContainerFacts>& facts) {
    using Outcome = Inventory::Outcome;
    if (facts) {
      spec::LabelReading reading = spec::ReadLabels(*facts, policy_);
      inventory_.Done(id, reading.opted_in ? Outcome::kManaged : Outcome::kNotOurs, facts->status,
                      facts->started_at);
      if (reading.opted_in) Give(fleet::ContainerObserved{*facts, std::move(reading)});
    } else if (facts.error().code == Code::kNotFound) {
      inventory_.Done(id, Outcome::kGone);
      Give(fleet::ContainerGone{id});
    } else {
      inventory_.Done(id, Outcome::kFailed);
      asio::co_spawn(loop_, MarkLater(shared_from_this(), id), asio::detached);
    }
    Pump();
    AnnounceSync();
  }

  void OnEvent(const docker::EngineEvent& event) {
    if (IsRepeat(event)) return;
    last_event_ns_ = std::max(last_event_ns_, event.time_ns);
    if (event.type == "network") {
      // A hint that names nobody means everybody.
      if (event.network_container_id.empty()) {
        inventory_.MarkAllKnown();
      } else if (!inventory_.Mark(ContainerId(event.network_container_id))) {
        Relist();
      }
    } else if (event.type == "container") {
      const ContainerId id{event.actor_id};
      if (IsAct(event.action) && !own_acts_.Explains(id, event.action, runtime::Now())) {
        Give(fleet::ForeignActSeen{.id = id, .verb = event.action, .signal = event.signal});
      }
      if (event.action == "destroy") inventory_.Forget(id);
      if (!inventory_.Mark(id)) Relist();
    }
    Pump();
  }

  // A resumed stream repeats its overlap; an act that is told twice would be taken for two.
  bool IsRepeat(const docker::EngineEvent& event) {
    auto key = std::make_tuple(event.time_ns, event.actor_id, event.action);
    if (!replay_keys_.insert(std::move(key)).second) return true;
    if (replay_keys_.size() > kReplayKeysMax) replay_keys_.erase(replay_keys_.begin());
    return false;
  }

  void Pump() {
    while (const std::optional<ContainerId> id = inventory_.Next()) {
      asio::co_spawn(loop_, InspectOnce(shared_from_this(), *id), asio::detached);
    }
  }

  void AnnounceSync() {
    if (was_synced_ || !is_listed_ || ended_ || !inventory_.settled()) return;
    was_synced_ = true;
    Give(fleet::InventorySynced{});
  }

  void End(Error error) {
    if (ended_) return;
    ended_ = std::move(error);
    is_listed_ = false;
    wake_.cancel();
  }

  // What the core cannot take now waits here, in order: a person's stop that is lost would be taken
  // for a crash, and a container that is gone is told once only.
  void Give(fleet::Event fact) {
    if (undelivered_.size() >= kUndeliveredMax) {
      Relist();
      return;
    }
    undelivered_.push_back(std::move(fact));
    if (!is_retrying_) Deliver();
  }

  void Deliver() {
    is_retrying_ = false;
    for (; !undelivered_.empty(); undelivered_.pop_front()) {
      if (sink_.OnFact(undelivered_.front())) continue;
      is_retrying_ = true;
      asio::co_spawn(loop_, DeliverLater(shared_from_this()), asio::detached);
      return;
    }
  }

  static awaitable<void> DeliverLater(std::shared_ptr<Impl> self) {
    asio::steady_timer timer(self->loop_, self->options_.deliver_retry);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!self->stopped_) self->Deliver();
  }

  TimePoint NextList() {
    const auto fifth = static_cast<std::uint64_t>(options_.relist_interval.count() / 5);
    const auto jitter =
        static_cast<Duration::rep>(rng_.Below(2 * fifth + 1)) - static_cast<Duration::rep>(fifth);
    return runtime::Now() + options_.relist_interval + Duration(jitter);
  }

  awaitable<void> WaitUntil(TimePoint when) {
    wake_.expires_after(when - runtime::Now());
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  asio::io_context& loop_;
  docker::Engine& engine_;
  const spec::HostPolicy policy_;
  const ObserverOptions options_;
  OwnActs& own_acts_;
  ObserverSink& sink_;
  asio::steady_timer wake_;
  asio::cancellation_signal stream_cancel_;
  Rng rng_;
  Inventory inventory_;
  std::set<std::tuple<std::int64_t, std::string, std::string>> replay_keys_;
  std::deque<fleet::Event> undelivered_;
  bool is_retrying_ = false;
  std::int64_t last_event_ns_ = 0;
  bool stopped_ = false;
  // Of the running session; answers of an older one are ignored.
  std::uint64_t session_ = 0;
  std::optional<Error> ended_;
  bool is_open_ = false;
  bool is_stream_end_ = false;  // the engine itself closed the stream
  bool is_listed_ = false;
  bool is_first_list_ = true;
  bool was_synced_ = false;
  int pings_missed_ = 0;
  TimePoint next_ping_{};
  TimePoint next_list_{};
  TimePoint listed_at_{};
};

Observer::Observer(asio::io_context& loop, docker::Engine& engine, spec::HostPolicy policy,
                   ObserverOptions options, OwnActs& own_acts, ObserverSink& sink)
    : impl_(std::make_shared<Impl>(loop, engine, std::move(policy), options, own_acts, sink)) {}

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

#include "front/pump.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::front {
namespace {

// Every change is told once, and each time everything is tried that might go on.
constexpr std::uint32_t kAnything = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
// Of one connection, before others get their turn.
constexpr int kRoundsPerTurn = 8;

h2::IoOutcome WriteTo(h2::Transport& transport, std::span<const std::byte> bytes) {
  const std::array<iovec, 1> piece = {
      {{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()}}};
  return transport.Write(piece);
}

}  // namespace

Pump::Pump(runtime::EventLoop& loop, std::unique_ptr<h2::Transport> outer,
           std::span<std::byte> scratch, const std::optional<GuardLimits>& guard, Told told)
    : loop_(loop),
      outer_(std::move(outer)),
      scratch_(scratch),
      told_(std::move(told)),
      begun_at_(runtime::Now()) {
  if (guard) guard_.emplace(*guard, begun_at_);
}

Pump::~Pump() {
  TellHeld(0);
  loop_.Remove(outer_watch_);
  loop_.Remove(inner_watch_);
}

void Pump::Start() {
  Result<runtime::EventLoop::Watch> watch = loop_.Add(outer_->descriptor(), kAnything, wake_);
  if (!watch) return End({.limit = "connections", .why = watch.error().message});
  outer_watch_ = *watch;
  Run();
}

void Pump::Run() {
  switch (state_) {
    case State::kOver:
      return;
    case State::kParting:
      return HearParting();
    case State::kHandshake:
      if (!Agree()) return;
      state_ = State::kGreeting;
      [[fallthrough]];
    case State::kGreeting:
      if (!Greet() || !HandOver()) return;
      state_ = State::kRelaying;
      [[fallthrough]];
    case State::kRelaying:
      return Relay();
  }
}

bool Pump::Agree() {
  const h2::IoOutcome outcome = outer_->Establish();
  if (outcome.state == h2::IoState::kWouldBlock) return false;
  if (outcome.state == h2::IoState::kDone) return true;
  Part(Trouble(), {});
  return false;
}

Refusal Pump::Trouble() const {
  return {.limit = {}, .why = outer_->trouble(), .is_peers_fault = outer_->is_peers_fault()};
}

bool Pump::Greet() {
  while (guard_ && !guard_->has_greeted()) {
    const h2::IoOutcome read = outer_->Read(scratch_);
    if (read.state == h2::IoState::kWouldBlock) return false;
    if (read.state != h2::IoState::kDone) {
      End(Trouble());
      return false;
    }
    const std::span<const std::byte> said = scratch_.first(read.bytes);
    if (!Judge(in_, said)) {
      Cut(*breach_);
      return false;
    }
    in_.kept.append(reinterpret_cast<const char*>(said.data()), said.size());
  }
  return true;
}

bool Pump::HandOver() {
  inner_ = told_.agreed();
  if (inner_ == nullptr) {
    End({.limit = "connections", .why = "there is no descriptor left for its connection"});
    return false;
  }
  Result<runtime::EventLoop::Watch> watch = loop_.Add(inner_->descriptor(), kAnything, wake_);
  if (!watch) {
    End({.limit = "connections", .why = watch.error().message});
    return false;
  }
  inner_watch_ = *watch;
  return true;
}

void Pump::Relay() {
  for (int round = 0; round < kRoundsPerTurn; ++round) {
    const Turn in = in_.has_ended && in_.kept.empty() ? Turn::kStill : Move(*outer_, *inner_, in_);
    if (in == Turn::kBreach) return Cut(*breach_);
    // A server that has said its last word takes nothing more, and that word is still to be sent.
    if (in == Turn::kBroken) in_ = {.kept = {}, .has_ended = true};
    if (in_.has_ended && in_.kept.empty() && !std::exchange(is_told_of_end_, true))
      shutdown(inner_->descriptor(), SHUT_WR);
    const Turn out = Move(*inner_, *outer_, out_);
    if (out == Turn::kBroken || (out_.has_ended && out_.kept.empty())) return End(Trouble());
    if (in != Turn::kMoved && out != Turn::kMoved) return;
  }
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Run();
  });
}

Pump::Turn Pump::Move(h2::Transport& from, h2::Transport& to, Way& way) {
  std::span<const std::byte> said = std::as_bytes(std::span(way.kept));
  if (said.empty()) {
    const h2::IoOutcome read = from.Read(scratch_);
    if (read.state == h2::IoState::kWouldBlock) return Turn::kStill;
    if (read.state != h2::IoState::kDone) {
      way.has_ended = true;
      return Turn::kMoved;
    }
    said = scratch_.first(read.bytes);
    if (!Judge(way, said)) return Turn::kBreach;
  }
  const h2::IoOutcome written = WriteTo(to, said);
  const bool is_well =
      written.state == h2::IoState::kDone || written.state == h2::IoState::kWouldBlock;
  if (!is_well) return Turn::kBroken;
  if (written.bytes > 0 || way.kept.empty()) way.taken_at = runtime::Now();
  const std::span<const std::byte> rest = said.subspan(written.bytes);
  way.kept = std::string(reinterpret_cast<const char*>(rest.data()), rest.size());
  return rest.empty() ? Turn::kMoved : Turn::kStill;
}

bool Pump::Judge(const Way& way, std::span<const std::byte> said) {
  if (!guard_) return true;
  if (&way == &in_) {
    breach_ = guard_->FromClient(said, runtime::Now());
    TellHeld(guard_->unfinished_bytes());
  } else {
    guard_->FromServer(said, runtime::Now());
  }
  return !breach_;
}

void Pump::TellHeld(std::size_t bytes) {
  const auto more = static_cast<std::ptrdiff_t>(bytes) - static_cast<std::ptrdiff_t>(held_bytes_);
  held_bytes_ = bytes;
  if (more != 0) told_.holds(more);
}

// The server hears of it at once, so that it gives up what it has of the peer.
void Pump::Cut(const Breach& breach) {
  loop_.Remove(inner_watch_);
  inner_.reset();
  TellHeld(0);
  const bool is_between = out_.kept.empty();
  Part({.limit = breach.limit, .why = std::string(breach.why), .is_peers_fault = true},
       is_between ? guard_->LastWord(breach) : std::vector<std::byte>());
}

// It has nothing under way that an end could cost it.
void Pump::Dismiss(const Breach& breach) {
  if (out_.kept.empty()) WriteTo(*outer_, guard_->LastWord(breach));
  End({.limit = breach.limit, .why = std::string(breach.why)});
}

void Pump::Part(const Refusal& refusal, std::span<const std::byte> word) {
  if (refusal.why.empty() || !told_.refused(refusal)) return End();
  if (!word.empty() && WriteTo(*outer_, word).bytes != word.size()) return End();
  state_ = State::kParting;
  parting_.emplace(*outer_, runtime::Now());
  HearParting();
}

void Pump::HearParting() {
  if (parting_->Hear(scratch_)) End();
}

void Pump::Sweep(TimePoint now, Duration handshake_timeout, Duration stall_timeout) {
  const bool is_late = now - begun_at_ >= handshake_timeout;
  switch (state_) {
    case State::kOver:
      return;
    case State::kParting:
      if (parting_->IsLate(now)) End();
      return;
    case State::kHandshake:
    case State::kGreeting:
      if (is_late)
        End({.limit = "handshake",
             .why = state_ == State::kHandshake ? "its handshake was not over in time"
                                                : "it did not begin to speak in time",
             .is_peers_fault = true});
      return;
    case State::kRelaying:
      break;
  }
  if (!out_.kept.empty() && now - out_.taken_at >= stall_timeout)
    return End({.limit = "unread", .why = "it takes nothing of what it is sent"});
  if (!guard_) return;
  if (const std::optional<Breach> breach = guard_->Sweep(now)) Cut(*breach);
}

void Pump::End(const Refusal& refusal) {
  if (state_ != State::kOver && !refusal.why.empty()) told_.refused(refusal);
  End();
}

void Pump::End() {
  if (std::exchange(state_, State::kOver) == State::kOver) return;
  loop_.Remove(outer_watch_);
  loop_.Remove(inner_watch_);
  TellHeld(0);
  told_.over();
}

}  // namespace fairlead::front

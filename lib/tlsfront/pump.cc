#include "tlsfront/pump.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::tlsfront {
namespace {

// Every change is told once, and each time everything is tried that might go on.
constexpr std::uint32_t kAnything = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
// Of one connection, before others get their turn.
constexpr int kRoundsPerTurn = 8;

}  // namespace

Pump::Pump(runtime::EventLoop& loop, std::unique_ptr<h2::Transport> outer,
           std::span<std::byte> scratch, Told told)
    : loop_(loop),
      outer_(std::move(outer)),
      scratch_(scratch),
      told_(std::move(told)),
      begun_at_(runtime::Now()) {}

Pump::~Pump() {
  loop_.Remove(outer_watch_);
  loop_.Remove(inner_watch_);
}

void Pump::Start() {
  Result<runtime::EventLoop::Watch> watch = loop_.Add(outer_->descriptor(), kAnything, wake_);
  if (!watch) return End(watch.error().message);
  outer_watch_ = *watch;
  Run();
}

bool Pump::Agree() {
  const h2::IoOutcome outcome = outer_->Establish();
  if (outcome.state == h2::IoState::kWouldBlock) return false;
  if (outcome.state != h2::IoState::kDone) {
    Part(outer_->trouble());
    return false;
  }
  inner_ = told_.agreed();
  if (inner_ == nullptr) {
    End("there is no descriptor left for its connection");
    return false;
  }
  Result<runtime::EventLoop::Watch> watch = loop_.Add(inner_->descriptor(), kAnything, wake_);
  if (!watch) {
    End(watch.error().message);
    return false;
  }
  inner_watch_ = *watch;
  return true;
}

void Pump::Part(const std::string& why) {
  if (why.empty()) return End("");
  parting_.emplace(*outer_, runtime::Now());
  told_.refused(why);
  HearParting();
}

void Pump::HearParting() {
  if (parting_->Hear(scratch_)) End("");
}

void Pump::Run() {
  if (parting_ && !is_over_) return HearParting();
  if (is_over_ || (!has_agreed() && !Agree())) return;
  for (int round = 0; round < kRoundsPerTurn; ++round) {
    const Turn in = in_.has_ended && in_.kept.empty() ? Turn::kStill : Move(*outer_, *inner_, in_);
    // A server that has said its last word takes nothing more, and that word is still to be sent.
    if (in == Turn::kBroken) in_ = {.kept = {}, .has_ended = true};
    if (in_.has_ended && in_.kept.empty() && !std::exchange(is_told_of_end_, true))
      shutdown(inner_->descriptor(), SHUT_WR);
    const Turn out = Move(*inner_, *outer_, out_);
    if (out == Turn::kBroken || (out_.has_ended && out_.kept.empty()))
      return End(outer_->trouble());
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
  }
  const std::array<iovec, 1> piece = {
      {{.iov_base = const_cast<std::byte*>(said.data()), .iov_len = said.size()}}};
  const h2::IoOutcome written = to.Write(piece);
  const bool is_well =
      written.state == h2::IoState::kDone || written.state == h2::IoState::kWouldBlock;
  if (!is_well) return Turn::kBroken;
  if (written.bytes > 0 || way.kept.empty()) way.taken_at = runtime::Now();
  const std::span<const std::byte> rest = said.subspan(written.bytes);
  way.kept = std::string(reinterpret_cast<const char*>(rest.data()), rest.size());
  return rest.empty() ? Turn::kMoved : Turn::kStill;
}

void Pump::Sweep(TimePoint now, Duration handshake_timeout, Duration stall_timeout) {
  if (is_over_) return;
  if (parting_) {
    if (parting_->IsLate(now)) End("");
    return;
  }
  is_too_slow_ = !has_agreed() && now - begun_at_ >= handshake_timeout;
  if (is_too_slow_) return End("its handshake was not over in time");
  if (!out_.kept.empty() && now - out_.taken_at >= stall_timeout)
    End("it takes nothing of what it is sent");
}

void Pump::End(const std::string& why) {
  if (std::exchange(is_over_, true)) return;
  loop_.Remove(outer_watch_);
  loop_.Remove(inner_watch_);
  if (!why.empty()) told_.refused(why);
  told_.over();
}

}  // namespace fairlead::tlsfront

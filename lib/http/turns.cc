#include "http/turns.h"

#include <algorithm>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::http {

namespace {
// Begun in one go, and how soon the next when more wait: with some 0.1 ms each, over all threads
// that it passes through, connections that are begun take at most half a core from those that are
// there.
constexpr int kBeginsPerTurn = 2;
constexpr Duration kTurn = std::chrono::microseconds(500);
// Of one address while half of all that may wait do: ten addresses together leave room for others.
constexpr std::size_t kCrowd = 128;
}  // namespace

Turns::Turns(boost::asio::io_context& context, const h2::ArrivalLimits& limits, Begin begin)
    : limits_(limits),
      begin_(std::move(begin)),
      arrivals_(std::in_place, limits),
      timer_(context) {}

bool Turns::Add(runtime::FileDescriptor socket, h2::Peer peer) {
  const std::string address = peer.address;
  const auto counted = waiting_of_.find(address);
  const std::size_t alike = counted == waiting_of_.end() ? 0 : counted->second;
  if (alike >= kCrowd && waiting_ >= limits_.waiting_max / 2) return false;
  if (!arrivals_->Add({.socket = std::move(socket), .peer = std::move(peer)}, runtime::Now()))
    return false;
  ++waiting_;
  ++waiting_of_[address];
  Schedule();
  return true;
}

void Turns::Offended(const h2::Peer& peer) {
  arrivals_->Offended(peer, runtime::Now());
}

void Turns::Stop() {
  arrivals_.emplace(limits_);
  waiting_of_.clear();
  waiting_ = 0;
  timer_.cancel();
  set_for_.reset();
}

void Turns::Schedule() {
  const std::optional<TimePoint> due = arrivals_->DueAt();
  if (!due) return;
  const TimePoint when = std::max(*due, not_before_);
  if (set_for_ && *set_for_ <= when) return;
  set_for_ = when;
  const TimePoint now = runtime::Now();
  timer_.expires_after(when <= now ? Duration::zero() : when - now);
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
    if (error || alive.expired()) return;  // it was set anew
    set_for_.reset();
    BeginSome();
  });
}

void Turns::BeginSome() {
  const TimePoint now = runtime::Now();
  for (int i = 0; i < kBeginsPerTurn; ++i) {
    std::optional<h2::Arrival> next = arrivals_->Next(now);
    if (!next) return Schedule();
    --waiting_;
    const auto of_peer = waiting_of_.find(next->peer.address);
    if (--of_peer->second == 0) waiting_of_.erase(of_peer);
    begin_(std::move(next->socket), next->peer);
  }
  not_before_ = now + kTurn;
  Schedule();
}

}  // namespace fairlead::http

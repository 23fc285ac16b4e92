#include "gateway/deadlines.h"

#include "runtime/clock.h"

namespace fairlead::gateway {

Deadlines::Place Deadlines::Add(TimePoint when, Call& call) {
  if (!armed_for_ || when < *armed_for_) Arm(when);
  return calls_.emplace(when, &call);
}

void Deadlines::Arm(TimePoint when) {
  armed_for_ = when;
  timer_.expires_after(when - runtime::Now());
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && alive.lock()) Expire();
  });
}

void Deadlines::Expire() {
  armed_for_.reset();
  const TimePoint now = runtime::Now();
  while (!calls_.empty() && calls_.begin()->first <= now) {
    Call& call = *calls_.begin()->second;
    calls_.erase(calls_.begin());
    call.OnDeadline();
  }
  if (!calls_.empty() && !armed_for_) Arm(calls_.begin()->first);
}

}  // namespace fairlead::gateway

// CallerCount: who still calls a draining replica, by the best evidence at hand.
//
// Why: the kernel's count of connections is exact, of each replica, and sees callers that use no
// list of ours. Where it cannot be asked (no right to enter the replica's network namespace, no
// view of its processes) the clients' own load reports are next: they tell no replica of a service
// from another, so what they can say is "no call to the whole service was open at that moment".
// Said after the list without the replica was adopted, it holds of the replica for good.
// Threads: one, the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "controller/control.h"
#include "fleet/effects.h"

namespace fairlead::controller {

class CallerCount {
 public:
  using Kernel = std::function<Result<int>(const fleet::BeginTrafficWatch&)>;
  // Whether every client that uses the service has told after `since` that no call of its own was
  // open. False where one cannot tell, and where there is no client.
  using Reports = std::function<bool(const ServiceName&, TimePoint since)>;

  // `control` outlives it.
  CallerCount(Kernel kernel, const Control& control, Reports reports);

  // Connections of others than us; 0 too where that is what the reports say. The kernel's error,
  // where these do not help either.
  Result<int> Count(const fleet::BeginTrafficWatch& target, TimePoint now);

 private:
  // Since when the list without the replica is known to be adopted, as seen from here.
  struct Seen {
    std::uint64_t revision = 0;
    TimePoint since{};
    TimePoint asked_at{};
  };

  std::optional<ServiceName> AdoptedWithout(const Generation& generation, std::uint64_t& revision);

  const Kernel kernel_;
  const Control& control_;
  const Reports reports_;
  std::map<Generation, Seen> seen_;  // of those asked about lately
};

}  // namespace fairlead::controller

// PidWatch: tells the end of a container's init at the moment the kernel knows it.
//
// Why: the engine tells a death some 27 ms after it, because the runtime reaps first. A pidfd is
// readable at once, costs one descriptor and nothing else while the process lives, and cannot be
// fooled by a number that is used again.
// Deaths come in company (a host that runs out of memory, `docker kill $(docker ps -q)`), and a
// killed process may wait long for a core to end on: one end makes us look who else was killed, and
// that counts as an end. It will not answer again.
// Limits: it needs to see the engine's processes, so the host's PID namespace and an engine on this
// host. Where it cannot, it says so once, with what to do, and everything else goes on.
// Threads: Begin and End from any thread; `exited` and `told` are called on the loop.
// Invariants: `exited` is called at most once per Begin, and never after the End that came before
// it on the loop; only for a process that was proven to be the container's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "spec/names.h"

namespace fairlead::pidwatch {

// Whether deaths are seen this way.
struct Support {
  enum class State { kUntried, kOn, kOff };
  State state = State::kUntried;
  std::string reason;  // of kOff: why, and what to do
  bool operator==(const Support&) const = default;
};

// Watches at most this many, and no more than this share of the process's descriptors, which
// connections need more; those beyond are seen by the other signals only.
inline constexpr std::size_t kWatchedMax = 16'384;
inline constexpr std::size_t kDescriptorShare = 4;  // a quarter

// Processes looked at in one go after an end, between which ends are told: a look takes 10 us.
inline constexpr std::size_t kLooksPerTurn = 64;

class PidWatch {
 public:
  using Exited = std::function<void(const Generation&)>;
  using Told = std::function<void(const Support&)>;

  // `told` is called whenever the support changes. The loop must outlive the watch.
  PidWatch(boost::asio::io_context& loop, Exited exited, Told told);
  // On the loop, or after it has ended.
  ~PidWatch();
  PidWatch(const PidWatch&) = delete;
  PidWatch& operator=(const PidWatch&) = delete;

  // Watches process `pid` (> 0, as inspect says) for this life of the container. A process that is
  // gone already is told at once, if others could be seen.
  void Begin(Generation generation, std::int64_t pid);
  void End(Generation generation);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fairlead::pidwatch

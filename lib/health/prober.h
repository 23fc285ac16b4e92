// Prober: asks generations how they are, on a schedule, and says what came back.
//
// Threads: Begin, End and CheckSoon may be called from any thread; the sink is called on the
// prober's own loop and must only hand the value on.
// Limits: see health/limits.h; a hostile target costs bounded time, bytes and memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "health/limits.h"
#include "runtime/event_loop.h"
#include "spec/check.h"
#include "tls/profile.h"

namespace fairlead::health {

// Makes a TCP socket of `family` inside a replica's network namespace, non-blocking and
// close-on-exec, and gives its descriptor away. Called on the prober's loop, for each connection to
// a target with CheckTarget::inside; must not switch the namespace of the calling thread.
// kResourceExhausted is told as no-fd, any other error as no-route with its message.
using SocketInside = std::function<Result<int>(const spec::NetworkNamespace& place, int family)>;

class ProbeSink {
 public:
  virtual ~ProbeSink() = default;
  virtual void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) = 0;
  // The peer closed the kept connection; a re-check follows at once by itself.
  virtual void OnConnectionClosed(const Generation& generation) = 0;
  // The target does not answer as it used to, or does again: one call for each change of the stage.
  virtual void OnSuspicion(const Generation& /*generation*/, const spec::SuspectNews& /*news*/) {}
  // The server ended its connection because of transport questions: it is asked none any more.
  virtual void OnTransportRefused(const Generation& /*generation*/) {}
  // Our own health server does not answer over the path that every check takes, or does again; one
  // call for each change. Until then no check is told as failed that the canary did not vouch for.
  virtual void OnCanary(bool /*passes*/, const std::string& /*detail*/) {}
};

class Prober {
 public:
  virtual ~Prober() = default;

  // Checks the target every interval from now on: the first at a phase spread by container id (at
  // once for a single new target, paced when many come together), until End. A second Begin of one
  // generation replaces its target.
  virtual void Begin(const spec::CheckTarget& target) = 0;
  virtual void End(const Generation& generation) = 0;
  // One extra check `after` from now; the regular ones go on. Unknown generations are ignored.
  virtual void CheckSoon(const Generation& generation, Duration after) = 0;
};

// The profiles that targets may name (HealthSpec::tls_profile). `tell` is called on the prober's
// loop.
struct TlsSettings {
  std::vector<tls::Profile> profiles{};
  std::function<void(const tls::ProfileNews&)> tell{};
};

// The prober of this process: checks over the network (grpc, tcp, http) on `loop`. Targets of
// protocol docker or none are ignored: the engine's word stands for them. Without `socket_inside` a
// target that asks for it is answered no-route. `tls`: the profiles that targets name.
// Destroy it on the loop's thread, or after the loop has stopped; all arguments must outlive it.
std::unique_ptr<Prober> MakeProber(runtime::EventLoop& loop, const ProberLimits& limits,
                                   ProbeSink& sink, SocketInside socket_inside = {},
                                   const TlsSettings& tls = {});

}  // namespace fairlead::health

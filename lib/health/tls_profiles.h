// TlsProfiles: the host's TLS profiles as the checks use them.
//
// Why a timer beside the look before each connection: kept connections last for weeks, and a file
// that was replaced by a bad one shall be told when that happens, not when it is needed.
// Threads: the prober's loop; `tell` is called there.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "h2/transport.h"
#include "health/prober.h"
#include "runtime/event_loop.h"
#include "spec/check.h"
#include "tls/live_profile.h"

namespace fairlead::health {

class TlsProfiles {
 public:
  // Reads every profile at once.
  TlsProfiles(runtime::EventLoop& loop, const TlsSettings& settings, Duration look_interval);

  // What the target's connections are spoken over; empty for a target without TLS. A profile that
  // is not there is told as class tls.
  h2::TransportMaker TransportsFor(const spec::CheckTarget& target) const;
  // The server's name for the request's authority, as the profile or the target has it; empty for
  // none.
  std::string ServerName(const spec::CheckTarget& target) const;

 private:
  void LookAtAll();

  const Duration look_interval_;
  std::map<std::string, std::shared_ptr<tls::LiveProfile>, std::less<>> profiles_;
  runtime::LoopTimer timer_;
};

}  // namespace fairlead::health

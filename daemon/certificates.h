// Certificates: which certificates the daemon's parts use, and until when.
//
// Threads: any.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/certificate_messages.h"
#include "metrics/meter.h"
#include "runtime/mutex.h"
#include "tls/profile.h"

namespace fairlead::daemon {

class Certificates {
 public:
  // `engine`: the profile that a TCP engine is asked with, whose files are read at each connect.
  explicit Certificates(std::optional<tls::Profile> engine) : engine_(std::move(engine)) {}

  // What the files of a profile came to, for `plane`.
  void Take(std::string_view plane, const tls::ProfileNews& news);
  // Those that we write for services, all of them; `profile` is whose it is, which no name of a
  // profile can be, or one of ours.
  void TakeOurs(std::vector<admin::CertificateInUse> ours);
  // In the order of profiles, then planes. Reads the engine's files.
  std::vector<admin::CertificateInUse> All() const;
  void TellTo(metrics::Meter& meter) const;

 private:
  using Key = std::pair<std::string, std::string>;  // profile, plane

  const std::optional<tls::Profile> engine_;
  mutable runtime::Mutex mutex_;
  std::map<Key, admin::CertificateInUse> known_ FAIRLEAD_GUARDED_BY(mutex_);
  std::vector<admin::CertificateInUse> ours_ FAIRLEAD_GUARDED_BY(mutex_);
};

}  // namespace fairlead::daemon

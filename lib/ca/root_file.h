// RootFile: the daemon's own roots on disk.
//
// Why it is never replaced when it is odd: callers believe the root that is in it. A new one in its
// place would cut all of them off, and the old one would still sign for whoever took the file.
// Threads: one at a time; blocks on the disk.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ca/authority.h"
#include "ca/own_file.h"

namespace fairlead::ca {

// In the state directory, whose group is the network part's too: 0600, and nobody's but ours.
inline constexpr std::string_view kRootFileName = "service-ca.pem";

class RootFile {
 public:
  explicit RootFile(const std::string& state_dir);

  const std::string& path() const { return file_.path(); }
  // Empty: there is none yet. kPermissionDenied, kDataLoss, kUnavailable with a sentence: it is
  // there, and not to be used as it is.
  Result<std::vector<Authority>> Read() const;
  // Takes the place of what was there, whole; on disk when this returns. Errors: OwnFile's.
  Result<> Write(const std::vector<Authority>& roots) const;

 private:
  const OwnFile file_;
};

}  // namespace fairlead::ca

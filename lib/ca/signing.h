// Signing: who signs leaves now, and whom callers are to believe: roots of the daemon's own, or an
// operator's intermediate.
//
// Threads: one at a time; blocks on the disk. Time is an argument.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ca/authority.h"
#include "ca/root_file.h"
#include "tls/profile.h"
#include "tls/profile_files.h"

namespace fairlead::ca {

class Signing {
 public:
  struct Now {
    const Authority* signer = nullptr;  // until the next call
    std::string bundle;                 // PEM
  };

  // `issuer`: an intermediate's files; nothing: a root of our own, in `state_dir`, which is made
  // and written down when it is first needed. `tell` hears of each root that is made.
  Signing(std::string state_dir, std::optional<tls::Profile> issuer,
          std::function<void(const std::string&)> tell);

  // Fails with a sentence while nobody may sign. An intermediate's files that are no good do no
  // harm while the former is.
  Result<Now> At(Wall now);
  // What is wrong although At() succeeds; empty: nothing.
  const std::string& trouble() const { return trouble_; }

 private:
  Result<Now> OfIssuer(Wall now);
  Result<Now> OfRoots(Wall now);
  Result<> TakeIssuer(Wall now);
  Result<> AddRoot(Wall now);

  const RootFile file_;
  const std::optional<tls::Profile> issuer_;
  const std::function<void(const std::string&)> tell_;

  std::optional<std::vector<Authority>> roots_;  // once they have been read
  std::optional<Authority> intermediate_;
  std::string intermediate_bundle_;
  std::optional<tls::ProfileStamp> seen_;  // of the files that made it, or failed to
  std::string trouble_;
};

}  // namespace fairlead::ca

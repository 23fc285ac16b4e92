// LiveProfile: a profile whose files may be replaced while connections are made with it, by us or
// to us.
//
// Why: certificates live for hours where they are renewed by machines. Files are looked at again
// before each connection and whenever Look() is called; what they hold takes the old one's place
// only when it is whole and fits together, so that a half-written or wrong file breaks nothing.
// Connections that stand keep what they were made with until they close.
// Threads: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "tls/client_context.h"
#include "tls/profile.h"
#include "tls/profile_files.h"

namespace fairlead::tls {

// Files that changed less than this before they were looked at may change again without a trace:
// the kernel stamps by its tick, of 4 ms mostly. They are read again the next time.
inline constexpr std::int64_t kUnsettledNs = 100'000'000;

class LiveProfile {
 public:
  using Tell = std::function<void(const ProfileNews&)>;
  // Makes what connections need of the files, or says what is wrong with them.
  using Make = std::function<Result<Context>(const Profile&, const ProfileTexts&)>;

  struct InUse {
    Context context;
    std::uint64_t generation = 0;  // changes with each replacement
  };

  // Reads nothing yet. `tell` may be empty.
  LiveProfile(Profile profile, Tell tell, Make make = MakeClientContext);

  const Profile& profile() const { return profile_; }
  // Takes what changed. Cheap while nothing has.
  void Look();
  // Looks, then gives what is good now. Fails with what is wrong when nothing ever was.
  Result<InUse> Current();

 private:
  using Digest = std::array<unsigned char, 32>;

  void Take(const ProfileTexts& texts);
  void Refuse(const Error& error);

  const Profile profile_;
  const Tell tell_;
  const Make make_;
  std::optional<ProfileStamp> seen_;  // of the last look at settled files
  std::optional<Digest> tried_;       // what was tried last
  InUse in_use_;
  std::optional<Error> trouble_;  // of the last try
};

}  // namespace fairlead::tls

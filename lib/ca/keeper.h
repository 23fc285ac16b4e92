// Keeper: keeps the certificates of all services that ask for one on disk and fresh.
//
// How: Observe() and Gone() write down who asks; Turn() looks at everything and makes what is due.
// What an earlier life of it has written it knows again by the files, and after a boot whom it
// wrote for, so that their files are there before the engine starts them. A turn that changes
// nothing costs a few system calls for each service. Order of safety: a root is on disk before it
// signs; a leaf is believed by the bundle that lies beside it before either is written; the former
// pair stays until the new one has taken its place. Threads: one at a time; blocks on the disk.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ca/leaf.h"
#include "ca/own_file.h"
#include "ca/pair_folder.h"
#include "ca/roster.h"
#include "ca/signing.h"
#include "tls/profile.h"

namespace fairlead::ca {

// 20 KiB of memory each where /run is a tmpfs; far above what a host runs.
inline constexpr std::size_t kServicesMax = 1000;
// With those that nobody has asked for of late, whose files go in an hour.
inline constexpr std::size_t kFoldersMax = 2 * kServicesMax;

// Beside the root's file: which services it has written for.
inline constexpr std::string_view kMemoryFileName = "service-certificates";

struct KeeperOptions {
  std::string trust_domain;
  std::string dir;
  std::chrono::seconds lifetime{};
  std::string state_dir;
  std::optional<tls::Profile> issuer;
  std::string bundle_path;  // of what callers without a certificate believe; empty: nowhere
};

// Whose news is no service's.
inline constexpr const char* kOfAuthority = "authority";

struct KeeperNews {
  enum class Kind : std::uint8_t { kIssued, kFailed, kRemoved, kAuthority };
  Kind kind = Kind::kIssued;
  std::string who;   // "users.shop", "checker", "authority"
  std::string text;  // why, or what is wrong
  // Of kFailed: the same as the last time. Count it, and tell nobody.
  bool is_repeated = false;
};

struct KeptCertificate {
  std::string who;          // as above
  tls::ProfileFacts facts;  // of what is on disk; empty while nothing is
  std::string trouble;      // empty: nothing
};

struct Moment {
  Wall wall;
  TimePoint time;
};

class Keeper {
 public:
  using Tell = std::function<void(const KeeperNews&)>;

  Keeper(KeeperOptions options, Tell tell);

  // As Roster has them. True: a Turn() soon would be of use.
  bool Observe(const ContainerFacts& facts, const std::optional<ServiceName>& asks, TimePoint now);
  bool Gone(const ContainerId& id, TimePoint now);
  // Whether what was observed is all there is. Nothing is removed while it is not.
  void SetComplete(bool is_complete, TimePoint now);

  void Turn(const Moment& now);

  // In order of names; the authority and the daemon's own certificate last.
  std::vector<KeptCertificate> All() const;

 private:
  struct Subject {
    std::string who;
    Identity identity;
    FolderPlace place;
    FileOwner owner;
    std::string trouble;
  };
  struct Kept {
    Span span;
    std::string version;  // of the folder, as we left it
    std::string bundle;
    FileOwner owner;
    tls::ProfileFacts facts;
    std::string trouble;
  };

  Subject SubjectOf(const WantedService& service) const;
  Subject Checker() const;
  FolderPlace PlaceOf(const ServiceName& name) const;
  void Keep(const Subject& subject, const Signing::Now& signing, Wall now);
  Result<> Renew(const Subject& subject, const Signing::Now& signing, Wall now, Kept& kept);
  RenewalReason Look(const Subject& subject, const Signing::Now& signing, const PairFolder& folder,
                     Wall now, Kept& kept) const;
  Result<> WriteBundle(const std::string& bundle);
  tls::ProfileFacts FactsOf(const std::string& cert, const std::string& bundle) const;
  void RemoveAbandoned(TimePoint now);
  void ReadMemory();
  Result<> WriteMemory(const std::vector<WantedService>& wanted);
  void Fail(const std::string& who, const std::string& text);

  const KeeperOptions options_;
  const Tell tell_;
  Signing signing_;
  Roster roster_;
  bool is_complete_ = false;
  bool has_looked_ = false;           // at what an earlier life has left
  std::map<std::string, Kept> kept_;  // by `who`
  std::string bundle_written_;
  const OwnFile memory_file_;
  std::optional<std::string> memory_;  // its text, once it was read
};

}  // namespace fairlead::ca

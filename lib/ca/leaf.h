// Leaves: the certificates of services, and when one is due for its successor.
//
// Threads: any. Pure but for OpenSSL's randomness; the time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ca/authority.h"
#include "ca/wall.h"

namespace fairlead::ca {

struct Identity {
  std::string common_name;  // at most 64 bytes
  std::vector<std::string> dns_names;
  std::string uri;
  bool operator==(const Identity&) const = default;
};

struct Pair {
  std::string cert;  // PEM: the leaf, then what is between it and the root
  std::string key;   // PEM; a secret
  Span span;
};

// Clocks of callers that are so much behind ours believe it all the same; a fifth of short lives.
inline constexpr std::chrono::seconds kLeafBackdateMost{300};

// For servers and clients, with a key of its own. It ends after `lifetime`, or with its issuer.
// kFailedPrecondition: the issuer is not valid at `now`.
Result<Pair> IssueLeaf(const Authority& issuer, const Identity& identity,
                       std::chrono::seconds lifetime, Wall now);

enum class RenewalReason : std::uint8_t {
  kNone,
  kMissing,     // there is none, or not all of its files
  kUnreadable,  // it is no certificate
  kIdentity,    // it names somebody else
  kClock,       // it begins later than now: a clock was set back
  kExpired,
  kDistrusted,  // who believes the bundle does not believe it
  kBundle,      // the bundle has changed
  kOwner,       // its files belong to another user
  kLifetime,    // it lives for longer than one may now
  kAge,         // two thirds of its life are over
};
// "no certificate is there", "two thirds of its life are over".
std::string_view RenewalWords(RenewalReason reason);

// What is there of a service, and what it should be.
struct LeafQuestion {
  const std::string& cert;    // as IssueLeaf() gave it; empty: there is none
  const std::string& bundle;  // the one that should be there
  const Identity& identity;
  std::chrono::seconds lifetime;
  Wall issuer_end;  // when the one who would sign now ends
};
// Whether it has to be made anew at `now`. Not by age where a new one would end no later.
RenewalReason WhyRenew(const LeafQuestion& question, Wall now);

// The same of one that was looked at before and is what it should be, by time alone.
struct LeafTimes {
  const Span& span;
  std::string_view name;  // as for RenewalDue()
  std::chrono::seconds lifetime;
  Wall issuer_end;
};
RenewalReason WhyRenewByTime(const LeafTimes& times, Wall now);

// When a leaf is renewed by age: at two thirds of its life, less 5 to 10 % of that, by its name, so
// that those which were made at once do not all come again at once.
Wall RenewalDue(const Span& span, std::string_view name);

}  // namespace fairlead::ca

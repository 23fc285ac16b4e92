// Rule: one entry of access.viewers, access.operators or access.admins: whom it means. Pure.
//
// | written | means |
// | unix | whoever may open a unix socket of the admin API |
// | loopback | whoever comes over TCP from this host and shows no certificate |
// | self | the user that the daemon runs as |
// | uid:1000, gid:998 | that user, or the members of that group, on a unix socket |
// | DNS:console.corp, DNS:*.ops.corp | a name of the certificate; `*` is one whole label, the first
// | | URI:spiffe://corp/ops/alice, URI:spiffe://corp/ops/* | likewise; `*` is all that is below
// there | Threads: any; a value.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "access/caller.h"

namespace fairlead::access {

struct Rule {
  enum class Kind : std::uint8_t { kUnix, kLoopback, kSelf, kUid, kGid, kDns, kUri };
  Kind kind = Kind::kUnix;
  std::uint32_t id = 0;   // kUid, kGid
  std::string text = {};  // kDns (lower case), kUri: without the star
  bool has_star = false;
  bool operator==(const Rule&) const = default;

  // `own_uid` is the daemon's.
  bool Means(const Caller& caller, std::uint32_t own_uid) const;
};

struct RuleProblem {
  std::string message;
  std::string hint;
};

// At most kRuleBytesMax bytes.
std::expected<Rule, RuleProblem> ParseRule(std::string_view text);
inline constexpr std::size_t kRuleBytesMax = 512;

}  // namespace fairlead::access

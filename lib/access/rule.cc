#include "access/rule.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "access/id_text.h"
#include "base/text.h"

namespace fairlead::access {
namespace {

constexpr std::string_view kDns = "DNS:";
constexpr std::string_view kUri = "URI:";
constexpr std::string_view kHint =
    "write unix, loopback, self, uid:NUMBER, gid:NUMBER, DNS:NAME or URI:spiffe://DOMAIN/PATH; a "
    "star may be the first label of a DNS name or the last part of a path";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// A name that is exactly what it looks like: what a star stands for must not hide another path.
bool IsPlain(std::string_view name) {
  const bool is_graphic = std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
  return is_graphic && name.find_first_of("*%\\,") == std::string_view::npos &&
         name.find("/./") == std::string_view::npos &&
         name.find("/../") == std::string_view::npos && !name.ends_with("/.") &&
         !name.ends_with("/..");
}

bool IsDnsName(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && !name.ends_with('.') &&
         name.find("..") == std::string_view::npos &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
             std::string_view::npos;
}

// A scheme, a domain and a path, none of them left to a star.
bool IsUri(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return false;
  const std::size_t domain = scheme + 3;
  const std::size_t path = uri.find('/', domain);
  return path != std::string_view::npos && path > domain;
}

using Read = std::expected<Rule, RuleProblem>;

Read Bad(std::string_view text, std::string_view why) {
  return std::unexpected(
      RuleProblem{.message = "\"" + Printable(text, 100) + "\" " + std::string(why),
                  .hint = std::string(kHint)});
}

Read ReadDns(std::string_view text) {
  std::string name = Lower(text.substr(kDns.size()));
  const bool has_star = name.starts_with("*.");
  if (has_star) name = name.substr(1);
  // Two labels at least below a star, so that nobody means all of a top-level domain.
  const bool is_good = has_star ? IsDnsName(std::string_view(name).substr(1)) &&
                                      name.find('.', 1) != std::string::npos
                                : IsDnsName(name);
  if (!is_good) return Bad(text, "names no certificate: its DNS name is none");
  return Rule{.kind = Rule::Kind::kDns, .text = std::move(name), .has_star = has_star};
}

Read ReadUri(std::string_view text) {
  std::string_view uri = text.substr(kUri.size());
  const bool has_star = uri.ends_with("/*");
  if (has_star) uri.remove_suffix(1);
  if (!IsUri(uri) || !IsPlain(uri))
    return Bad(text, "names no certificate: its URI is not SCHEME://DOMAIN/PATH");
  return Rule{.kind = Rule::Kind::kUri, .text = std::string(uri), .has_star = has_star};
}

bool IsThatDns(const Rule& rule, std::string_view shown) {
  if (!shown.starts_with(kDns)) return false;
  const std::string name = Lower(shown.substr(kDns.size()));
  if (!IsDnsName(name)) return false;
  if (!rule.has_star) return name == rule.text;
  const std::size_t dot = name.find('.');
  return dot != std::string::npos && dot > 0 && name.substr(dot) == rule.text;
}

bool IsThatUri(const Rule& rule, std::string_view shown) {
  if (!shown.starts_with(kUri)) return false;
  const std::string_view uri = shown.substr(kUri.size());
  if (!IsPlain(uri)) return false;
  if (!rule.has_star) return uri == rule.text;
  return uri.size() > rule.text.size() && uri.starts_with(rule.text);
}

}  // namespace

bool Rule::Means(const Caller& caller, std::uint32_t own_uid) const {
  const auto is_named = [&](auto matches) {
    return std::ranges::any_of(caller.names,
                               [&](const std::string& name) { return matches(*this, name); });
  };
  switch (kind) {
    case Kind::kUnix:
      return caller.is_unix();
    case Kind::kLoopback:
      return !caller.is_unix() && caller.names.empty() && caller.is_on_loopback();
    case Kind::kSelf:
      return caller.uid == own_uid;
    case Kind::kUid:
      return caller.uid == id;
    case Kind::kGid:
      return caller.is_unix() && std::ranges::find(caller.gids, id) != caller.gids.end();
    case Kind::kDns:
      return is_named(IsThatDns);
    case Kind::kUri:
      return is_named(IsThatUri);
  }
  return false;
}

Read ParseRule(std::string_view text) {
  if (text.size() > kRuleBytesMax) return Bad(text, "is longer than 512 bytes");
  if (text == "unix") return Rule{.kind = Rule::Kind::kUnix};
  if (text == "loopback") return Rule{.kind = Rule::Kind::kLoopback};
  if (text == "self") return Rule{.kind = Rule::Kind::kSelf};
  if (text.starts_with(kDns)) return ReadDns(text);
  if (text.starts_with(kUri)) return ReadUri(text);
  for (const auto& [prefix, kind] :
       {std::pair(std::string_view("uid:"), Rule::Kind::kUid), {"gid:", Rule::Kind::kGid}}) {
    if (!text.starts_with(prefix)) continue;
    const auto id = IdIn(text.substr(prefix.size()));
    if (!id) return Bad(text, "has no number");
    return Rule{.kind = kind, .id = *id};
  }
  return Bad(text, "means nobody that is known here");
}

}  // namespace fairlead::access

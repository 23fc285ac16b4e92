#include "ca/leaf.h"

#include <fmt/format.h>

#include <algorithm>

#include "tls/peer_words.h"

namespace fairlead::ca {
namespace {

using std::chrono::seconds;

// FNV-1a: the same in every process, and as good as any for spreading a few hundred names.
std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

// As tls::ExactNamesOf() says them.
std::string NamesOf(const Identity& identity) {
  std::string names;
  for (const std::string& dns : identity.dns_names) names += fmt::format("DNS:{}\n", dns);
  return names + "URI:" + identity.uri;
}

Wall EndFor(seconds lifetime, Wall now, Wall issuer_end) {
  return std::min(now + lifetime, issuer_end);
}

}  // namespace

Result<Pair> IssueLeaf(const Authority& issuer, const Identity& identity, seconds lifetime,
                       Wall now) {
  if (!issuer.span.Holds(now))
    return Fail(Code::kFailedPrecondition,
                fmt::format("make a certificate for {}: its authority is good from {} to {}, and "
                            "the clock says {}",
                            identity.common_name, TimeText(issuer.span.begin),
                            TimeText(issuer.span.end), TimeText(now)));
  Result<Key> key = MakeKey();
  if (!key) return std::unexpected(key.error());
  const Span span{
      .begin = std::max(now - std::min(kLeafBackdateMost, lifetime / 5), issuer.span.begin),
      .end = EndFor(lifetime, now, issuer.span.end)};
  const Result<Certificate> made = Sign({.common_name = identity.common_name,
                                         .span = span,
                                         .basic_constraints = "critical,CA:FALSE",
                                         .key_usage = "critical,digitalSignature",
                                         .extended_key_usage = "serverAuth,clientAuth",
                                         .dns_names = identity.dns_names,
                                         .uri = identity.uri},
                                        key->get(), issuer.certificate.get(), issuer.key.get());
  if (!made) return std::unexpected(made.error());
  return Pair{
      .cert = TextOf(made->get()) + issuer.between, .key = TextOf(key->get()), .span = span};
}

std::string_view RenewalWords(RenewalReason reason) {
  switch (reason) {
    case RenewalReason::kNone:
      return "it is good";
    case RenewalReason::kMissing:
      return "there is none, or a part is missing";
    case RenewalReason::kUnreadable:
      return "what is there is no certificate";
    case RenewalReason::kIdentity:
      return "it names somebody else";
    case RenewalReason::kClock:
      return "it begins later than now";
    case RenewalReason::kExpired:
      return "it has expired";
    case RenewalReason::kDistrusted:
      return "its authority is not believed any more";
    case RenewalReason::kBundle:
      return "the authorities to believe have changed";
    case RenewalReason::kOwner:
      return "its containers run as another user";
    case RenewalReason::kLifetime:
      return "it lives for longer than service_tls.lifetime";
    case RenewalReason::kAge:
      return "two thirds of its life are over";
  }
  return "unknown";
}

RenewalReason WhyRenew(const LeafQuestion& question, Wall now) {
  if (question.cert.empty()) return RenewalReason::kMissing;
  const std::vector<Certificate> chain = CertificatesIn(question.cert);
  if (chain.empty() || !tls::IsWholePem(question.cert)) return RenewalReason::kUnreadable;
  const X509* const leaf = chain.front().get();
  if (tls::ExactNamesOf(leaf) != NamesOf(question.identity)) return RenewalReason::kIdentity;
  const Span span = SpanOf(leaf);
  const RenewalReason by_time = WhyRenewByTime({.span = span,
                                                .name = question.identity.uri,
                                                .lifetime = question.lifetime,
                                                .issuer_end = question.issuer_end},
                                               now);
  if (by_time != RenewalReason::kNone) return by_time;
  // The leaf itself is in it, and signs nothing.
  if (!Verify(leaf, {.roots = question.bundle, .between = question.cert, .now = now}))
    return RenewalReason::kDistrusted;
  return RenewalReason::kNone;
}

RenewalReason WhyRenewByTime(const LeafTimes& times, Wall now) {
  if (now < times.span.begin) return RenewalReason::kClock;
  if (now >= times.span.end) return RenewalReason::kExpired;
  // A clock that was set back a little is no reason.
  if (times.span.end > now + times.lifetime + kLeafBackdateMost) return RenewalReason::kLifetime;
  const bool is_due = now >= RenewalDue(times.span, times.name);
  const bool gains = EndFor(times.lifetime, now, times.issuer_end) > times.span.end;
  return is_due && gains ? RenewalReason::kAge : RenewalReason::kNone;
}

Wall RenewalDue(const Span& span, std::string_view name) {
  const seconds life = span.end - span.begin;
  const seconds due = life * 2 / 3;
  const auto part = static_cast<std::uint64_t>((due / 20).count());
  const auto sooner = seconds(static_cast<std::int64_t>(part + HashOf(name) % (part + 1)));
  return span.begin + due - sooner;
}

}  // namespace fairlead::ca

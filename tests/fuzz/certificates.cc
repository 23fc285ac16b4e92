// The files of a TLS profile, of our own authority and of a service: whatever they hold, what is
// told of them fits on a line, and only what is whole is believed.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "ca/leaf.h"
#include "fuzz/targets.h"
#include "tls/certificate_facts.h"

namespace fairlead::fuzz {
namespace {

bool IsPrintable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
}

// Nobody has a key that an authority of today has signed for, and no text makes one.
void ReadAsOurs(const std::string& text) {
  const auto roots = ca::ReadRoots(text);
  if (roots) {
    const auto again = ca::ReadRoots(ca::TextOfRoots(*roots));
    CHECK(again.has_value() && again->size() == roots->size());
  } else {
    CHECK(IsPrintable(roots.error().message));
  }
  const ca::Identity identity{.common_name = "a", .dns_names = {"a"}, .uri = "spiffe://d/p/a"};
  const ca::LeafQuestion question{.cert = text,
                                  .bundle = text,
                                  .identity = identity,
                                  .lifetime = std::chrono::hours(24),
                                  .issuer_end = ca::Wall{}};
  (void)ca::WhyRenew(question, ca::Wall{std::chrono::days(20'000)});
  const auto issuer = ca::ReadIssuer({.who = "fuzz", .cert = text, .key = text, .roots = text},
                                     ca::Wall{std::chrono::days(20'000)});
  if (!issuer) CHECK(IsPrintable(issuer.error().message));
}

}  // namespace

int FuzzCertificates(std::string_view input) {
  ReadAsOurs(std::string(input));
  const tls::ProfileFacts facts =
      tls::FactsOf({.cert = std::string(input), .key = {}, .authorities = std::string(input)});
  if (facts.own) CHECK(IsPrintable(facts.own->names) && IsPrintable(facts.own->issuer));
  CHECK(facts.own.has_value() == (facts.authority_count > 0));
  return 0;
}

}  // namespace fairlead::fuzz

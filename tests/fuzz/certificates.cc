// The files of a TLS profile: whatever they hold, what is told of them fits on a line.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "fuzz/targets.h"
#include "tls/certificate_facts.h"

namespace fairlead::fuzz {
namespace {

bool IsPrintable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
}

}  // namespace

int FuzzCertificates(std::string_view input) {
  const tls::ProfileFacts facts =
      tls::FactsOf({.cert = std::string(input), .key = "", .authorities = std::string(input)});
  if (facts.own) CHECK(IsPrintable(facts.own->names) && IsPrintable(facts.own->issuer));
  CHECK(facts.own.has_value() == (facts.authority_count > 0));
  return 0;
}

}  // namespace fairlead::fuzz

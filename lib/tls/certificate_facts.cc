#include "tls/certificate_facts.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <ctime>

#include "tls/peer_words.h"
#include "tls/pem.h"

namespace fairlead::tls {
namespace {

std::int64_t SecondsOf(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t{timegm(&parts)} : 0;
}

CertificateFacts FactsOf(const X509* certificate) {
  return {.names = NamesOf(certificate),
          .issuer = IssuerOf(certificate),
          .begin_s = SecondsOf(X509_get0_notBefore(certificate)),
          .end_s = SecondsOf(X509_get0_notAfter(certificate))};
}

}  // namespace

ProfileFacts FactsOf(const ProfileTexts& texts) {
  ProfileFacts facts;
  if (const Certificate own = PemReader(texts.cert).NextTrusted()) facts.own = FactsOf(own.get());
  PemReader reader(texts.authorities);
  while (const Certificate authority = reader.NextTrusted()) {
    const std::int64_t end_s = SecondsOf(X509_get0_notAfter(authority.get()));
    facts.authorities_end_s =
        facts.authority_count == 0 ? end_s : std::min(facts.authorities_end_s, end_s);
    ++facts.authority_count;
  }
  return facts;
}

}  // namespace fairlead::tls

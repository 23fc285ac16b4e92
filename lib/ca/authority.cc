#include "ca/authority.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

namespace fairlead::ca {
namespace {

// Two roots of one daemon have to be told apart by people.
std::string RootName(Wall now) {
  return "fairlead services " + DayText(now);
}

bool MaySign(X509* certificate) {
  return X509_check_ca(certificate) == 1 &&
         (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
}

std::unexpected<Error> Refused(const IssuerTexts& texts, std::string_view file,
                               std::string_view why) {
  return Fail(Code::kUnauthenticated,
              fmt::format("read {} of {} to sign with: {}", file, texts.who, why));
}

Result<> CheckIssuer(const IssuerTexts& texts, const Authority& issuer, Wall now) {
  X509* const certificate = issuer.certificate.get();
  if (X509_check_ca(certificate) != 1)
    return Refused(texts, "cert",
                   "it is no authority's; an intermediate has basicConstraints CA:TRUE");
  if (!MaySign(certificate))
    return Refused(texts, "cert", "its keyUsage does not allow it to sign (keyCertSign)");
  if (X509_check_private_key(certificate, issuer.key.get()) != 1)
    return Refused(texts, "key",
                   "it is not the key of the first certificate in cert; both must come from one "
                   "pair, and what is between it and the root comes after it");
  if (now < issuer.span.begin)
    return Refused(texts, "cert", "it is not valid yet; compare the clocks");
  if (now >= issuer.span.end)
    return Refused(texts, "cert", "it has expired; have its root sign a new one");
  return {};
}

// Its root has to sign it: a chain that callers do not believe would be found out by them alone.
Result<> CheckChain(const IssuerTexts& texts, const Authority& issuer, Wall now) {
  if (CertificatesIn(texts.roots).empty() || !tls::IsWholePem(texts.roots))
    return Refused(texts, "ca", "it holds no PEM certificate, or half of one");
  const Result<Key> key = MakeKey();
  if (!key) return std::unexpected(key.error());
  // The shortest way to hear all that limits it: names, uses and lengths of paths.
  const Result<Certificate> trial =
      Sign({.common_name = "trial",
            .span = {now, std::min(now + std::chrono::seconds(1), issuer.span.end)},
            .basic_constraints = "critical,CA:FALSE",
            .key_usage = "critical,digitalSignature",
            .extended_key_usage = "serverAuth,clientAuth"},
           key->get(), issuer.certificate.get(), issuer.key.get());
  if (!trial) return Refused(texts, "key", trial.error().message);
  const Result<> believed =
      Verify(trial->get(), {.roots = texts.roots, .between = issuer.between, .now = now});
  if (believed) return {};
  return Refused(texts, "cert",
                 fmt::format("who believes ca would not believe what it signs: {}; ca is the root "
                             "that signed it, and what is between them is in cert, after it",
                             believed.error().message));
}

}  // namespace

Result<Authority> MakeRoot(Wall now) {
  Result<Key> key = MakeKey();
  if (!key) return std::unexpected(key.error());
  const Span span{.begin = now - kRootBackdate, .end = now + kRootLife};
  Result<Certificate> made = Sign({.common_name = RootName(now),
                                   .span = span,
                                   .basic_constraints = "critical,CA:TRUE,pathlen:0",
                                   .key_usage = "critical,keyCertSign,cRLSign",
                                   .extended_key_usage = ""},
                                  key->get(), nullptr, key->get());
  if (!made) return std::unexpected(made.error());
  return Authority{
      .certificate = *std::move(made), .key = *std::move(key), .between = "", .span = span};
}

std::string TextOfRoots(const std::vector<Authority>& roots) {
  std::string text;
  for (const Authority& root : roots)
    text += TextOf(root.certificate.get()) + TextOf(root.key.get());
  return text;
}

Result<std::vector<Authority>> ReadRoots(const std::string& text) {
  const auto damaged = [](std::string_view why) {
    ERR_clear_error();
    return Fail(Code::kDataLoss, std::string(why));
  };
  if (!tls::IsWholePem(text)) return damaged("it ends in the middle");
  std::vector<Authority> roots;
  tls::PemReader certificates(text);
  tls::PemReader keys(text);
  while (Certificate certificate = certificates.Next()) {
    Authority root{.certificate = std::move(certificate), .key = keys.ReadKey()};
    if (root.key == nullptr) return damaged("a certificate in it has no key");
    if (!MaySign(root.certificate.get())) return damaged("a certificate in it is no authority's");
    if (X509_check_private_key(root.certificate.get(), root.key.get()) != 1)
      return damaged("a key in it is not that of the certificate before it");
    root.span = SpanOf(root.certificate.get());
    roots.push_back(std::move(root));
    if (roots.size() > kRootsMax)
      return damaged(fmt::format("it holds more than {} authorities", kRootsMax));
  }
  if (roots.empty()) return damaged("it holds no certificate");
  if (keys.ReadKey() != nullptr) return damaged("it holds a key without a certificate");
  ERR_clear_error();
  return roots;
}

Result<Authority> ReadIssuer(const IssuerTexts& texts, Wall now) {
  std::vector<Certificate> chain = CertificatesIn(texts.cert);
  if (chain.empty() || !tls::IsWholePem(texts.cert))
    return Refused(texts, "cert", "it holds no PEM certificate, or half of one");
  Authority issuer{.certificate = std::move(chain.front()),
                   .key = tls::PemReader(texts.key).ReadKey()};
  ERR_clear_error();
  if (issuer.key == nullptr)
    return Refused(texts, "key", "it holds no PEM key, or one with a passphrase");
  issuer.span = SpanOf(issuer.certificate.get());
  issuer.between = TextOf(issuer.certificate.get());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    // A root that comes along is of no use to those who believe it already.
    if (X509_check_issued(chain[i].get(), chain[i].get()) != X509_V_OK)
      issuer.between += TextOf(chain[i].get());
  }
  if (const Result<> good = CheckIssuer(texts, issuer, now); !good)
    return std::unexpected(good.error());
  if (const Result<> good = CheckChain(texts, issuer, now); !good)
    return std::unexpected(good.error());
  return issuer;
}

}  // namespace fairlead::ca

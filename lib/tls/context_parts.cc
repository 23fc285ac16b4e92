#include "tls/context_parts.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "runtime/secret_file.h"
#include "tls/pem.h"

namespace fairlead::tls {
namespace {

bool IsEncrypted(std::string_view key) {
  return key.find("ENCRYPTED") != std::string_view::npos;
}

bool IsKey(std::string_view text) {
  return text.find("PRIVATE KEY-----") != std::string_view::npos;
}

// ASN.1 as it is, without PEM's letters around it: a long SEQUENCE.
bool IsBinary(std::string_view text) {
  return text.starts_with("\x30\x82");
}

// Why a text holds no certificate that can be read.
std::string_view NoCertificate(std::string_view text) {
  if (IsBinary(text))
    return "it is DER, not PEM; write it anew (openssl x509 -inform DER -in CERT -out NEW)";
  if (IsKey(text)) return "it holds a key and no certificate; are cert and key exchanged?";
  return "it holds no PEM certificate, or half of one";
}

std::string_view NoKey(std::string_view text) {
  if (IsBinary(text))
    return "it is DER, not PEM; write it anew (openssl pkey -inform DER -in KEY -out NEW)";
  if (text.find("BEGIN CERTIFICATE") != std::string_view::npos)
    return "it holds a certificate and no key; are cert and key exchanged?";
  return "it is no PEM key";
}

// Which certificate of the chain behind the first has this key; 0 for none.
int PlaceOf(const Key& key, PemReader& rest) {
  for (int place = 2; const Certificate next = rest.Next(); ++place) {
    if (X509_check_private_key(next.get(), key.get()) == 1) return place;
  }
  return 0;
}

std::string Misfit(const Key& key, const std::string& chain) {
  PemReader reader(chain);
  reader.Next();
  const int place = PlaceOf(key, reader);
  if (place == 0) return "it is not the certificate's key; both must come from one pair";
  return fmt::format(
      "it is the key of certificate {} in the chain; put that one first, its authorities after it",
      place);
}

}  // namespace

std::unexpected<Error> BadFile(const Profile& profile, std::string_view what,
                               const std::string& path, std::string_view why) {
  return Fail(Code::kUnauthenticated,
              fmt::format("read {} {} of TLS profile {}: {}", what, path, profile.name, why));
}

std::unexpected<Error> BadCertificate(const Profile& profile, std::string_view why) {
  return BadFile(profile, "certificate", profile.cert, why);
}

std::unexpected<Error> BadKey(const Profile& profile, std::string_view why) {
  return BadFile(profile, "key", profile.key, why);
}

Result<> CheckKeyIsKept(const Profile& profile, const ProfileTexts& texts) {
  if (const auto why = runtime::WhyNoSecret(texts.key_mode)) return BadKey(profile, *why);
  return {};
}

Result<> UseOwnCertificate(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts) {
  PemReader reader(texts.cert);
  const Certificate own = reader.NextTrusted();
  if (!own || !IsWholePem(texts.cert)) return BadCertificate(profile, NoCertificate(texts.cert));
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    return BadCertificate(profile, "OpenSSL does not take its kind of key");
  while (const Certificate next = reader.Next()) SSL_CTX_add1_chain_cert(context, next.get());
  if (IsEncrypted(texts.key.text()))
    return BadKey(profile,
                  "it needs a passphrase; write one without (openssl pkey -in KEY -out NEW)");
  const Key key = PemReader(texts.key.text()).ReadKey();
  if (!key) return BadKey(profile, NoKey(texts.key.text()));
  if (X509_check_private_key(own.get(), key.get()) != 1)
    return BadKey(profile, Misfit(key, texts.cert));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return BadKey(profile, "OpenSSL does not take it");
  if (X509_cmp_current_time(X509_get0_notAfter(own.get())) < 0)
    return BadCertificate(profile, "it has expired; put a new pair there");
  return {};
}

Result<> UseAuthorities(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts) {
  if (profile.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  PemReader reader(texts.authorities);
  int found = 0;
  while (const Certificate next = reader.NextTrusted()) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next.get());
    ++found;
  }
  if (found == 0 || !IsWholePem(texts.authorities))
    return BadFile(profile, "authorities", profile.ca, NoCertificate(texts.authorities));
  return {};
}

}  // namespace fairlead::tls

#include "tls/client_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tls/profile_files.h"
#include "tls/session_slot.h"

namespace fairlead::tls {
namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* one) const { Free(one); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

// PEM text as OpenSSL reads it.
class PemReader {
 public:
  explicit PemReader(const std::string& text)
      : bio_(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all) {}

  // The next certificate; null at the end, and when there is none that can be read.
  Certificate Next() {
    return Certificate(PEM_read_bio_X509(bio_.get(), nullptr, NoPhrase, nullptr));
  }
  Certificate NextTrusted() {
    return Certificate(PEM_read_bio_X509_AUX(bio_.get(), nullptr, NoPhrase, nullptr));
  }
  Key ReadKey() { return Key(PEM_read_bio_PrivateKey(bio_.get(), nullptr, NoPhrase, nullptr)); }

 private:
  // OpenSSL would ask for a passphrase on the terminal.
  static int NoPhrase(char*, int, int, void*) { return 0; }

  std::unique_ptr<BIO, void (*)(BIO*)> bio_;
};

bool IsEncrypted(std::string_view key) {
  return key.find("ENCRYPTED") != std::string_view::npos;
}

// A text that ends in the middle of a certificate was not written whole.
bool IsWhole(std::string_view text) {
  const auto count = [&](std::string_view mark) {
    int found = 0;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) ++found;
    return found;
  };
  return count("-----BEGIN ") == count("-----END ");
}

Result<> UseOwnCertificate(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts) {
  const auto bad_cert = [&](std::string_view why) {
    return BadFile(profile, "certificate", profile.cert, why);
  };
  const auto bad_key = [&](std::string_view why) {
    return BadFile(profile, "key", profile.key, why);
  };
  PemReader reader(texts.cert);
  const Certificate own = reader.NextTrusted();
  if (!own || !IsWhole(texts.cert)) return bad_cert("it holds no PEM certificate, or half of one");
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    return bad_cert("OpenSSL does not take its kind of key");
  while (const Certificate next = reader.Next()) SSL_CTX_add1_chain_cert(context, next.get());
  if (IsEncrypted(texts.key))
    return bad_key("it needs a passphrase; write one without (openssl pkey -in KEY -out NEW)");
  const Key key = PemReader(texts.key).ReadKey();
  if (!key) return bad_key("it is no PEM key");
  if (X509_check_private_key(own.get(), key.get()) != 1)
    return bad_key("it is not the certificate's key; both must come from one pair");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return bad_key("OpenSSL does not take it");
  if (X509_cmp_current_time(X509_get0_notAfter(own.get())) < 0)
    return bad_cert("it has expired; put a new pair there");
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
  if (found == 0 || !IsWhole(texts.authorities)) {
    return BadFile(profile, "authorities", profile.ca,
                   "it holds no PEM certificate, or half of one");
  }
  return {};
}

}  // namespace

std::unexpected<Error> BadFile(const Profile& profile, std::string_view what,
                               const std::string& path, std::string_view why) {
  return Fail(Code::kUnauthenticated,
              fmt::format("read {} {} of TLS profile {}: {}", what, path, profile.name, why));
}

Result<Context> MakeClientContext(const Profile& profile, const ProfileTexts& texts) {
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return Fail(Code::kResourceExhausted, "make a TLS context: no memory");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SessionSlot::Serve(context.get());
  Result<> used;
  if (!profile.cert.empty()) used = UseOwnCertificate(context.get(), profile, texts);
  if (used) used = UseAuthorities(context.get(), profile, texts);
  ERR_clear_error();
  if (!used) return std::unexpected(used.error());
  return context;
}

Result<Context> LoadClientContext(const Profile& profile) {
  const Result<ProfileTexts> texts = ReadTexts(profile);
  if (!texts) return std::unexpected(texts.error());
  return MakeClientContext(profile, *texts);
}

}  // namespace fairlead::tls

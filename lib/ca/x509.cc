#include "ca/x509.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace fairlead::ca {
namespace {

using tls::Freed;
using Number = std::unique_ptr<BIGNUM, Freed<BIGNUM, BN_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES, GENERAL_NAMES_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX, X509_STORE_CTX_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, void (*)(BIO*)>;

constexpr int kSerialBits = 127;  // positive in 16 bytes; RFC 5280 allows 20
constexpr long kVersion3 = 2;

Memory MakeMemory() {
  return {BIO_new(BIO_s_mem()), BIO_free_all};
}

std::string Taken(const Memory& memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

bool SetSerial(X509* certificate) {
  const Number number(BN_new());
  // The highest bit is set, so that it is never zero, nor shorter than it seems.
  return number != nullptr &&
         BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetSpan(X509* certificate, const Span& span) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), span.begin.time_since_epoch().count()) !=
             nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), span.end.time_since_epoch().count()) !=
             nullptr;
}

bool SetName(X509_NAME* name, const std::string& common_name) {
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool Add(X509* certificate, X509V3_CTX& context, int kind, const std::string& words) {
  if (words.empty()) return true;
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, words.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool AddName(GENERAL_NAMES* names, int kind, const std::string& text) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
  if (name == nullptr || value == nullptr ||
      ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1) {
    GENERAL_NAME_free(name);
    ASN1_IA5STRING_free(value);
    return false;
  }
  GENERAL_NAME_set0_value(name, kind, value);
  if (sk_GENERAL_NAME_push(names, name) > 0) return true;
  GENERAL_NAME_free(name);
  return false;
}

bool AddNames(X509* certificate, const Draft& draft) {
  if (draft.dns_names.empty() && draft.uri.empty()) return true;
  const Names names(GENERAL_NAMES_new());
  if (names == nullptr) return false;
  for (const std::string& dns : draft.dns_names) {
    if (!AddName(names.get(), GEN_DNS, dns)) return false;
  }
  if (!draft.uri.empty() && !AddName(names.get(), GEN_URI, draft.uri)) return false;
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) ==
         1;
}

// Null: a certificate that signs itself, and has got one just now. An operator's authority may have
// none.
bool HasKeyId(const X509* issuer) {
  return issuer == nullptr || X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0;
}

bool AddExtensions(X509* certificate, const Draft& draft, const X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, const_cast<X509*>(issuer == nullptr ? certificate : issuer), certificate,
                 nullptr, nullptr, 0);
  return Add(certificate, context, NID_basic_constraints, draft.basic_constraints) &&
         Add(certificate, context, NID_key_usage, draft.key_usage) &&
         Add(certificate, context, NID_ext_key_usage, draft.extended_key_usage) &&
         Add(certificate, context, NID_subject_key_identifier, "hash") &&
         Add(certificate, context, NID_authority_key_identifier, HasKeyId(issuer) ? "keyid" : "") &&
         AddNames(certificate, draft);
}

// Keys of Edwards curves sign without a digest of ours.
const EVP_MD* DigestFor(const EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
}

Wall WallOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Wall(std::chrono::seconds(timegm(&parts)));
}

class Pile {
 public:
  explicit Pile(const std::string& text)
      : certificates_(CertificatesIn(text)), pile_(sk_X509_new_null()) {
    for (const Certificate& one : certificates_) sk_X509_push(pile_.get(), one.get());
  }
  STACK_OF(X509) * get() const { return pile_.get(); }

 private:
  struct Free {
    void operator()(STACK_OF(X509) * pile) const { sk_X509_free(pile); }
  };
  const std::vector<Certificate> certificates_;
  const std::unique_ptr<STACK_OF(X509), Free> pile_;
};

}  // namespace

std::unexpected<Error> OpenSslFailed(std::string_view doing) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return Fail(Code::kInternal,
              fmt::format("{}: {}", doing, reason == nullptr ? "OpenSSL gives no reason" : reason));
}

Result<Key> MakeKey() {
  Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return OpenSslFailed("make a key");
  return key;
}

Result<Certificate> Sign(const Draft& draft, EVP_PKEY* key, const X509* issuer,
                         EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  X509* const certificate = made.get();
  const bool is_made =
      certificate != nullptr && X509_set_version(certificate, kVersion3) == 1 &&
      SetSerial(certificate) && SetSpan(certificate, draft.span) &&
      SetName(X509_get_subject_name(certificate), draft.common_name) &&
      X509_set_issuer_name(certificate,
                           X509_get_subject_name(issuer == nullptr ? certificate : issuer)) == 1 &&
      X509_set_pubkey(certificate, key) == 1 && AddExtensions(certificate, draft, issuer) &&
      X509_sign(certificate, issuer_key, DigestFor(issuer_key)) > 0;
  if (!is_made) return OpenSslFailed("make a certificate for " + draft.common_name);
  return made;
}

Span SpanOf(const X509* certificate) {
  return {.begin = WallOf(X509_get0_notBefore(certificate)),
          .end = WallOf(X509_get0_notAfter(certificate))};
}

std::string TextOf(const X509* certificate) {
  const Memory memory = MakeMemory();
  PEM_write_bio_X509(memory.get(), certificate);
  return Taken(memory);
}

std::string TextOf(const EVP_PKEY* key) {
  const Memory memory = MakeMemory();
  PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return Taken(memory);
}

std::vector<Certificate> CertificatesIn(const std::string& text) {
  std::vector<Certificate> found;
  tls::PemReader reader(text);
  while (Certificate next = reader.Next()) found.push_back(std::move(next));
  ERR_clear_error();
  return found;
}

Result<> Verify(const X509* certificate, const Belief& belief) {
  const Store store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  if (store == nullptr || context == nullptr) return OpenSslFailed("verify a certificate");
  for (const Certificate& root : CertificatesIn(belief.roots))
    X509_STORE_add_cert(store.get(), root.get());
  const Pile between(belief.between);
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    if (X509_STORE_CTX_init(context.get(), store.get(), const_cast<X509*>(certificate),
                            between.get()) != 1)
      return OpenSslFailed("verify a certificate");
    X509_STORE_CTX_set_time(context.get(), 0, belief.now.time_since_epoch().count());
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    const bool is_good = X509_verify_cert(context.get()) == 1;
    const int error = X509_STORE_CTX_get_error(context.get());
    X509_STORE_CTX_cleanup(context.get());
    ERR_clear_error();
    if (!is_good) return Fail(Code::kUnauthenticated, X509_verify_cert_error_string(error));
  }
  return {};
}

}  // namespace fairlead::ca

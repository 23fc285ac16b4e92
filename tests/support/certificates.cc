#include "support/certificates.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace fairlead::test {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

Owned<BIO> NewText() {
  return {BIO_new(BIO_s_mem()), BIO_free_all};
}

Owned<BIO> TextOf(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

std::string Taken(BIO* text) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(text, &data);
  return {data, static_cast<std::size_t>(length)};
}

Owned<EVP_PKEY> ReadKey(const std::string& pem) {
  return {PEM_read_bio_PrivateKey(TextOf(pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
}

std::string KeyText(EVP_PKEY* key, const char* passphrase) {
  const auto text = NewText();
  const EVP_CIPHER* cipher = passphrase == nullptr ? nullptr : EVP_aes_128_cbc();
  const int length = passphrase == nullptr ? 0 : 4;
  EXPECT_EQ(
      PEM_write_bio_PKCS8PrivateKey(text.get(), key, cipher, passphrase, length, nullptr, nullptr),
      1);
  return Taken(text.get());
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()),
                                        X509_EXTENSION_free);
  EXPECT_EQ(X509_add_ext(certificate, extension.get(), -1), 1) << value;
}

// Signed by `signer`, or by its own key when there is none.
KeyPair Make(const CertificateRequest& request, const KeyPair* signer) {
  static long serial = 1;
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Owned<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 3600L * request.valid_from_hours);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600L * request.valid_to_hours);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(request.name.c_str()), -1, -1,
                             0);
  if (signer == nullptr || request.is_authority)
    AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!request.usage.empty()) AddExtension(certificate.get(), NID_ext_key_usage, request.usage);
  if (!request.alternative.empty()) {
    AddExtension(certificate.get(), NID_subject_alt_name, request.alternative);
  }
  Owned<EVP_PKEY> signing_key(nullptr, EVP_PKEY_free);
  if (signer == nullptr) {
    X509_set_issuer_name(certificate.get(), name);
  } else {
    const Owned<X509> issuer(
        PEM_read_bio_X509(TextOf(signer->cert).get(), nullptr, nullptr, nullptr), X509_free);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
    signing_key = ReadKey(signer->key);
  }
  EXPECT_GT(X509_sign(certificate.get(), signing_key ? signing_key.get() : key.get(), EVP_sha256()),
            0);
  const auto text = NewText();
  EXPECT_EQ(PEM_write_bio_X509(text.get(), certificate.get()), 1);
  return {.cert = Taken(text.get()), .key = KeyText(key.get(), nullptr)};
}

}  // namespace

KeyPair MakeAuthority(const std::string& name) {
  return Make({.name = name}, nullptr);
}

KeyPair Issue(const KeyPair& authority, const CertificateRequest& request) {
  return Make(request, &authority);
}

std::string Encrypted(const std::string& key) {
  return KeyText(ReadKey(key).get(), "word");
}

}  // namespace fairlead::test

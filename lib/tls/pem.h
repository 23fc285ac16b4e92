// PEM texts as OpenSSL reads them.
//
// Threads: any; a reader is one thread's.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace fairlead::tls {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* one) const { Free(one); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

class PemReader {
 public:
  // `text` must outlive it.
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

// A text that ends in the middle of a certificate or key was not written whole.
inline bool IsWholePem(std::string_view text) {
  const auto count = [&](std::string_view mark) {
    int found = 0;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) ++found;
    return found;
  };
  return count("-----BEGIN ") == count("-----END ");
}

}  // namespace fairlead::tls

#include "webhook/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <iterator>

namespace fairlead::webhook {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string SignatureOf(std::string_view body, std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int bytes = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), Bytes(body), body.size(),
       mac.data(), &bytes);
  std::string text = "sha256=";
  for (unsigned int i = 0; i < bytes; ++i)
    fmt::format_to(std::back_inserter(text), "{:02x}", mac.at(i));
  return text;
}

std::string BasicAuthorization(std::string_view userinfo) {
  std::string encoded(4 * ((userinfo.size() + 2) / 3) + 1, '\0');
  const int bytes = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                    Bytes(userinfo), static_cast<int>(userinfo.size()));
  encoded.resize(static_cast<std::size_t>(bytes));
  return "Basic " + encoded;
}

}  // namespace fairlead::webhook

#include "tls/client_hello.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string_view>

namespace fairlead::tls {

std::string ClientHello() {
  constexpr std::string_view kNames("\x02h2\x08http/1.1");
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                             SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  const std::unique_ptr<SSL, void (*)(SSL*)> connection(SSL_new(context.get()), SSL_free);
  SSL_set_alpn_protos(connection.get(), reinterpret_cast<const unsigned char*>(kNames.data()),
                      static_cast<unsigned>(kNames.size()));
  BIO* const said = BIO_new(BIO_s_mem());
  SSL_set_bio(connection.get(), BIO_new(BIO_s_mem()), said);
  SSL_connect(connection.get());  // says so much, and waits
  ERR_clear_error();
  char* data = nullptr;
  const long length = BIO_get_mem_data(said, &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : "";
}

}  // namespace fairlead::tls

#include "integration/health/tls_server.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>
#include <utility>
#include <vector>

#include "h2/socket_address.h"

namespace fairlead::health::testing {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

Owned<BIO> TextOf(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

Owned<X509> CertificateOf(const std::string& pem) {
  return {PEM_read_bio_X509(TextOf(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

int Choose(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
           unsigned in_size, void* wanted) {
  const auto& name = *static_cast<const std::string*>(wanted);
  for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
    const std::string_view offered(reinterpret_cast<const char*>(in + at + 1), in[at]);
    if (offered != name) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TlsServer::TlsServer(TlsScript script)
    : script_(std::move(script)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have gone
  SSL_CTX* const context = context_.get();
  SSL_CTX_use_certificate(context, CertificateOf(script_.identity.cert).get());
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(TextOf(script_.identity.key).get(), nullptr, nullptr, nullptr),
      EVP_PKEY_free);
  SSL_CTX_use_PrivateKey(context, key.get());
  if (!script_.client_authority.empty()) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context),
                        CertificateOf(script_.client_authority).get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
  if (!script_.alpn.empty())
    SSL_CTX_set_alpn_select_cb(context, Choose, const_cast<std::string*>(&script_.alpn));
  if (script_.version_max != 0) {
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, script_.version_max);
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
  }
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto any = h2::SocketAddress::Ip("127.0.0.1", 0);
  if (bind(listening_, any->get(), any->size()) != 0 || listen(listening_, 64) != 0)
    std::terminate();
  port_ = h2::SocketAddress::OfSocket(listening_).port();
  stop_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Serve(); });
}

TlsServer::~TlsServer() {
  const std::uint64_t one = 1;
  if (write(stop_, &one, sizeof one) != sizeof one) std::terminate();
  thread_.join();
  close(stop_);
  close(listening_);
}

std::string TlsServer::told_name() {
  return has_name_ ? name_ : "";
}

// One connection after the other, each until its client leaves: a test has one at a time.
void TlsServer::Serve() {
  std::array<pollfd, 2> watched = {{{stop_, POLLIN, 0}, {listening_, POLLIN, 0}}};
  while (poll(watched.data(), watched.size(), 30'000) > 0 && watched[0].revents == 0) {
    const int connection = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    Talk(connection);
    close(connection);
    ERR_clear_error();
  }
}

void TlsServer::Talk(int connection) {
  const Owned<SSL> tls(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(tls.get(), connection);
  if (SSL_accept(tls.get()) != 1) return;
  ++handshakes_;
  resumed_ += SSL_session_reused(tls.get());
  if (const char* name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name);
      name != nullptr) {
    name_ = name;
    has_name_ = true;
  }
  if (script_.hangs_up) {
    shutdown(connection, SHUT_RDWR);
    return;
  }
  std::array<char, 4096> sink;
  if (SSL_read(tls.get(), sink.data(), sink.size()) <= 0) return;
  if (!script_.reply.empty())
    SSL_write(tls.get(), script_.reply.data(), static_cast<int>(script_.reply.size()));
  if (script_.closes) {
    SSL_shutdown(tls.get());
    return;
  }
  std::array<pollfd, 2> watched = {{{stop_, POLLIN, 0}, {connection, POLLIN, 0}}};
  while (poll(watched.data(), watched.size(), 30'000) > 0 && watched[0].revents == 0) {
    if (SSL_read(tls.get(), sink.data(), sink.size()) <= 0) return;
  }
}

}  // namespace fairlead::health::testing

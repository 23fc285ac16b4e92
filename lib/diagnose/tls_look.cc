#include "diagnose/tls_look.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <array>
#include <memory>

#include "tls/peer_words.h"

namespace fairlead::diagnose {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using ConnectionPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;

bool IsLiteral(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return inet_pton(AF_INET, name.c_str(), buffer.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), buffer.data()) == 1;
}

std::string AlpnOf(const SSL* connection) {
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(connection, &chosen, &length);
  return chosen ? std::string(reinterpret_cast<const char*>(chosen), length) : std::string();
}

void Judge(const SSL* connection, const X509* certificate, const std::string& name,
           TlsAnswer& answer) {
  X509* const mutable_one = const_cast<X509*>(certificate);  // OpenSSL 3.0's checks take no const
  answer.is_tls = true;
  answer.is_expired = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
  answer.is_early = X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0;
  answer.is_for_name =
      IsLiteral(name) ? X509_check_ip_asc(mutable_one, name.c_str(), 0) == 1
                      : X509_check_host(mutable_one, name.c_str(), name.size(), 0, nullptr) == 1;
  answer.is_self_signed =
      X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  const std::string alpn = AlpnOf(connection);
  answer.has_h2 = alpn == "h2";
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(connection);
  answer.detail = fmt::format("{}, ALPN {}, {} certificates: {}", SSL_get_version(connection),
                              alpn.empty() ? "none" : alpn, chain ? sk_X509_num(chain) : 0,
                              tls::Presented(certificate));
}

std::string ReasonOf(unsigned long error) {
  if (error == 0) return "it ended the connection without a word of TLS";
  const char* reason = ERR_reason_error_string(error);
  return std::string("no TLS: ") + (reason ? reason : "the handshake failed");
}

// What became of a handshake that was begun.
struct Outcome {
  bool is_silent = false;
  std::string trouble;         // printable; empty: it was completed
  CertificatePtr certificate;  // also of a server that ended it after showing its own
};

// `connection` has its versions already.
Outcome ShakeHands(SSL* connection, const WaitingSocket& socket, const std::string& name,
                   TimePoint deadline) {
  Outcome outcome;
  SSL_set_verify(connection, SSL_VERIFY_NONE, nullptr);
  constexpr std::array<unsigned char, 12> kOffer = {2,   'h', '2', 8,   'h', 't',
                                                    't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(connection, kOffer.data(), kOffer.size());
  if (!IsLiteral(name)) SSL_set_tlsext_host_name(connection, name.c_str());
  SSL_set_fd(connection, socket.descriptor());
  ERR_clear_error();
  for (;;) {
    const int done = SSL_connect(connection);
    const int state = SSL_get_error(connection, done);
    if (done == 1) break;
    if (state != SSL_ERROR_WANT_READ && state != SSL_ERROR_WANT_WRITE) {
      outcome.trouble = ReasonOf(ERR_peek_last_error());
      break;
    }
    if (!socket.Wait(state == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) {
      outcome.is_silent = true;
      outcome.trouble = "it says nothing to a ClientHello";
      break;
    }
  }
  ERR_clear_error();
  outcome.certificate.reset(SSL_get1_peer_certificate(connection));
  return outcome;
}

}  // namespace

TlsAnswer LookAtTls(WaitingSocket& socket, const std::string& name, TimePoint deadline) {
  TlsAnswer answer;
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  const ConnectionPtr connection(context ? SSL_new(context.get()) : nullptr);
  if (!connection) {
    answer.detail = "OpenSSL has no memory left";
    return answer;
  }
  Outcome outcome = ShakeHands(connection.get(), socket, name, deadline);
  answer.detail = std::move(outcome.trouble);
  // One that asks for a certificate of ours may have ended it, and has shown its own by then.
  if (outcome.certificate) {
    Judge(connection.get(), outcome.certificate.get(), name, answer);
  } else {
    answer.is_silent = outcome.is_silent;
  }
  return answer;
}

std::vector<std::string> TlsVersionsTaken(const std::function<Result<WaitingSocket>()>& connect,
                                          const std::string& name, TimePoint deadline) {
  std::vector<std::string> taken;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    const ContextPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context) break;
    // OpenSSL 3 offers TLS 1.0 and 1.1 at level 0 alone; and whatever Debian's openssl.cnf says.
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    const ConnectionPtr connection(SSL_new(context.get()));
    const Result<WaitingSocket> socket = connect();
    if (!connection || !socket) break;
    const Outcome outcome = ShakeHands(connection.get(), *socket, name, deadline);
    if (outcome.is_silent) break;
    if (outcome.certificate) taken.emplace_back(SSL_get_version(connection.get()));
  }
  return taken;
}

}  // namespace fairlead::diagnose

#include "docker/tls_client.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "docker/deadline.h"
#include "runtime/small_file.h"
#include "runtime/tls_peer.h"

namespace fairlead::docker {
namespace {

namespace ssl = asio::ssl;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

std::unexpected<Error> BadFile(const TlsIdentity& identity, std::string_view what,
                               const std::string& path, std::string_view why) {
  return Fail(Code::kUnauthenticated,
              fmt::format("read {} {} of TLS profile {}: {}", what, path, identity.profile, why));
}

Result<std::string> ReadFile(const TlsIdentity& identity, std::string_view what,
                             const std::string& path) {
  Result<std::string> text = runtime::ReadSmallFile(path, kTlsFileBytesMax);
  if (!text) return BadFile(identity, what, path, text.error().message);
  return text;
}

// OpenSSL would ask for a passphrase on the terminal.
bool IsEncrypted(std::string_view key) {
  return key.find("ENCRYPTED") != std::string_view::npos;
}

Result<> UseOwnCertificate(ssl::context& context, const TlsIdentity& identity) {
  if (identity.cert.empty()) return {};
  const auto cert = ReadFile(identity, "certificate", identity.cert);
  if (!cert) return std::unexpected(cert.error());
  const auto key = ReadFile(identity, "key", identity.key);
  if (!key) return std::unexpected(key.error());
  error_code error;
  context.use_certificate_chain(asio::buffer(*cert), error);
  if (error) {
    return BadFile(identity, "certificate", identity.cert, "it holds no PEM certificate");
  }
  if (IsEncrypted(*key)) {
    return BadFile(identity, "key", identity.key,
                   "it needs a passphrase; write one without (openssl pkey -in KEY -out NEW)");
  }
  context.use_private_key(asio::buffer(*key), ssl::context::pem, error);
  if (error) {
    return BadFile(identity, "key", identity.key,
                   "it is no PEM key, or not the certificate's; both must come from one pair");
  }
  SSL_CTX* const handle = context.native_handle();
  if (SSL_CTX_check_private_key(handle) != 1) {
    ERR_clear_error();
    return BadFile(identity, "key", identity.key, "it is not the certificate's key");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(handle))) < 0) {
    return BadFile(identity, "certificate", identity.cert, "it has expired; put a new pair there");
  }
  return {};
}

Result<> UseAuthorities(ssl::context& context, const TlsIdentity& identity) {
  error_code error;
  if (identity.ca.empty()) {
    context.set_default_verify_paths(error);
    return {};
  }
  const auto text = ReadFile(identity, "authorities", identity.ca);
  if (!text) return std::unexpected(text.error());
  // OpenSSL takes a file without any certificate for an empty list of them.
  if (text->find("CERTIFICATE-----") != std::string::npos) {
    context.add_certificate_authority(asio::buffer(*text), error);
  } else {
    error = asio::error::invalid_argument;
  }
  if (error) return BadFile(identity, "authorities", identity.ca, "it holds no PEM certificate");
  return {};
}

Result<> Prepare(ssl::context& context, const TlsIdentity& identity) {
  runtime::RequireVerifiedPeer(context.native_handle());
  if (auto used = UseOwnCertificate(context, identity); !used) return used;
  return UseAuthorities(context, identity);
}

std::string NameOf(const Endpoint& endpoint) {
  return endpoint.tls->server_name.empty() ? endpoint.host : endpoint.tls->server_name;
}

std::string VerifyWords(long result, const Endpoint& endpoint) {
  const TlsIdentity& identity = *endpoint.tls;
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format(
          "the engine's certificate is not for {}; set server_name of TLS profile {} to a name "
          "that "
          "it holds",
          NameOf(endpoint), identity.profile);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the engine's certificate has expired; renew it on the engine's host";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the engine's certificate is not valid yet; compare the clocks of both hosts";
    default:
      return fmt::format(
          "the engine's certificate is not signed by {} ({}); set ca of TLS profile {}",
          identity.ca.empty() ? "an authority of this system" : identity.ca,
          X509_verify_cert_error_string(result), identity.profile);
  }
}

Error HandshakeError(const std::string& doing, SSL* handle, const error_code& error,
                     const Endpoint& endpoint) {
  if (const long result = SSL_get_verify_result(handle); result != X509_V_OK) {
    return {Code::kUnauthenticated, doing + ": " + VerifyWords(result, endpoint)};
  }
  if (auto alert = TlsAlertError(doing, error, *endpoint.tls)) return *std::move(alert);
  if (error.category() == asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    if (reason == SSL_R_WRONG_VERSION_NUMBER) {
      return {Code::kUnavailable, doing + ": the engine speaks no TLS on this port"};
    }
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
      return {Code::kUnauthenticated, doing + ": the engine speaks no TLS 1.2 or newer"};
    }
  }
  return {Code::kUnavailable, fmt::format("{}: {}", doing, error.message())};
}

}  // namespace

std::optional<Error> TlsAlertError(std::string_view doing, const error_code& error,
                                   const TlsIdentity& identity) {
  if (error.category() != asio::error::get_ssl_category()) return std::nullopt;
  std::string_view why;
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      why = "it asks for one";
      break;
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      why = "it has expired";
      break;
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      why = "its authority is not the engine's";
      break;
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:  // TLS 1.2 says so of a missing one
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
      why = "it is not what the engine wants";
      break;
    default:
      return std::nullopt;
  }
  const std::string ours = identity.cert.empty() ? "without a client certificate"
                                                 : fmt::format("with {}", identity.cert);
  return Error{Code::kUnauthenticated,
               fmt::format("{}: the engine refuses us {}: {}; see cert and key of TLS profile {} "
                           "({})",
                           doing, ours, why, identity.profile, error.message())};
}

asio::awaitable<Result<>> StartTls(Connection& connection, const Endpoint& endpoint,
                                   Duration timeout) {
  const std::string doing = fmt::format("connect to {} with TLS", endpoint.text);
  ssl::context context(ssl::context::tls_client);
  if (auto prepared = Prepare(context, *endpoint.tls); !prepared) {
    co_return Fail(prepared.error().code, doing + ": " + prepared.error().message);
  }
  connection.tls.emplace(connection.socket, context);
  SSL* const handle = connection.tls->native_handle();
  runtime::ExpectPeer(handle, NameOf(endpoint));
  const Deadline deadline(connection.socket, timeout);
  const auto [error] = co_await connection.tls->async_handshake(ssl::stream_base::client, kNoThrow);
  if (deadline.has_passed()) {
    co_return Fail(Code::kDeadlineExceeded, doing + ": no answer in time");
  }
  if (error == asio::error::operation_aborted) {
    co_return Fail(Code::kCancelled, doing + ": cancelled");
  }
  if (error) co_return std::unexpected(HandshakeError(doing, handle, error, endpoint));
  co_return Result<>();
}

}  // namespace fairlead::docker

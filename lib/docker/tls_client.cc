#include "docker/tls_client.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <string>
#include <utility>

#include "runtime/deadline.h"
#include "runtime/no_throw.h"
#include "tls/client_context.h"
#include "tls/peer_words.h"

namespace fairlead::docker {
namespace {

namespace ssl = asio::ssl;
using boost::system::error_code;
using runtime::kNoThrow;

tls::PeerOf EngineOf(const Endpoint& endpoint) {
  return {.who = "the engine", .host = endpoint.host, .profile = *endpoint.tls};
}

Error HandshakeError(const std::string& doing, const SSL* handle, const error_code& error,
                     const Endpoint& endpoint) {
  const bool is_tls = error.category() == asio::error::get_ssl_category();
  if (!is_tls && SSL_get_verify_result(handle) == X509_V_OK)
    return {Code::kUnavailable, fmt::format("{}: {}", doing, error.message())};
  const auto number = is_tls ? static_cast<unsigned long>(error.value()) : 0UL;
  const tls::Finding found = tls::FindTrouble(handle, number, EngineOf(endpoint));
  const bool is_ours_to_mend = found.trouble == tls::Trouble::kDistrust ||
                               found.trouble == tls::Trouble::kRefusal ||
                               found.trouble == tls::Trouble::kOldTls;
  return {is_ours_to_mend ? Code::kUnauthenticated : Code::kUnavailable,
          doing + ": " + found.words};
}

}  // namespace

std::optional<Error> TlsAlertError(std::string_view doing, const error_code& error,
                                   const Endpoint& endpoint) {
  if (error.category() != asio::error::get_ssl_category()) return std::nullopt;
  const auto words =
      tls::RefusalWords(static_cast<unsigned long>(error.value()), EngineOf(endpoint));
  if (!words) return std::nullopt;
  return Error{Code::kUnauthenticated, fmt::format("{}: {}", doing, *words)};
}

asio::awaitable<Result<>> StartTls(runtime::Connection& connection, const Endpoint& endpoint,
                                   Duration timeout) {
  const std::string doing = fmt::format("connect to {} with TLS", endpoint.text);
  const Result<tls::Context> loaded = tls::LoadClientContext(*endpoint.tls);
  if (!loaded) co_return Fail(loaded.error().code, doing + ": " + loaded.error().message);
  SSL_CTX_up_ref(loaded->get());
  ssl::context context(loaded->get());  // takes the reference
  connection.tls.emplace(connection.socket, context);
  SSL* const handle = connection.tls->native_handle();
  tls::Expect(handle, EngineOf(endpoint));
  const runtime::Deadline deadline(connection.socket, timeout);
  const error_code error = co_await runtime::Handshake(connection);
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

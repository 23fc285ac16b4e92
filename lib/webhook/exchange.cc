#include "webhook/exchange.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <utility>

#include "runtime/clock.h"
#include "runtime/connection.h"
#include "runtime/deadline.h"
#include "runtime/lookup.h"
#include "runtime/no_throw.h"
#include "tls/client_context.h"
#include "tls/peer_words.h"
#include "webhook/signature.h"

namespace fairlead::webhook {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using runtime::kNoThrow;

// A server's head; nothing in it but the status is used.
constexpr std::uint32_t kHeadBytesMax = 16 * 1024;

std::unexpected<Error> Failed(std::string_view doing, const error_code& error,
                              const runtime::Deadline& deadline) {
  if (deadline.has_passed())
    return Fail(Code::kDeadlineExceeded, fmt::format("{}: no answer in time", doing));
  return Fail(Code::kUnavailable, fmt::format("{}: {}", doing, error.message()));
}

http::request<http::string_body> RequestOf(const PostRequest& request) {
  http::request<http::string_body> out(http::verb::post, request.url.target, 11);
  out.set(http::field::host, request.url.Authority());
  out.set(http::field::user_agent, "fairlead");
  out.set(http::field::connection, "close");
  out.set(http::field::content_type, "application/json");
  out.set("X-Fairlead-Event", request.event);
  if (!request.signature.empty()) out.set("X-Fairlead-Signature-256", request.signature);
  if (!request.url.userinfo.empty())
    out.set(http::field::authorization, BasicAuthorization(request.url.userinfo));
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

asio::awaitable<Result<unsigned>> Exchange(runtime::Connection& connection,
                                           const runtime::Deadline& deadline,
                                           const PostRequest& request) {
  std::ostringstream out;
  out << RequestOf(request);
  const std::string text = std::move(out).str();
  const runtime::IoOutcome written = co_await WriteAll(connection, text);
  if (written.error) co_return Failed("send the event", written.error, deadline);
  http::response_parser<http::empty_body> parser;
  parser.header_limit(kHeadBytesMax);
  std::string head(kHeadBytesMax, '\0');
  std::size_t unread = 0;
  while (!parser.is_header_done()) {
    const runtime::IoOutcome read =
        co_await ReadSome(connection, {head.data() + unread, head.size() - unread});
    if (read.error) co_return Failed("read the answer", read.error, deadline);
    unread += read.bytes;
    error_code wrong;
    const std::size_t taken = parser.put(asio::buffer(head.data(), unread), wrong);
    if (wrong && wrong != http::error::need_more)
      co_return Failed("read the answer", wrong, deadline);
    head.erase(0, taken);
    head.resize(kHeadBytesMax);
    unread -= taken;
  }
  co_return parser.get().result_int();
}

asio::awaitable<Result<>> StartTls(runtime::Connection& connection,
                                   const runtime::Deadline& deadline, const PostRequest& request) {
  const tls::Profile profile;  // the system's authorities
  const Result<tls::Context> loaded = tls::LoadClientContext(profile);
  if (!loaded) co_return std::unexpected(loaded.error());
  SSL_CTX_up_ref(loaded->get());
  asio::ssl::context context(loaded->get());  // takes the reference
  connection.tls.emplace(connection.socket, context);
  tls::Expect(connection.tls->native_handle(), {"the webhook", request.url.host, profile});
  const error_code failed = co_await Handshake(connection);
  if (!failed) co_return Result<>();
  const long verdict = SSL_get_verify_result(connection.tls->native_handle());
  if (verdict == X509_V_OK) co_return Failed("connect to it with TLS", failed, deadline);
  co_return Fail(Code::kUnauthenticated,
                 fmt::format("its certificate is not believed: {}; the authorities are those of "
                             "this system",
                             X509_verify_cert_error_string(verdict)));
}

}  // namespace

asio::awaitable<Result<unsigned>> Post(PostRequest request) {
  const auto executor = co_await asio::this_coro::executor;
  const TimePoint ends = runtime::Now() + request.timeout;
  const auto found =
      co_await runtime::LookUp(executor, request.url.host, request.url.port, request.timeout);
  if (!found) co_return Fail(found.error().code, "look up its host: " + found.error().message);
  Error last{Code::kUnavailable, "connect to it: its host has no address"};
  for (const auto& address : *found) {
    runtime::Connection connection{runtime::Socket(executor)};
    const runtime::Deadline deadline(connection.socket, ends - runtime::Now());
    const auto [failed] = co_await connection.socket.async_connect(address, kNoThrow);
    if (failed) {
      last = Failed("connect to it", failed, deadline).error();
      if (deadline.has_passed()) break;
      continue;
    }
    if (request.url.is_tls) {
      const Result<> secured = co_await StartTls(connection, deadline, request);
      if (!secured) co_return std::unexpected(secured.error());
    }
    auto answered = co_await Exchange(connection, deadline, request);
    co_return answered;
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace fairlead::webhook

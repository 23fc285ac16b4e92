#include "webhook/exchange.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <utility>

#include "runtime/lookup.h"
#include "tls/client_context.h"
#include "tls/peer_words.h"
#include "webhook/signature.h"

namespace fairlead::webhook {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
// A server's head; nothing in it but the status is used.
constexpr std::uint32_t kHeadBytesMax = 16 * 1024;

std::unexpected<Error> Failed(std::string_view doing, const error_code& error) {
  if (error == beast::error::timeout)
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

template <class Stream>
asio::awaitable<Result<unsigned>> Exchange(Stream& stream, const PostRequest& request) {
  const http::request<http::string_body> out = RequestOf(request);
  const auto [write_error, written] = co_await http::async_write(stream, out, kNoThrow);
  if (write_error) co_return Failed("send the event", write_error);
  beast::flat_buffer buffer(kHeadBytesMax);
  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeadBytesMax);
  const auto [read_error, read] =
      co_await http::async_read_header(stream, buffer, parser, kNoThrow);
  if (read_error) co_return Failed("read the answer", read_error);
  co_return parser.get().result_int();
}

asio::awaitable<Result<unsigned>> ExchangeWithTls(beast::tcp_stream& tcp_stream,
                                                  const PostRequest& request) {
  const tls::Profile profile;  // the system's authorities
  const Result<tls::Context> loaded = tls::LoadClientContext(profile);
  if (!loaded) co_return std::unexpected(loaded.error());
  SSL_CTX_up_ref(loaded->get());
  asio::ssl::context context(loaded->get());  // takes the reference
  beast::ssl_stream<beast::tcp_stream&> stream(tcp_stream, context);
  tls::Expect(stream.native_handle(), {"the webhook", request.url.host, profile});
  const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::client, kNoThrow);
  if (failed) {
    const long verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict == X509_V_OK) co_return Failed("connect to it with TLS", failed);
    co_return Fail(Code::kUnauthenticated,
                   fmt::format("its certificate is not believed: {}; the authorities are those of "
                               "this system",
                               X509_verify_cert_error_string(verdict)));
  }
  auto answered = co_await Exchange(stream, request);
  co_return answered;
}

}  // namespace

asio::awaitable<Result<unsigned>> Post(PostRequest request) {
  const auto executor = co_await asio::this_coro::executor;
  const auto ends = asio::steady_timer::clock_type::now() + request.timeout;
  const auto found =
      co_await runtime::LookUp(executor, request.url.host, request.url.port, request.timeout);
  if (!found) co_return Fail(found.error().code, "look up its host: " + found.error().message);
  beast::tcp_stream stream(executor);
  stream.expires_at(ends);
  const auto [failed, address] = co_await stream.async_connect(*found, kNoThrow);
  if (failed) co_return Failed("connect to it", failed);
  if (request.url.is_tls) {
    auto answered = co_await ExchangeWithTls(stream, request);
    co_return answered;
  }
  auto answered = co_await Exchange(stream, request);
  co_return answered;
}

}  // namespace fairlead::webhook

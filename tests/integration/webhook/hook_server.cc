#include "integration/webhook/hook_server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <utility>

#include "runtime/no_throw.h"

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using runtime::kNoThrow;

}  // namespace

HookServer::HookServer(std::optional<KeyPair> identity) {
  if (identity) {
    tls_.emplace(asio::ssl::context::tls_server);
    tls_->use_certificate_chain(asio::buffer(identity->cert));
    tls_->use_private_key(asio::buffer(identity->key), asio::ssl::context::pem);
  }
  acceptor_.emplace(thread_.context(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  port_ = acceptor_->local_endpoint().port();
  asio::co_spawn(thread_.context(), Accept(), asio::detached);
}

HookServer::~HookServer() {
  thread_.Stop();
}

void HookServer::Answer(std::deque<int> statuses, int otherwise) {
  runtime::MutexLock lock(mutex_);
  answers_ = std::move(statuses);
  otherwise_ = otherwise;
}

std::vector<HookServer::Request> HookServer::requests() const {
  runtime::MutexLock lock(mutex_);
  return requests_;
}

int HookServer::Take(Request request) {
  runtime::MutexLock lock(mutex_);
  requests_.push_back(std::move(request));
  if (answers_.empty()) return otherwise_;
  const int answer = answers_.front();
  answers_.pop_front();
  return answer;
}

asio::awaitable<void> HookServer::Accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_->async_accept(kNoThrow);
    if (error) co_return;
    asio::co_spawn(thread_.context(), Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> HookServer::Serve(tcp::socket socket) {
  beast::tcp_stream plain(std::move(socket));
  if (!tls_) {
    co_await Talk(plain);
    co_return;
  }
  beast::ssl_stream<beast::tcp_stream&> stream(plain, *tls_);
  const auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, kNoThrow);
  if (!refused) co_await Talk(stream);
}

template <class Stream>
asio::awaitable<void> HookServer::Talk(Stream& stream) {
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  const auto [error, bytes] = co_await http::async_read(stream, buffer, request, kNoThrow);
  if (error) co_return;
  Request taken{.target = std::string(request.target()), .body = request.body(), .headers = {}};
  for (const auto& field : request) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    taken.headers[name] = std::string(field.value());
  }
  const int answer = Take(std::move(taken));
  if (answer == kHangUp) co_return;
  if (answer == kSilence) {
    // Until the other side, or the test, has enough.
    char more = 0;
    const asio::mutable_buffer rest(&more, 1);
    co_await stream.async_read_some(rest, kNoThrow);
    co_return;
  }
  http::response<http::string_body> response(static_cast<http::status>(answer), 11);
  if (answer >= 300 && answer < 400) response.set(http::field::location, "/elsewhere");
  response.body() = "thank you";
  response.prepare_payload();
  co_await http::async_write(stream, response, kNoThrow);
}

}  // namespace fairlead::test

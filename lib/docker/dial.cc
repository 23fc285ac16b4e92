#include "docker/dial.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "docker/deadline.h"
#include "docker/socket_look.h"
#include "docker/tls_client.h"

namespace fairlead::docker {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Address = asio::generic::stream_protocol::endpoint;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

struct Lookup {
  explicit Lookup(asio::io_context& context) : resolver(context), wait(context) {}
  tcp::resolver resolver;
  asio::steady_timer wait;
  bool is_done = false;
  error_code error;
  std::vector<Address> addresses;
};

void StartLookup(const std::shared_ptr<Lookup>& lookup, const Endpoint& endpoint) {
  lookup->resolver.async_resolve(
      endpoint.host, std::to_string(endpoint.port), tcp::resolver::numeric_service,
      [lookup](error_code error, const tcp::resolver::results_type& results) {
        lookup->is_done = true;
        lookup->error = error;
        for (const auto& result : results) lookup->addresses.emplace_back(result.endpoint());
        lookup->wait.cancel();
      });
}

// A lookup cannot be interrupted, so it is left behind when the time is up: its own thread ends it.
asio::awaitable<Result<std::vector<Address>>> Resolve(asio::io_context& context, Endpoint endpoint,
                                                      Duration timeout) {
  const auto lookup = std::make_shared<Lookup>(context);
  lookup->wait.expires_after(timeout);
  StartLookup(lookup, endpoint);
  const auto [error] = co_await lookup->wait.async_wait(kNoThrow);
  if (!lookup->is_done) {
    lookup->resolver.cancel();
    co_return Fail(error ? Code::kCancelled : Code::kDeadlineExceeded,
                   fmt::format("look up {}: no answer", endpoint.host));
  }
  if (lookup->error) {
    co_return Fail(Code::kUnavailable,
                   fmt::format("look up {}: {}", endpoint.host, lookup->error.message()));
  }
  co_return std::move(lookup->addresses);
}

// The kernel connects a unix socket at once or refuses it, as it does while an engine that is
// frozen leaves too many waiting; a blocking socket would wait for that one.
error_code ConnectAtOnce(Socket& socket, const Address& address) {
  error_code error;
  socket.open(address.protocol(), error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.connect(address, error);
  return error;
}

Error ConnectError(const Endpoint& endpoint, const error_code& error, bool has_passed) {
  const std::string doing = fmt::format("connect to {}", endpoint.text);
  if (has_passed) return {Code::kDeadlineExceeded, doing + ": no answer in time"};
  if (error == asio::error::operation_aborted) return {Code::kCancelled, doing + ": cancelled"};
  if (error == boost::system::errc::too_many_files_open ||
      error == boost::system::errc::too_many_files_open_in_system) {
    return {Code::kResourceExhausted,
            doing + ": no file descriptor is left; raise the limit (ulimit -n, LimitNOFILE)"};
  }
  const bool is_forbidden = error == boost::system::errc::permission_denied;
  const Code code = is_forbidden ? Code::kPermissionDenied : Code::kUnavailable;
  std::string advice;
  if (endpoint.is_unix()) {
    advice = SocketAdvice(error.value(), endpoint.path, LookAround(endpoint.path));
  } else if (error == asio::error::connection_refused) {
    advice = "nobody listens there: is the engine running, and told to listen on TCP?";
  }
  if (!advice.empty()) advice = " (" + advice + ")";
  return {code, fmt::format("{}: {}{}", doing, error.message(), advice)};
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<Connection>>> Dial(asio::io_context& context,
                                                          Endpoint endpoint, Duration timeout) {
  std::vector<Address> addresses;
  if (endpoint.is_unix()) {
    addresses.emplace_back(asio::local::stream_protocol::endpoint(endpoint.path));
  } else {
    auto resolved = co_await Resolve(context, endpoint, timeout);
    if (!resolved) co_return std::unexpected(resolved.error());
    addresses = std::move(*resolved);
  }
  Error last{Code::kUnavailable, fmt::format("connect to {}: no address", endpoint.text)};
  for (const Address& address : addresses) {
    auto connection = std::make_unique<Connection>(Socket(context));
    bool is_connected = false;
    {
      const Deadline deadline(connection->socket, timeout);
      error_code error;
      if (endpoint.is_unix()) {
        error = ConnectAtOnce(connection->socket, address);
      } else {
        const auto [failed] = co_await connection->socket.async_connect(address, kNoThrow);
        error = failed;
      }
      is_connected = !error && connection->socket.is_open();
      if (!is_connected) last = ConnectError(endpoint, error, deadline.has_passed());
    }
    if (is_connected) {
      error_code ignored;
      // An engine that vanished without a word is noticed on an idle event stream, too.
      if (!endpoint.is_unix()) {
        connection->socket.set_option(asio::socket_base::keep_alive(true), ignored);
      }
      if (!endpoint.tls) co_return std::move(connection);
      const auto secured = co_await StartTls(*connection, endpoint, timeout);
      if (secured) co_return std::move(connection);
      last = secured.error();
    }
    if (last.code == Code::kDeadlineExceeded || last.code == Code::kCancelled) break;
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace fairlead::docker

#include "docker/dial.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "docker/socket_look.h"
#include "docker/tls_client.h"
#include "runtime/deadline.h"
#include "runtime/lookup.h"
#include "runtime/no_throw.h"

namespace fairlead::docker {
namespace {

using boost::system::error_code;
using Address = asio::generic::stream_protocol::endpoint;
using runtime::kNoThrow;

// The kernel connects a unix socket at once or refuses it, as it does while an engine that is
// frozen leaves too many waiting; a blocking socket would wait for that one.
error_code ConnectAtOnce(runtime::Socket& socket, const Address& address) {
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

asio::awaitable<Result<std::unique_ptr<runtime::Connection>>> Dial(asio::io_context& context,
                                                                   Endpoint endpoint,
                                                                   Duration timeout) {
  std::vector<Address> addresses;
  if (endpoint.is_unix()) {
    addresses.emplace_back(asio::local::stream_protocol::endpoint(endpoint.path));
  } else {
    const auto found =
        co_await runtime::LookUp(context.get_executor(), endpoint.host, endpoint.port, timeout);
    if (!found) {
      co_return Fail(found.error().code,
                     fmt::format("look up {}: {}", endpoint.host, found.error().message));
    }
    addresses.assign(found->begin(), found->end());
  }
  Error last{Code::kUnavailable, fmt::format("connect to {}: no address", endpoint.text)};
  for (const Address& address : addresses) {
    auto connection = std::make_unique<runtime::Connection>(runtime::Socket(context));
    bool is_connected = false;
    {
      const runtime::Deadline deadline(connection->socket, timeout);
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

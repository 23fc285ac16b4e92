#include "docker/dial.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "docker/deadline.h"

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

Error ConnectError(const Endpoint& endpoint, const error_code& error, bool has_passed) {
  const std::string doing = fmt::format("connect to {}", endpoint.text);
  if (has_passed) return {Code::kDeadlineExceeded, doing + ": no answer in time"};
  if (error == asio::error::operation_aborted) return {Code::kCancelled, doing + ": cancelled"};
  std::string_view hint;
  Code code = Code::kUnavailable;
  if (error == boost::system::errc::permission_denied) {
    code = Code::kPermissionDenied;
    hint = " (run fairlead as root or in the socket's group)";
  } else if (error == boost::system::errc::no_such_file_or_directory) {
    hint = " (is the engine installed and running, and its socket's directory mounted here?)";
  } else if (error == asio::error::connection_refused && endpoint.is_unix()) {
    hint = " (the engine is down, or it made a new socket: mount the directory, not the file)";
  }
  return {code, fmt::format("{}: {}{}", doing, error.message(), hint)};
}

}  // namespace

asio::awaitable<Result<Socket>> Dial(asio::io_context& context, Endpoint endpoint,
                                     Duration timeout) {
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
    Socket socket(context);
    const Deadline deadline(socket, timeout);
    const auto [error] = co_await socket.async_connect(address, kNoThrow);
    if (!error && socket.is_open()) {
      error_code ignored;
      // An engine that vanished without a word is noticed on an idle event stream, too.
      if (!endpoint.is_unix()) socket.set_option(asio::socket_base::keep_alive(true), ignored);
      co_return std::move(socket);
    }
    last = ConnectError(endpoint, error, deadline.has_passed());
    if (last.code == Code::kDeadlineExceeded || last.code == Code::kCancelled) break;
  }
  co_return std::unexpected(std::move(last));
}

}  // namespace fairlead::docker

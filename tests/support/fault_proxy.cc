#include "support/fault_proxy.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "runtime/no_throw.h"

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;
using runtime::kNoThrow;

constexpr std::size_t kPieceBytes = 16 * 1024;

void Reset(Socket& socket) {
  error_code ignored;
  const ::linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket.close(ignored);
}

}  // namespace

// Both sides of one connection. Shared by its two pumps and the proxy.
struct FaultProxy::Connection {
  Connection(asio::io_context& context, Socket accepted, std::uint64_t seed)
      : client(std::move(accepted)), server(context), changed(context), rng(seed) {}

  Socket client;
  Socket server;
  asio::steady_timer changed;  // cancelled when the fault changes, which wakes a frozen pump
  Rng rng;
  std::string first_bytes;
  Fault fault;
  std::size_t passed = 0;  // of the server's bytes
  bool is_open = true;
  bool has_client_ended = false;

  bool has_begun() const { return passed >= fault.after_bytes; }
  FaultKind kind() const { return has_begun() ? fault.kind : FaultKind::kNone; }

  void Wake() { changed.cancel(); }

  // Acts on a fault that ends the connection.
  void Apply() {
    if (kind() == FaultKind::kEnd) Close();
    if (kind() == FaultKind::kReset) {
      Reset(client);
      Reset(server);
      Close();
    }
    Wake();
  }

  void Close() {
    error_code ignored;
    is_open = false;
    client.close(ignored);
    server.close(ignored);
    Wake();
  }

  awaitable<void> WaitForChange() {
    error_code ignored;
    changed.expires_at(asio::steady_timer::time_point::max());
    co_await changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  // How many of `bytes` bytes of the server's may still pass before the fault begins.
  std::size_t Passing(std::size_t bytes) const {
    return has_begun() ? bytes : std::min(bytes, fault.after_bytes - passed);
  }

  // Ends when either side does. A side that has only finished writing is passed on as such.
  static awaitable<void> Pump(std::shared_ptr<Connection> self, bool is_answer);
  // False when the piece ended the connection.
  awaitable<bool> Forward(std::string piece, bool is_answer);
};

awaitable<bool> FaultProxy::Connection::Forward(std::string piece, bool is_answer) {
  Socket& to = is_answer ? client : server;
  while (!piece.empty() && is_open) {
    if (kind() == FaultKind::kFreeze) {
      co_await WaitForChange();
      continue;
    }
    const bool is_dropped =
        kind() == FaultKind::kHalfOpen ||
        kind() == (is_answer ? FaultKind::kSwallowAnswers : FaultKind::kSwallowQuestions);
    if (is_dropped) co_return true;
    if (kind() == FaultKind::kDelay) {
      const auto more = static_cast<std::uint64_t>(fault.delay_more.count());
      const std::chrono::nanoseconds extra(more == 0 ? 0 : rng.Below(more));
      asio::steady_timer late(to.get_executor(), fault.delay + extra);
      error_code ignored;
      co_await late.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    const std::size_t length = is_answer ? Passing(piece.size()) : piece.size();
    const auto [error, written] =
        co_await asio::async_write(to, asio::buffer(piece.data(), length), kNoThrow);
    if (error) co_return false;
    piece.erase(0, length);
    if (!is_answer) continue;
    const bool had_begun = has_begun();
    passed += length;
    if (has_begun() && !had_begun) Apply();
  }
  co_return is_open;
}

awaitable<void> FaultProxy::Connection::Pump(std::shared_ptr<Connection> self, bool is_answer) {
  Socket& from = is_answer ? self->server : self->client;
  Socket& to = is_answer ? self->client : self->server;
  std::array<char, kPieceBytes> buffer;
  while (self->is_open) {
    if (self->kind() == FaultKind::kFreeze) {
      co_await self->WaitForChange();
      continue;
    }
    const auto [error, read] = co_await from.async_read_some(asio::buffer(buffer), kNoThrow);
    if (error == asio::error::eof) {
      self->has_client_ended |= !is_answer;
      // A frozen or swallowing path does not let the end of the stream through either.
      while (self->is_open && self->kind() != FaultKind::kNone &&
             self->kind() != FaultKind::kDelay) {
        co_await self->WaitForChange();
      }
      error_code ignored;
      if (self->is_open) to.shutdown(Socket::shutdown_send, ignored);
      if (is_answer) break;  // a server that has ended is not asked any more
      co_return;
    }
    if (error) break;
    std::string piece(buffer.data(), read);
    const bool goes_on = co_await self->Forward(std::move(piece), is_answer);
    if (!goes_on) break;
  }
  self->Close();
}

FaultProxy::FaultProxy(asio::io_context& context, const std::string& socket_path,
                       std::string upstream, std::uint64_t seed)
    : context_(context),
      socket_path_(socket_path),
      upstream_(std::move(upstream)),
      unix_acceptor_(context),
      tcp_acceptor_(context),
      rng_(seed) {
  Open();
}

FaultProxy::~FaultProxy() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

void FaultProxy::Close() {
  error_code ignored;
  unix_acceptor_.close(ignored);
  tcp_acceptor_.close(ignored);
}

void FaultProxy::Open() {
  if (socket_path_.empty()) {
    tcp_acceptor_ = asio::ip::tcp::acceptor(context_, {asio::ip::address_v4::loopback(), port_});
    port_ = tcp_acceptor_.local_endpoint().port();
    endpoint_ = fmt::format("tcp://127.0.0.1:{}", port_);
    asio::co_spawn(context_, Accept(tcp_acceptor_), asio::detached);
  } else {
    ::unlink(socket_path_.c_str());
    unix_acceptor_ = asio::local::stream_protocol::acceptor(
        context_, asio::local::stream_protocol::endpoint(socket_path_));
    endpoint_ = "unix://" + socket_path_;
    asio::co_spawn(context_, Accept(unix_acceptor_), asio::detached);
  }
}

template <class Acceptor>
awaitable<void> FaultProxy::Accept(Acceptor& acceptor) {
  for (;;) {
    auto [error, accepted] = co_await acceptor.async_accept(kNoThrow);
    if (error) co_return;
    ++accepted_;
    std::erase_if(connections_, [](const auto& connection) { return !connection->is_open; });
    auto connection =
        std::make_shared<Connection>(context_, Socket(std::move(accepted)), rng_.Next());
    connections_.push_back(connection);
    asio::co_spawn(context_, Serve(std::move(connection)), asio::detached);
  }
}

Fault FaultProxy::FaultFor(const std::string& first_bytes) {
  for (Rule& each : rules_) {
    const FaultRule& rule = each.rule;
    if (first_bytes.find(rule.when) == std::string::npos) continue;
    if (each.matched++ < rule.skip) continue;
    if (rule.times >= 0 && each.hit >= rule.times) continue;
    if (rule.percent < 100 && static_cast<int>(rng_.Below(100)) >= rule.percent) continue;
    ++each.hit;
    return rule.fault;
  }
  return {};
}

awaitable<bool> FaultProxy::Dial(std::shared_ptr<Connection> connection) {
  constexpr std::string_view kUnix = "unix://";
  if (upstream_.starts_with(kUnix)) {
    const asio::generic::stream_protocol::endpoint where(
        asio::local::stream_protocol::endpoint(upstream_.substr(kUnix.size())));
    const auto [error] = co_await connection->server.async_connect(where, kNoThrow);
    co_return !error;
  }
  const std::string port = upstream_.substr(upstream_.rfind(':') + 1);
  const asio::generic::stream_protocol::endpoint where(asio::ip::tcp::endpoint(
      asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))));
  const auto [error] = co_await connection->server.async_connect(where, kNoThrow);
  co_return !error;
}

awaitable<void> FaultProxy::Serve(std::shared_ptr<Connection> connection) {
  std::array<char, kPieceBytes> buffer;
  const auto [error, read] =
      co_await connection->client.async_read_some(asio::buffer(buffer), kNoThrow);
  connection->first_bytes.assign(buffer.data(), read);
  if (error) {
    connection->Close();
    co_return;
  }
  connection->fault = FaultFor(connection->first_bytes);
  connection->Apply();
  if (!connection->is_open) co_return;
  if (connection->kind() != FaultKind::kHalfOpen) {
    const bool is_connected = co_await Dial(connection);
    if (!is_connected) {
      connection->Close();
      co_return;
    }
    asio::co_spawn(context_, Connection::Pump(connection, /*is_answer=*/true), asio::detached);
  }
  std::string first = connection->first_bytes;
  const bool goes_on = co_await connection->Forward(std::move(first), /*is_answer=*/false);
  if (!goes_on) {
    connection->Close();
    co_return;
  }
  co_await Connection::Pump(connection, /*is_answer=*/false);
}

int FaultProxy::Inflict(const std::string& part, Fault fault) {
  int hit = 0;
  for (const auto& connection : connections_) {
    if (!connection->is_open || connection->first_bytes.find(part) == std::string::npos) continue;
    ++hit;
    connection->fault = fault;
    // What has passed before the fault was put on does not count.
    connection->fault.after_bytes += fault.after_bytes == 0 ? 0 : connection->passed;
    connection->Apply();
  }
  return hit;
}

int FaultProxy::open_connections(const std::string& part) const {
  return static_cast<int>(std::ranges::count_if(connections_, [&](const auto& connection) {
    return connection->is_open && connection->first_bytes.find(part) != std::string::npos;
  }));
}

int FaultProxy::clients() const {
  return static_cast<int>(std::ranges::count_if(connections_, [](const auto& connection) {
    return connection->is_open && !connection->has_client_ended;
  }));
}

}  // namespace fairlead::test

#include "nameserver/name_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <set>
#include <utility>

#include "nameserver/desk.h"
#include "nameserver/tcp_connection.h"
#include "runtime/no_throw.h"

namespace fairlead::nameserver {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using runtime::kNoThrow;

constexpr int kBacklog = 128;
// Without a free descriptor, accepting again at once would spin.
constexpr Duration kPause = std::chrono::milliseconds(100);

std::unexpected<Error> CannotListen(const asio::ip::address& ip, std::uint16_t port,
                                    const error_code& error) {
  constexpr std::uint16_t kLastPrivileged = 1023;
  std::string text = "listen for DNS on " + ip.to_string() + " port " + std::to_string(port) +
                     ": " + error.message();
  if (error == asio::error::access_denied && port <= kLastPrivileged)
    text += " (it takes CAP_NET_BIND_SERVICE; or name a port above 1023 in dns.listen)";
  if (error == asio::error::address_in_use)
    text += " (another name server is there; name another address or port in dns.listen)";
  return Fail(Code::kFailedPrecondition, text);
}

// Binds also to an address that the host gets later.
template <class Socket>
void Open(Socket& socket, const typename Socket::endpoint_type& place, error_code& error) {
  socket.open(place.protocol(), error);
  if (error) return;
  const int on = 1;
  const bool is_v6 = place.address().is_v6();
  // Where the kernel refuses, bind() says what is the matter.
  static_cast<void>(::setsockopt(socket.native_handle(), is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                                 is_v6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof on));
}

struct UdpPlace {
  explicit UdpPlace(asio::io_context& context) : socket(context) {}
  udp::socket socket;
  std::string ip;
  std::array<std::byte, kQueryBytesMax> buffer{};
  udp::endpoint from;
};

}  // namespace

// Shared with the coroutines, which end after the server.
class NameServer::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& context, xds::ClientLocator& locator, Options options)
      : context_(context),
        desk_(std::make_shared<Desk>(context.get_executor(), locator, std::move(options))),
        tidy_(context),
        pause_(context) {}

  void Begin() { asio::co_spawn(context_, KeepTidy(shared_from_this()), asio::detached); }

  Result<std::uint16_t> Listen(const std::string& ip, std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(ip, error);
    if (error)
      return Fail(Code::kFailedPrecondition, "listen for DNS on " + ip + ": " + error.message());
    auto acceptor = std::make_shared<tcp::acceptor>(context_);
    Open(*acceptor, {address, port}, error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor->bind({address, port}, error);
    if (!error) acceptor->listen(kBacklog, error);
    if (error) return CannotListen(address, port, error);
    const std::uint16_t real = acceptor->local_endpoint(error).port();
    auto place = std::make_shared<UdpPlace>(context_);
    place->ip = ip;
    Open(place->socket, {address, real}, error);
    if (!error) place->socket.bind({address, real}, error);
    if (!error) place->socket.non_blocking(true, error);
    if (error) return CannotListen(address, real, error);
    acceptors_.push_back(acceptor);
    places_.push_back(place);
    asio::co_spawn(context_, Accept(shared_from_this(), acceptor, ip), asio::detached);
    asio::co_spawn(context_, Receive(shared_from_this(), place), asio::detached);
    return real;
  }

  void Put(const std::vector<fleet::ServiceViewPtr>& changed,
           const std::vector<ServiceName>& dropped) {
    desk_->Put(changed, dropped);
    tidy_.cancel();  // an older answer may end sooner than it looked
  }
  void OpenGate() { desk_->OpenGate(); }

  void End() {
    is_ended_ = true;
    error_code ignored;
    for (const auto& acceptor : acceptors_) acceptor->close(ignored);
    for (const auto& place : places_) place->socket.close(ignored);
    for (const auto& connection : connections_) connection->Close();
    tidy_.cancel();
    pause_.cancel();
    desk_->Stop();
  }

 private:
  static awaitable<void> KeepTidy(std::shared_ptr<State> self) {
    while (!self->is_ended_) {
      self->tidy_.expires_after(self->desk_->Tidy());
      const auto [woken] = co_await self->tidy_.async_wait(kNoThrow);
      static_cast<void>(woken);
    }
  }

  static awaitable<void> Receive(std::shared_ptr<State> self, std::shared_ptr<UdpPlace> place) {
    while (place->socket.is_open()) {
      const auto [error, size] = co_await place->socket.async_receive_from(
          asio::buffer(place->buffer), place->from, kNoThrow);
      if (error == asio::error::operation_aborted || self->is_ended_) break;
      if (error) {
        self->pause_.expires_after(kPause);
        const auto [waited] = co_await self->pause_.async_wait(kNoThrow);
        static_cast<void>(waited);
        continue;
      }
      self->OnDatagram(place, size);
    }
  }

  void OnDatagram(const std::shared_ptr<UdpPlace>& place, std::size_t size) {
    const udp::endpoint from = place->from;
    Desk::Letter letter{.query = {place->buffer.begin(), place->buffer.begin() + size},
                        .from_ip = from.address().to_string(),
                        .local_ip = place->ip,
                        .is_tcp = false};
    desk_->Take(std::move(letter), [place, from](const std::vector<std::byte>& bytes) {
      if (bytes.empty() || !place->socket.is_open()) return;
      // What the kernel has no room for is lost, as any datagram may be.
      error_code ignored;
      place->socket.send_to(asio::buffer(bytes), from, 0, ignored);
    });
  }

  static awaitable<void> Accept(std::shared_ptr<State> self,
                                std::shared_ptr<tcp::acceptor> acceptor, std::string ip) {
    while (acceptor->is_open()) {
      auto [error, socket] = co_await acceptor->async_accept(kNoThrow);
      if (!acceptor->is_open()) break;
      if (error) {
        self->pause_.expires_after(kPause);
        const auto [waited] = co_await self->pause_.async_wait(kNoThrow);
        static_cast<void>(waited);
        continue;
      }
      self->Enter(std::move(socket), ip);
    }
  }

  void Enter(tcp::socket socket, const std::string& local_ip) {
    error_code error;
    const asio::ip::address from = socket.remote_endpoint(error).address();
    if (error) return;  // it has gone again
    const std::string ip = from.to_string();
    // On the host everybody has the same address.
    const bool is_here = from.is_loopback() || ip == local_ip;
    const auto of_it = std::ranges::count(
        connections_, ip, [](const auto& connection) { return connection->from_ip(); });
    const bool is_full = connections_.size() >= desk_->limits().connections_max;
    if (is_full || (!is_here &&
                    static_cast<std::size_t>(of_it) >= desk_->limits().connections_per_asker_max)) {
      desk_->TellLimit(limit::kConnections);
      return;
    }
    auto connection = std::make_shared<TcpConnection>(std::move(socket), ip, local_ip, desk_);
    connections_.insert(connection);
    asio::co_spawn(context_, Serve(shared_from_this(), connection), asio::detached);
  }

  static awaitable<void> Serve(std::shared_ptr<State> self,
                               std::shared_ptr<TcpConnection> connection) {
    co_await connection->Run();
    self->connections_.erase(connection);
  }

  asio::io_context& context_;
  const std::shared_ptr<Desk> desk_;
  asio::steady_timer tidy_;
  asio::steady_timer pause_;
  std::vector<std::shared_ptr<tcp::acceptor>> acceptors_;
  std::vector<std::shared_ptr<UdpPlace>> places_;
  std::set<std::shared_ptr<TcpConnection>> connections_;
  bool is_ended_ = false;
};

NameServer::NameServer(asio::io_context& context, xds::ClientLocator& locator, Options options)
    : context_(context), state_(std::make_shared<State>(context, locator, std::move(options))) {
  state_->Begin();
}

NameServer::~NameServer() {
  state_->End();
}

Result<std::uint16_t> NameServer::Listen(const std::string& ip, std::uint16_t port) {
  return state_->Listen(ip, port);
}

void NameServer::Publish(std::vector<fleet::ServiceViewPtr> changed,
                         std::vector<ServiceName> dropped) {
  asio::post(context_, [state = state_, changed = std::move(changed),
                        dropped = std::move(dropped)] { state->Put(changed, dropped); });
}

void NameServer::OpenGate() {
  asio::post(context_, [state = state_] { state->OpenGate(); });
}

}  // namespace fairlead::nameserver

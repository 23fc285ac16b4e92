#include "gateway/replica_socket.h"

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "h2/connecting.h"
#include "h2/socket_address.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

void ReplicaSocket::Connect(const Address& address, const h2::TransportMaker& make,
                            Handler decided) {
  const auto fail = [&] {
    asio::post(context_, [alive = std::weak_ptr(alive_), decided] {
      if (alive.lock()) decided();
    });
  };
  const Result<h2::SocketAddress> to = h2::SocketAddress::Ip(address.ip, address.port);
  if (!to) return fail();
  const h2::Connecting begun = h2::BeginConnect(*to);
  if (begun.error != 0) return fail();
  transport_ = make ? make(begun.descriptor) : h2::MakePlainTransport(begun.descriptor);
  error_code error;
  watch_.assign(begun.descriptor, error);
  if (error) return fail();
  WaitToWrite([this, decided = std::move(decided)] { OnConnected(decided); });
}

void ReplicaSocket::OnConnected(const Handler& decided) {
  if (h2::ConnectError(transport_->descriptor()) != 0) return decided();
  Establish(decided);
}

void ReplicaSocket::Establish(const Handler& decided) {
  const h2::IoOutcome outcome = transport_->Establish();
  if (outcome.state == h2::IoState::kWouldBlock) {
    auto again = [this, decided] { Establish(decided); };
    // It does not say for which readiness. A socket that takes more is waited for to be read.
    if (h2::IsWritable(transport_->descriptor())) return WaitToRead(std::move(again));
    return WaitToWrite(std::move(again));
  }
  is_established_ = outcome.state == h2::IoState::kDone;
  if (!is_established_) NoteTrouble();
  if (!is_established_ && trouble_.empty())
    trouble_ = "the server ended the connection during the TLS handshake";
  decided();
}

void ReplicaSocket::WaitToRead(Handler ready) {
  WaitFor(Wait::wait_read, std::move(ready));
}

void ReplicaSocket::WaitToWrite(Handler ready) {
  WaitFor(Wait::wait_write, std::move(ready));
}

void ReplicaSocket::WaitFor(Wait what, Handler ready) {
  watch_.async_wait(
      what, [alive = std::weak_ptr(alive_), ready = std::move(ready)](const error_code& error) {
        if (!error && alive.lock()) ready();
      });
}

void ReplicaSocket::Close() {
  is_established_ = false;
  alive_.reset();
  if (watch_.is_open()) watch_.release();
  transport_.reset();
}

}  // namespace fairlead::gateway

// ReplicaSocket: a connection to a replica, in plaintext or over TLS, on the gateway's loop.
//
// Why over h2::Transport: TLS is the one that checks and discovery have, with its verification,
// sessions and words, and what is above it need not know. Asio's part is to tell of readiness.
// Threads: the gateway's loop. A handler is not called from within what takes it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "gateway/service_now.h"
#include "h2/transport.h"

namespace fairlead::gateway {

class ReplicaSocket {
 public:
  using Handler = std::function<void()>;

  explicit ReplicaSocket(boost::asio::io_context& context) : context_(context), watch_(context) {}
  ~ReplicaSocket() { Close(); }
  ReplicaSocket(const ReplicaSocket&) = delete;
  ReplicaSocket& operator=(const ReplicaSocket&) = delete;

  // Connects, and agrees on TLS where `make` has some. Once; `decided` is called unless it is
  // closed before. Then is_open() says whether it came to something, and trouble() why not.
  void Connect(const Address& address, const h2::TransportMaker& make, Handler decided);
  bool is_open() const { return is_established_; }
  // REQUIRES: is_open(), as of those below.
  h2::Transport& transport() { return *transport_; }
  void WaitToRead(Handler ready);
  void WaitToWrite(Handler ready);
  // What stands between us and the peer above the socket; empty: nothing that TLS knows of.
  const std::string& trouble() const { return trouble_; }
  // What the transport said last is why it is of no use any more.
  void NoteTrouble() { trouble_ = transport_->trouble(); }
  // With TLS's goodbye. Nothing that was asked of it is called any more.
  void Close();

 private:
  using Wait = boost::asio::posix::stream_descriptor::wait_type;

  void WaitFor(Wait what, Handler ready);
  void OnConnected(const Handler& decided);
  void Establish(const Handler& decided);

  boost::asio::io_context& context_;
  boost::asio::posix::stream_descriptor watch_;  // the transport closes what it watches
  std::unique_ptr<h2::Transport> transport_;
  bool is_established_ = false;
  std::string trouble_;
  // Handlers that come late ask it whether they are still wanted.
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fairlead::gateway

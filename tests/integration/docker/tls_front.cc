#include "integration/docker/tls_front.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "runtime/no_throw.h"

namespace fairlead::test {
namespace {

using asio::ip::tcp;
using runtime::kNoThrow;

}  // namespace

TlsFront::TlsFront(asio::io_context& context, std::string engine_path,
                   const TlsFrontOptions& options)
    : context_(context),
      engine_path_(std::move(engine_path)),
      tls_(asio::ssl::context::tls_server),
      acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  tls_.use_certificate_chain(asio::buffer(options.identity.cert));
  tls_.use_private_key(asio::buffer(options.identity.key), asio::ssl::context::pem);
  if (!options.client_authority.empty()) {
    tls_.add_certificate_authority(asio::buffer(options.client_authority));
    tls_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  if (options.version_max != 0) {
    SSL_CTX_set_max_proto_version(tls_.native_handle(), options.version_max);
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_VERSION);
    SSL_CTX_set_cipher_list(tls_.native_handle(), "ALL:@SECLEVEL=0");
  }
  asio::co_spawn(context_, Accept(), asio::detached);
}

std::string TlsFront::endpoint() const {
  return fmt::format("tcp://127.0.0.1:{}", acceptor_.local_endpoint().port());
}

asio::awaitable<void> TlsFront::Accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
    if (error) co_return;
    asio::co_spawn(context_, Serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> TlsFront::Serve(tcp::socket socket) {
  asio::ssl::stream<tcp::socket> client(std::move(socket), tls_);
  const auto [refused] = co_await client.async_handshake(asio::ssl::stream_base::server, kNoThrow);
  if (refused) co_return;
  ++handshakes_;
  asio::local::stream_protocol::socket engine(context_);
  const asio::local::stream_protocol::endpoint address(engine_path_);
  const auto [away] = co_await engine.async_connect(address, kNoThrow);
  if (away) co_return;
  std::array<char, 16 * 1024> buffer{};
  // A request of ours fits into one read.
  const auto [cut, asked] = co_await client.async_read_some(asio::buffer(buffer), kNoThrow);
  if (cut) co_return;
  const asio::const_buffer request(buffer.data(), asked);
  co_await asio::async_write(engine, request, kNoThrow);
  while (true) {
    const auto [ended, bytes] = co_await engine.async_read_some(asio::buffer(buffer), kNoThrow);
    if (ended) break;
    const asio::const_buffer piece(buffer.data(), bytes);
    const auto [left, written] = co_await asio::async_write(client, piece, kNoThrow);
    if (left) co_return;
  }
  co_await client.async_shutdown(kNoThrow);
}

}  // namespace fairlead::test

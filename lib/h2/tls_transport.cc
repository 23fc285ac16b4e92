#include "h2/tls_transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <optional>
#include <string_view>
#include <utility>

#include "h2/tls_socket.h"
#include "tls/peer_words.h"
#include "tls/session_slot.h"

namespace fairlead::h2 {
namespace {

constexpr std::string_view kHttp2Names("\x02h2");
constexpr std::string_view kHttp1Names("\x08http/1.1");

// What the connections to one server share.
struct Peer {
  std::shared_ptr<tls::LiveProfile> profile;
  TlsServer server;
  tls::SessionSlot sessions{};

  tls::PeerOf words() const {
    return {.who = "the server", .host = server.host, .profile = profile->profile()};
  }
};

struct SslDeleter {
  void operator()(SSL* connection) const { SSL_free(connection); }
};
using Connection = std::unique_ptr<SSL, SslDeleter>;

Connection NewConnection(Peer& peer, const tls::LiveProfile::InUse& in_use) {
  Connection made(SSL_new(in_use.context.get()));
  if (made == nullptr) return made;
  SSL_set_connect_state(made.get());
  SSL_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(made.get(), 1);
  const std::string_view names = peer.server.alpn == Alpn::kHttp2 ? kHttp2Names : kHttp1Names;
  SSL_set_alpn_protos(made.get(), reinterpret_cast<const unsigned char*>(names.data()),
                      static_cast<unsigned>(names.size()));
  tls::Expect(made.get(), peer.words());
  peer.sessions.Attach(made.get(), in_use.generation);
  return made;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(int descriptor, std::shared_ptr<Peer> peer, Connection connection)
      : socket_(descriptor, kTlsBytesPerSecondMax),
        peer_(std::move(peer)),
        connection_(std::move(connection)) {
    BIO* const bio = socket_.NewBio();
    SSL_set_bio(connection_.get(), bio, bio);
    SSL_set_cert_cb(connection_.get(), OnAskedForCertificate, this);
  }

  ~TlsTransport() override {
    // A session whose connection ends without a goodbye may not be resumed.
    if (is_established_ && !end_) {
      BeginTurn();
      SSL_shutdown(connection_.get());
    }
    SSL_set_shutdown(connection_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ERR_clear_error();
  }

  IoOutcome Establish() override {
    if (end_) return *end_;
    BeginTurn();
    const int result = SSL_do_handshake(connection_.get());
    if (result != 1) return Judge(result);
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(connection_.get(), &name, &length);
    if (peer_->server.alpn == Alpn::kHttp2 && length == 0)
      return Fail("the server chooses no protocol by ALPN; it must offer h2, as gRPC asks for");
    is_established_ = true;
    return {};
  }

  IoOutcome Read(std::span<std::byte> buffer) override {
    if (end_) return *end_;
    BeginTurn();
    std::size_t moved = 0;
    while (moved < buffer.size()) {
      std::size_t bytes = 0;
      const int result =
          SSL_read_ex(connection_.get(), buffer.data() + moved, buffer.size() - moved, &bytes);
      if (result != 1) {
        const IoOutcome why = Judge(result);
        if (moved == 0) return why;
        break;
      }
      moved += bytes;
    }
    has_heard_ = true;
    return {.bytes = moved};
  }

  IoOutcome Write(std::span<const iovec> pieces) override {
    BeginTurn();
    std::size_t moved = 0;
    for (const iovec& piece : pieces) {
      for (std::size_t at = 0; at < piece.iov_len;) {
        std::size_t bytes = 0;
        const int result =
            SSL_write_ex(connection_.get(), static_cast<const std::byte*>(piece.iov_base) + at,
                         piece.iov_len - at, &bytes);
        if (result != 1) return moved > 0 ? IoOutcome{.bytes = moved} : JudgeWrite(result);
        at += bytes;
        moved += bytes;
      }
    }
    return {.bytes = moved};
  }

  std::string trouble() const override { return trouble_; }
  int descriptor() const override { return socket_.descriptor(); }

 private:
  static int OnAskedForCertificate(SSL*, void* transport) {
    static_cast<TlsTransport*>(transport)->is_asked_for_certificate_ = true;
    return 1;
  }

  void BeginTurn() {
    ERR_clear_error();
    socket_.BeginTurn();
  }

  // What OpenSSL's `result` of a handshake or a read means; all but kWouldBlock is for good.
  IoOutcome Judge(int result) {
    const int kind = SSL_get_error(connection_.get(), result);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
      return {.state = IoState::kWouldBlock};
    if (socket_.is_flooded()) return Fail("the server sends more TLS records than allowed");
    if (kind == SSL_ERROR_SSL)
      return Fail(tls::FindTrouble(connection_.get(), ERR_peek_error(), peer_->words()).words);
    if (is_established_ && is_asked_for_certificate_ && !has_heard_)
      return Fail(tls::SilentRefusalWords(peer_->words()));
    if (socket_.error() != 0)
      end_ = {.state = IoState::kFailed, .error = socket_.error()};
    else
      end_ = {.state = IoState::kEnd};
    return *end_;
  }

  // A write that fails leaves what the peer has said to be read.
  IoOutcome JudgeWrite(int result) const {
    const int kind = SSL_get_error(connection_.get(), result);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
      return {.state = IoState::kWouldBlock};
    return {.state = IoState::kFailed, .error = socket_.error() != 0 ? socket_.error() : EPIPE};
  }

  IoOutcome Fail(std::string why) {
    trouble_ = std::move(why);
    end_ = {.state = IoState::kTrouble};
    return *end_;
  }

  TlsSocket socket_;
  const std::shared_ptr<Peer> peer_;
  const Connection connection_;
  bool is_established_ = false;
  bool is_asked_for_certificate_ = false;
  bool has_heard_ = false;        // any byte inside
  std::optional<IoOutcome> end_;  // what every read says from now on
  std::string trouble_;
};

class TroubledTransport final : public Transport {
 public:
  TroubledTransport(int descriptor, std::string trouble)
      : descriptor_(descriptor), trouble_(std::move(trouble)) {}
  ~TroubledTransport() override { close(descriptor_); }

  IoOutcome Establish() override { return {.state = IoState::kTrouble}; }
  IoOutcome Read(std::span<std::byte>) override { return {.state = IoState::kTrouble}; }
  IoOutcome Write(std::span<const iovec>) override { return {.state = IoState::kTrouble}; }
  std::string trouble() const override { return trouble_; }
  int descriptor() const override { return descriptor_; }

 private:
  const int descriptor_;
  const std::string trouble_;
};

}  // namespace

TransportMaker MakeTlsTransports(std::shared_ptr<tls::LiveProfile> profile, TlsServer server) {
  auto peer = std::make_shared<Peer>(std::move(profile), std::move(server));
  return [peer = std::move(peer)](int descriptor) -> std::unique_ptr<Transport> {
    const Result<tls::LiveProfile::InUse> in_use = peer->profile->Current();
    if (!in_use) return std::make_unique<TroubledTransport>(descriptor, in_use.error().message);
    Connection connection = NewConnection(*peer, *in_use);
    if (connection == nullptr)
      return std::make_unique<TroubledTransport>(descriptor, "no memory for a TLS connection");
    return std::make_unique<TlsTransport>(descriptor, peer, std::move(connection));
  };
}

TransportMaker MakeTroubledTransports(std::string trouble) {
  return [trouble = std::move(trouble)](int descriptor) -> std::unique_ptr<Transport> {
    return std::make_unique<TroubledTransport>(descriptor, trouble);
  };
}

}  // namespace fairlead::h2

#include "h2/tls_transport.h"

#include <openssl/ssl.h>

#include <optional>
#include <string_view>
#include <utility>

#include "tls/peer_words.h"
#include "tls/session_slot.h"

namespace fairlead::h2 {
namespace {

constexpr std::string_view kHttp2Names("\x02h2");
constexpr std::string_view kHttp1Names("\x08http/1.1");

// What the connections to one server share.
struct Dialled {
  std::shared_ptr<tls::LiveProfile> profile;
  TlsServer server;
  tls::SessionSlot sessions{};

  tls::PeerOf words() const {
    return {.who = "the server",
            .host = server.host,
            .profile = profile->profile(),
            .other_names = server.other_names,
            .uri = server.uri.empty() ? nullptr : &server.uri};
  }
};

TlsStream::Connection NewConnection(Dialled& peer, const tls::LiveProfile::InUse& in_use) {
  TlsStream::Connection made(SSL_new(in_use.context.get()));
  if (made == nullptr) return made;
  SSL_set_connect_state(made.get());
  const std::string_view names = peer.server.alpn == Alpn::kHttp2 ? kHttp2Names : kHttp1Names;
  SSL_set_alpn_protos(made.get(), reinterpret_cast<const unsigned char*>(names.data()),
                      static_cast<unsigned>(names.size()));
  tls::Expect(made.get(), peer.words());
  peer.sessions.Attach(made.get(), in_use.generation);
  return made;
}

class TlsTransport final : public TlsStream {
 public:
  TlsTransport(int descriptor, std::shared_ptr<Dialled> peer, Connection made)
      : TlsStream(descriptor, std::move(made), peer->server.bytes_per_second_max, peer),
        peer_(std::move(peer)) {
    SSL_set_cert_cb(connection(), OnAskedForCertificate, this);
  }

 private:
  std::string_view Who() const override { return "the server"; }

  std::optional<std::string> Objection() const override {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(connection(), &name, &length);
    if (peer_->server.alpn != Alpn::kHttp2 || length > 0) return std::nullopt;
    return "the server chooses no protocol by ALPN; it must offer h2, as gRPC asks for";
  }

  std::string Words(unsigned long error) const override {
    return tls::FindTrouble(connection(), error, peer_->words()).words;
  }

  std::optional<std::string> WordsForSilence() const override {
    if (!is_asked_for_certificate_ || has_heard()) return std::nullopt;
    return tls::SilentRefusalWords(peer_->words());
  }

  static int OnAskedForCertificate(SSL*, void* transport) {
    static_cast<TlsTransport*>(transport)->is_asked_for_certificate_ = true;
    return 1;
  }

  const std::shared_ptr<Dialled> peer_;
  bool is_asked_for_certificate_ = false;
};

}  // namespace

TransportMaker MakeTlsTransports(std::shared_ptr<tls::LiveProfile> profile, TlsServer server) {
  auto peer = std::make_shared<Dialled>(std::move(profile), std::move(server));
  return [peer = std::move(peer)](int descriptor) -> std::unique_ptr<Transport> {
    const Result<tls::LiveProfile::InUse> in_use = peer->profile->Current();
    if (!in_use) return MakeTroubledTransport(descriptor, in_use.error().message);
    TlsStream::Connection connection = NewConnection(*peer, *in_use);
    if (connection == nullptr)
      return MakeTroubledTransport(descriptor, "no memory for a TLS connection");
    return std::make_unique<TlsTransport>(descriptor, peer, std::move(connection));
  };
}

}  // namespace fairlead::h2

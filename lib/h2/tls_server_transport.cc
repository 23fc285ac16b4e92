#include "h2/tls_server_transport.h"

#include <openssl/ssl.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "h2/tls_stream.h"
#include "runtime/clock.h"

namespace fairlead::h2 {
namespace {

class TlsServerTransport final : public TlsStream {
 public:
  TlsServerTransport(int descriptor, std::shared_ptr<tls::LiveProfile> profile,
                     tls::ServerProtocol protocol, Connection made,
                     std::shared_ptr<std::string> distrusted)
      : TlsStream(descriptor, std::move(made), kTlsServerBytesPerSecondMax, distrusted),
        profile_(std::move(profile)),
        protocol_(protocol),
        distrusted_(std::move(distrusted)) {
    tls::NoteDistrusted(connection(), *distrusted_);
  }

  std::string peer_names() const override { return tls::ClientNames(connection()); }

 private:
  std::string_view Who() const override { return "it"; }

  std::optional<std::string> Objection() const override {
    if (std::optional<std::string> expired = tls::ExpiredSince(connection())) return expired;
    if (protocol_ != tls::ServerProtocol::kHttp2) return std::nullopt;
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(connection(), &name, &length);
    if (length > 0) return std::nullopt;
    return "it offers no protocol by ALPN; gRPC clients offer h2";
  }

  std::string Words(unsigned long error) const override {
    return tls::ClientTrouble(connection(), error, profile_->profile(), *distrusted_);
  }

  std::optional<std::string> WordsForSilence() const override {
    if (has_heard()) return std::nullopt;
    return tls::LeavingWords(connection(), profile_->profile());
  }

  std::optional<std::string> WordsForHangingUp() const override {
    return tls::HangUpWords(connection(), profile_->profile());
  }

  const std::shared_ptr<tls::LiveProfile> profile_;
  const tls::ServerProtocol protocol_;
  const std::shared_ptr<std::string> distrusted_;
};

}  // namespace

ServerProfile::ServerProfile(runtime::EventLoop& loop, tls::Profile profile,
                             tls::ServerProtocol protocol, tls::LiveProfile::Tell tell,
                             Duration look_interval)
    : protocol_(protocol),
      look_interval_(look_interval),
      live_(std::make_shared<tls::LiveProfile>(
          std::move(profile), std::move(tell),
          [protocol](const tls::Profile& of, const tls::ProfileTexts& texts) {
            return tls::MakeServerContext(of, texts, protocol);
          })),
      timer_(loop, [this] { Look(); }) {
  Look();
}

void ServerProfile::Look() {
  live_->Look();
  timer_.Set(runtime::Now() + look_interval_, look_interval_ / 2);
}

TransportMaker ServerProfile::transports() const {
  return [profile = live_, protocol = protocol_](int descriptor) -> std::unique_ptr<Transport> {
    const Result<tls::LiveProfile::InUse> in_use = profile->Current();
    if (!in_use) return MakeTroubledTransport(descriptor, in_use.error().message);
    TlsStream::Connection made(SSL_new(in_use->context.get()));
    if (made == nullptr)
      return MakeTroubledTransport(descriptor, "there is no memory for its connection");
    SSL_set_accept_state(made.get());
    return std::make_unique<TlsServerTransport>(descriptor, profile, protocol, std::move(made),
                                                std::make_shared<std::string>());
  };
}

}  // namespace fairlead::h2

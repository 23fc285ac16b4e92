#include "http_listener.h"

#include <cstdint>
#include <utility>

namespace fairlead::daemon {

HttpListener::HttpListener(runtime::IoThread& loop, http::Server::Options options,
                           http::Handler& handler, std::optional<Tls> tls)
    : loop_(loop) {
  loop_.RunAndWait([&] {
    server_ = std::make_unique<http::Server>(loop_.context(), std::move(options), handler);
  });
  if (tls) MakeFront(*std::move(tls));
}

HttpListener::~HttpListener() {
  if (!server_) return;
  BeginStop(Duration::zero());
  FinishStop();
}

void HttpListener::MakeFront(Tls tls) {
  front_ = std::make_unique<front::Front>(
      front::Front::Options{.thread = std::move(tls.thread),
                            .profile = std::move(tls.profile),
                            .protocol = tls.protocol,
                            .limits = tls.limits},
      front::Front::Told{.taken =
                             [this](int descriptor, const front::Peer& peer) {
                               loop_.Post([this, descriptor, peer] {
                                 server_->Adopt(descriptor,
                                                {.address = peer.address, .names = peer.names});
                               });
                             },
                         .news = std::move(tls.peer_news),
                         .profile = std::move(tls.profile_news)});
}

Result<> HttpListener::ListenOn(config::ListenAddress& address) {
  Result<> listening;
  if (address.is_unix()) {
    loop_.RunAndWait([&] { listening = server_->ListenUnix(address.path); });
    return listening;
  }
  Result<std::uint16_t> port = 0;
  if (front_)
    port = front_->Listen(address.ip, address.port);
  else
    loop_.RunAndWait([&] { port = server_->ListenTcp(address.ip, address.port); });
  if (!port) return std::unexpected(port.error());
  address.port = *port;
  return listening;
}

Result<> HttpListener::Listen(const std::vector<config::ListenAddress>& addresses,
                              std::string_view key) {
  for (config::ListenAddress address : addresses) {
    if (Result<> listening = ListenOn(address); !listening) {
      return Fail(listening.error().code, listening.error().message + " (name another address in " +
                                              std::string(key) + ", or none: " + std::string(key) +
                                              " = [])");
    }
    addresses_.push_back((front_ && !address.is_unix() ? "https://" : "") + address.Text());
  }
  return {};
}

void HttpListener::Offended(const std::string& ip) {
  loop_.Post([this, ip] { server_->Offended(ip); });
}

void HttpListener::BeginStop(Duration patience) {
  // What was taken is in the loop's hands before the server stops.
  if (front_) front_->StopListening();
  loop_.Post([this, patience] { server_->Stop(patience, [this] { stopped_.set_value(); }); });
}

void HttpListener::FinishStop() {
  stopped_.get_future().wait();
  if (front_) front_->Finish(front::kLastWordsPatience);
  loop_.RunAndWait([this] { server_.reset(); });
}

}  // namespace fairlead::daemon

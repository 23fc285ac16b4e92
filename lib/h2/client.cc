#include "h2/client.h"

#include <utility>

#include "base/check.h"
#include "base/prefetch.h"
#include "h2/client_connection.h"
#include "h2/grpc_headers.h"

namespace fairlead::h2 {

UnaryRequest UnaryRequest::Make(std::string authority, std::string path,
                                std::span<const std::byte> message, Duration deadline) {
  UnaryRequest made{.authority = std::move(authority),
                    .path = std::move(path),
                    .timeout = FormatTimeout(deadline + std::chrono::seconds(1)),
                    .body = {}};
  const auto prefix = MessagePrefix(message.size());
  made.body.assign(prefix.begin(), prefix.end());
  made.body.insert(made.body.end(), message.begin(), message.end());
  return made;
}

Client::Client(ClientLoop& loop, const SocketAddress& address, UnaryRequest request,
               ClientEvents& events, SocketMaker make)
    : loop_(loop),
      address_(address),
      make_socket_(std::move(make)),
      request_(std::move(request)),
      events_(events) {}
Client::~Client() = default;

void Client::Ask() {
  CHECK(!is_asking_);
  is_asking_ = true;
  was_retried_ = false;
  if (connection_ != nullptr && !connection_->CanAsk()) connection_.reset();
  if (connection_ == nullptr) {
    Connect();
  } else {
    connection_->Ask();
  }
}

void Client::FetchAhead(std::size_t step) const {
  if (connection_ == nullptr) return;
  if (step == 0)
    Prefetch(connection_.get(), sizeof *connection_);
  else
    connection_->FetchForAsk();
}

void Client::Connect() {
  timeouts_ = 0;
  connection_ = std::make_unique<ClientConnection>(loop_, request_, *this);
  connection_->Connect(address_, make_socket_);
}

void Client::Expire() {
  CHECK(is_asking_);
  if (connection_ != nullptr) connection_->ReadNow();
  if (!is_asking_) return;
  if (connection_ != nullptr) {
    const bool is_kept = connection_->is_connected() && ++timeouts_ < kTimeoutsPerConnectionMax;
    if (is_kept) {
      connection_->Abandon();
    } else {
      connection_.reset();
    }
  }
  End({.end = CallEnd::kTimeout, .detail = "no answer in time"});
}

void Client::OnNews(const CallResult* answer, const ConnectionLoss* loss) {
  std::unique_ptr<ClientConnection> lost;
  if (loss != nullptr) lost = std::move(connection_);
  if (lost != nullptr && lost->has_served()) events_.OnConnectionClosed();
  if (answer != nullptr) {
    timeouts_ = 0;
    End(*answer);
  } else if (is_asking_) {
    if (loss->is_worth_a_retry && !std::exchange(was_retried_, true)) {
      Connect();
    } else {
      End(loss->result);
    }
  }
}

void Client::End(const CallResult& result) {
  is_asking_ = false;
  events_.OnCallEnd(result);
}

}  // namespace fairlead::h2

#include "h2/client.h"

#include <algorithm>
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

UnaryRequest UnaryRequest::Watching(std::string_view watch_path) const {
  return {.authority = authority, .path = std::string(watch_path), .timeout = {}, .body = body};
}

Client::Client(ClientLoop& loop, const SocketAddress& address, UnaryRequest request,
               ClientEvents& events, SocketMaker make, TransportMaker make_transport)
    : loop_(loop),
      address_(address),
      make_socket_(std::move(make)),
      make_transport_(std::move(make_transport)),
      request_(std::move(request)),
      events_(events) {}
Client::~Client() = default;

void Client::Ask(bool with_ping) {
  CHECK(!is_asking_);
  is_asking_ = true;
  was_retried_ = false;
  if (connection_ != nullptr && !connection_->CanAsk()) connection_.reset();
  if (connection_ == nullptr) {
    Connect();
  } else {
    connection_->Ask(with_ping && connection_->CanPing());
  }
}

bool Client::CanPing() const {
  return connection_ != nullptr && !is_ping_refused_ && connection_->CanPing();
}

bool Client::is_pinging() const {
  return connection_ != nullptr && connection_->is_pinging();
}

void Client::Ping() {
  CHECK(CanPing());
  connection_->Ping();
}

void Client::ReadNow() {
  if (connection_ != nullptr) connection_->ReadNow();
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
  connection_->Connect(address_, make_socket_, make_transport_);
}

void Client::Expire() {
  CHECK(is_asking_);
  ReadNow();
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

void Client::OnNews(const ConnectionNews& news) {
  const auto& [answer, loss, told, is_alive, is_annoyed, beside] = news;
  const WatchNews* watched = told;
  std::unique_ptr<ClientConnection> lost;
  if (loss != nullptr) lost = std::move(connection_);
  if (watched != nullptr && watched->is_before_answer) OnWatched(*std::exchange(watched, nullptr));
  if (is_alive) events_.OnAlive();
  if (is_annoyed && !std::exchange(is_ping_refused_, true)) events_.OnPingRefused();
  const bool is_over_limit = loss != nullptr && loss->result.is_over_limit;
  const bool is_told = answer != nullptr ? answer->is_over_limit : is_asking_;
  if (lost != nullptr && lost->has_served() && !is_over_limit) events_.OnConnectionClosed();
  if (beside != nullptr) events_.OnBeside(*beside);
  if (answer != nullptr) {
    timeouts_ = 0;
    End(*answer);
  } else if (is_asking_ && loss != nullptr) {
    if (loss->is_worth_a_retry && !std::exchange(was_retried_, true)) {
      Connect();
    } else {
      End(loss->result);
    }
  }
  if (is_over_limit && !is_told) events_.OnOverLimit(loss->result);
  if (watched != nullptr) OnWatched(*watched);
}

void Client::OnWatched(const WatchNews& news) {
  if (news.end && news.end->code == Code::kUnimplemented) watch_path_ = {};
  events_.OnWatched(news);
}

bool Client::WantsWatch(bool has_watch) {
  if (has_watch) {
    if (++watch_lasted_ >= kWatchLasts) watch_pause_ = watch_answers_ = 0;
    return false;
  }
  watch_lasted_ = 0;
  if (watch_path_.empty() || --watch_answers_ >= 0) return false;
  watch_answers_ = watch_pause_;
  watch_pause_ = std::clamp(2 * watch_pause_, 1, kWatchPauseMost);
  return true;
}

void Client::End(const CallResult& result) {
  is_asking_ = false;
  events_.OnCallEnd(result);
}

}  // namespace fairlead::h2

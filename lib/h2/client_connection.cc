#include "h2/client_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "h2/client_session.h"
#include "h2/connecting.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

namespace {
// A call may take bytes_per_call_max, which is two buffers' worth.
constexpr int kReadsOfADrain = 4;
}  // namespace

ClientConnection::ClientConnection(ClientLoop& loop, const UnaryRequest& request, Client& client)
    : loop_(loop),
      request_(request),
      client_(client),
      frames_(loop.limits.frames_per_second_max, std::chrono::seconds(1)) {}

ClientConnection::~ClientConnection() {
  loop_.poller.Remove(watch_);
}

void ClientConnection::Connect(const SocketAddress& address) {
  const Connecting begun = BeginConnect(address);
  if (begun.error != 0) {
    Lose(EndOfErrno(begun.error), "connect: " + std::generic_category().message(begun.error));
    return Report();
  }
  transport_ = MakePlainTransport(begun.descriptor);
  Result<Poller::Watch> watch = loop_.poller.Add(begun.descriptor, EPOLLOUT, *this);
  if (watch) {
    watch_ = *watch;
  } else {
    Lose(CallEnd::kNoFd, watch.error().message);
    Report();
  }
}

bool ClientConnection::FinishConnect() {
  const int error = ConnectError(transport_->descriptor());
  if (error != 0) {
    Lose(EndOfErrno(error), "connect: " + std::generic_category().message(error));
    return false;
  }
  loop_.poller.Change(watch_, EPOLLIN);
  session_.reset(NewClientSession(*this, loop_.limits));
  SubmitCall();
  Flush();
  return true;
}

void ClientConnection::OnReady(std::uint32_t events) {
  if (session_ == nullptr) {
    FinishConnect();
    return Report();
  }
  if ((events & EPOLLOUT) != 0) SendUnsent();
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) ReadSome();
  Report();
}

void ClientConnection::ReadNow() {
  if (session_ == nullptr) {
    if (IsWritable(transport_->descriptor())) FinishConnect();
  } else {
    for (int i = 0; i < kReadsOfADrain && !is_call_over_ && !loss_; ++i) ReadSome();
  }
  Report();
}

bool ClientConnection::CanAsk() const {
  return session_ != nullptr && !is_leaving_ && !loss_ &&
         nghttp2_session_check_request_allowed(session_.get()) != 0;
}

void ClientConnection::Ask() {
  SubmitCall();
  Flush();
  Report();
}

void ClientConnection::SubmitCall() {
  answer_.emplace(loop_.limits);
  body_sent_bytes_ = 0;
  call_bytes_ = 0;
  is_call_over_ = false;
  reset_code_.reset();
  call_id_ = SubmitRequest(session_.get(), request_);
  if (call_id_ < 0) Lose(CallEnd::kProtocol, "the connection takes no more calls", true);
}

void ClientConnection::Abandon() {
  if (call_id_ >= 0)
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, call_id_, NGHTTP2_CANCEL);
  call_id_ = -1;
  answer_.reset();
  Flush();
}

void ClientConnection::ReadSome() {
  const IoOutcome outcome = transport_->Read(loop_.read_buffer);
  if (outcome.state == IoState::kWouldBlock) return;
  const bool is_unanswered = has_served_ && call_bytes_ == 0;
  if (outcome.state == IoState::kEnd)
    return Lose(CallEnd::kClosed, "the peer closed the connection", is_unanswered);
  if (outcome.state == IoState::kFailed) {
    return Lose(EndOfErrno(outcome.error), std::generic_category().message(outcome.error),
                is_unanswered);
  }
  const auto data = std::span(loop_.read_buffer).first(outcome.bytes);
  if (!std::exchange(has_heard_, true) && LooksWrong(data)) return;
  call_bytes_ += data.size();
  const bool is_flood = !frames_.Spend(meter_.Feed(data).all, runtime::Now()) ||
                        (call_id_ >= 0 && call_bytes_ > loop_.limits.bytes_per_call_max);
  if (is_flood) return Lose(CallEnd::kProtocol, "the peer sends more than allowed");
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
  Flush();
  if (is_call_over_) return;
  if (taken < 0)
    return Lose(CallEnd::kProtocol,
                std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(taken)));
  if (nghttp2_session_want_read(session_.get()) == 0 && !is_leaving_)
    Lose(CallEnd::kProtocol, "the peer breaks HTTP/2");
}

bool ClientConnection::LooksWrong(std::span<const std::byte> first) {
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  // A TLS record: alert or handshake, major version 3.
  if (text.size() >= 2 && (text[0] == 0x15 || text[0] == 0x16) && text[1] == 3) {
    Lose(CallEnd::kTls, "the peer speaks TLS");
  } else if (text.starts_with("HTTP/")) {
    Lose(CallEnd::kProtocol, "the peer speaks HTTP/1");
  }
  return loss_.has_value();
}

void ClientConnection::EndCall(std::optional<std::uint32_t> reset_code) {
  if (call_id_ < 0 || is_call_over_) return;
  is_call_over_ = true;
  reset_code_ = reset_code;
}

void ClientConnection::Flush() {
  if (loss_) return;
  for (;;) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) return Lose(CallEnd::kProtocol, "HTTP/2: the session failed");
    if (size == 0) break;
    const auto bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    // Acknowledgements that a peer makes us queue and does not take.
    if (unsent_.size() > loop_.limits.unsent_bytes_max)
      return Lose(CallEnd::kProtocol, "the peer takes no bytes");
  }
  if (!unsent_.empty()) SendUnsent();
}

void ClientConnection::SendUnsent() {
  const iovec piece{.iov_base = unsent_.data(), .iov_len = unsent_.size()};
  const IoOutcome outcome = transport_->Write(std::span(&piece, 1));
  if (outcome.state == IoState::kFailed) {
    // What the peer said before it went is worth more than EPIPE.
    ReadSome();
    return Lose(EndOfErrno(outcome.error), std::generic_category().message(outcome.error),
                has_served_ && call_bytes_ == 0);
  }
  const bool was_blocked = is_blocked_;
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
  is_blocked_ = !unsent_.empty();
  if (is_blocked_ != was_blocked)
    loop_.poller.Change(watch_, is_blocked_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void ClientConnection::Lose(CallEnd end, std::string detail, bool is_worth_a_retry) {
  if (loss_) return;
  loss_ = ConnectionLoss{.result = {.end = end, .detail = std::move(detail)},
                         .is_worth_a_retry = is_worth_a_retry};
}

void ClientConnection::Report() {
  std::optional<Answer> answer;
  std::optional<CallResult> result;
  if (is_call_over_ && call_id_ >= 0) {
    call_id_ = -1;
    answer.emplace(std::move(*answer_));
    answer_.reset();
    result = answer->Conclude(reset_code_);
    // The stream was never looked at: REFUSED_STREAM, or numbered beyond what a GOAWAY accepts.
    const bool is_refused = result->end == CallEnd::kReset && reset_code_ == NGHTTP2_REFUSED_STREAM;
    if (is_refused) {
      Lose(result->end, std::move(result->detail), true);
      result.reset();
    } else {
      has_served_ = true;
    }
  }
  if (is_leaving_ && call_id_ < 0) Lose(CallEnd::kClosed, "the peer is going away", true);
  if (result || loss_) client_.OnNews(result ? &*result : nullptr, loss_ ? &*loss_ : nullptr);
}

}  // namespace fairlead::h2

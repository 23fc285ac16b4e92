#include "health/one_shot.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <system_error>
#include <utility>

#include "h2/connecting.h"
#include "health/grpc_health.h"

namespace fairlead::health {

OneShotQuestion::OneShotQuestion(h2::ClientLoop& loop, const ProberLimits& limits,
                                 const Destination& destination, std::string request,
                                 QuestionEvents& events)
    : loop_(loop),
      limits_(limits),
      destination_(destination),
      request_(std::move(request)),
      events_(events) {}

OneShotQuestion::~OneShotQuestion() {
  loop_.poller.Remove(watch_);
}

void OneShotQuestion::Ask(bool) {
  is_connected_ = is_established_ = false;
  reply_.clear();
  reads_ = 0;
  const h2::Connecting begun = h2::BeginConnect(destination_.address, destination_.make_socket);
  if (begun.error != 0)
    return End(OutcomeOf({.end = h2::EndOfErrno(begun.error), .detail = begun.why}));
  // Closing resets: checks by the thousand must not fill the port table with TIME_WAIT.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(begun.descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  transport_ = destination_.make_transport ? destination_.make_transport(begun.descriptor)
                                           : h2::MakePlainTransport(begun.descriptor);
  Result<runtime::EventLoop::Watch> watch = loop_.poller.Add(begun.descriptor, EPOLLOUT, *this);
  if (!watch) return FailWith(ENOBUFS);
  watch_ = *watch;
}

void OneShotQuestion::ReadNow() {
  if (transport_ == nullptr) return;
  if (is_established_) {
    ReadSome();
  } else if (is_connected_ || h2::IsWritable(transport_->descriptor())) {
    FinishConnect();
  }
}

void OneShotQuestion::Expire() {
  ReadNow();
  if (transport_ == nullptr) return;
  End({.check_class = spec::CheckClass::kTimeout, .latency = {}, .detail = "no answer in time"});
}

void OneShotQuestion::OnReady(std::uint32_t) {
  if (is_established_) {
    ReadSome();
  } else {
    FinishConnect();
  }
}

void OneShotQuestion::FinishConnect() {
  const int error = is_connected_ ? 0 : h2::ConnectError(transport_->descriptor());
  if (error != 0) return FailWith(error);
  const bool is_first = !std::exchange(is_connected_, true);
  if (request_.empty()) return End({});
  if (destination_.make_transport) {
    const h2::IoOutcome agreed = transport_->Establish();
    if (agreed.state == h2::IoState::kWouldBlock) {
      if (is_first) loop_.poller.Change(watch_, EPOLLIN | EPOLLOUT | EPOLLET);
      if (++reads_ > limits_.http_reads_max) EndHandshakeOverLimit();
      return;
    }
    if (agreed.state != h2::IoState::kDone) return Fail(agreed);
  }
  is_established_ = true;
  SendRequest();
}

void OneShotQuestion::SendRequest() {
  // The request is far shorter than an empty socket buffer: it is taken whole or the socket is
  // dead.
  const iovec piece{.iov_base = const_cast<char*>(request_.data()), .iov_len = request_.size()};
  const h2::IoOutcome sent = transport_->Write(std::span(&piece, 1));
  if (sent.state != h2::IoState::kDone) {
    // What a peer said before it went, an alert, is worth more than EPIPE.
    if (destination_.make_transport) ReadSome();
    if (transport_ != nullptr) Fail(sent);
    return;
  }
  loop_.poller.Change(watch_, EPOLLIN);
  // The socket does not tell of what came with the end of the handshake.
  if (destination_.make_transport) ReadSome();
}

void OneShotQuestion::ReadSome() {
  const h2::IoOutcome outcome = transport_->Read(loop_.read_buffer);
  if (outcome.state == h2::IoState::kWouldBlock) return;
  if (outcome.state == h2::IoState::kFailed || outcome.state == h2::IoState::kTrouble)
    return Fail(outcome);
  reply_.append(reinterpret_cast<const char*>(loop_.read_buffer.data()), outcome.bytes);
  const bool is_over_limit =
      reply_.size() > limits_.http_head_bytes_max || ++reads_ > limits_.http_reads_max;
  const bool at_end = outcome.state == h2::IoState::kEnd || is_over_limit;
  std::optional<spec::CheckOutcome> reply = ReadHttpReply(reply_, at_end);
  if (!reply) return;
  reply->is_over_limit = is_over_limit && reply->check_class == spec::CheckClass::kProtocol;
  End(*reply);
}

void OneShotQuestion::EndHandshakeOverLimit() {
  End({.check_class = spec::CheckClass::kProtocol,
       .latency = {},
       .detail = "the peer draws the TLS handshake out, a few bytes at a time",
       .is_over_limit = true});
}

void OneShotQuestion::Fail(const h2::IoOutcome& outcome) {
  if (outcome.state == h2::IoState::kTrouble)
    return End(OutcomeOf({.end = h2::CallEnd::kTls, .detail = transport_->trouble()}));
  if (outcome.state == h2::IoState::kEnd) {
    return End(OutcomeOf({.end = h2::CallEnd::kClosed,
                          .detail = "the peer closed the connection during the TLS handshake"}));
  }
  FailWith(outcome.error);
}

void OneShotQuestion::FailWith(int error) {
  const std::string cause = std::generic_category().message(error);
  End(OutcomeOf(
      {.end = h2::EndOfErrno(error), .detail = is_connected_ ? cause : "connect: " + cause}));
}

void OneShotQuestion::End(const spec::CheckOutcome& outcome) {
  loop_.poller.Remove(watch_);
  transport_.reset();
  reply_ = std::string();  // a hostile reply's memory is not kept
  events_.OnOutcome(outcome);
}

}  // namespace fairlead::health

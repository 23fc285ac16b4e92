#include "h2/client_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/prefetch.h"
#include "h2/client_session.h"
#include "h2/connecting.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

namespace {
// A call may take bytes_per_call_max, which is two buffers' worth.
constexpr int kReadsOfADrain = 4;

constexpr std::size_t kClientBytes = 320;  // with what embeds it

constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kReadingAndWriting = kReading | EPOLLOUT;
}  // namespace

ClientConnection::ClientConnection(ClientLoop& loop, const UnaryRequest& request, Client& client)
    : loop_(loop), request_(request), client_(client) {}

ClientConnection::~ClientConnection() {
  loop_.poller.Remove(watch_);
}

void ClientConnection::Connect(const SocketAddress& address, const SocketMaker& make,
                               const TransportMaker& make_transport) {
  const Connecting begun = BeginConnect(address, make);
  if (begun.error != 0) {
    Lose(EndOfErrno(begun.error), begun.why);
    return Report();
  }
  has_to_agree_ = make_transport != nullptr;
  transport_ =
      has_to_agree_ ? make_transport(begun.descriptor) : MakePlainTransport(begun.descriptor);
  Result<runtime::EventLoop::Watch> watch = loop_.poller.Add(begun.descriptor, EPOLLOUT, *this);
  if (watch) {
    watch_ = *watch;
  } else {
    Lose(CallEnd::kNoFd, watch.error().message);
    Report();
  }
}

bool ClientConnection::FinishConnect() {
  const int error = is_open_ ? 0 : ConnectError(transport_->descriptor());
  if (error != 0) {
    Lose(EndOfErrno(error), "connect: " + std::generic_category().message(error));
    return false;
  }
  is_open_ = true;
  if (has_to_agree_ && !Establish()) return false;
  loop_.poller.Change(watch_, kReading);
  session_.reset(NewClientSession(*this, loop_.limits));
  SubmitCall(false);
  Flush();
  // What came with the end of the handshake is in the transport's hands already.
  if (has_to_agree_ && !loss_) ReadReady(false);
  return true;
}

bool ClientConnection::Establish() {
  const IoOutcome outcome = transport_->Establish();
  if (outcome.state == IoState::kDone) return true;
  if (outcome.state == IoState::kWouldBlock) {
    if (!std::exchange(is_agreeing_, true)) loop_.poller.Change(watch_, kReadingAndWriting);
    if (!bill_.Spend(0, 0, runtime::Now(), loop_.limits))
      LoseOverLimit("the peer draws the TLS handshake out, a few bytes at a time");
  } else {
    LoseBy(outcome, false);
  }
  return false;
}

void ClientConnection::OnReady(std::uint32_t events) {
  if (!is_connected()) {
    FinishConnect();
    return Report();
  }
  if ((events & EPOLLOUT) != 0) SendUnsent();
  const bool is_ending = (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0;
  if (is_ending || (events & EPOLLIN) != 0) ReadReady(is_ending);
  Report();
}

void ClientConnection::FetchAhead(std::size_t step) const {
  if (step == 0) {
    Prefetch(transport_.get(), 1);
    Prefetch(&client_, kClientBytes);
  } else if (step == 1) {
    client_.FetchForNews();
  }
}

void ClientConnection::FetchForAsk() const {
  Prefetch(transport_.get(), 1);
  if (lean_) lean_->FetchForAsk();
}

void ClientConnection::ReadNow() {
  if (!is_connected()) {
    if (IsWritable(transport_->descriptor())) FinishConnect();
  } else {
    const auto is_answered = [&] { return is_call_over_ && call_id_ >= 0; };
    for (int i = 0; i < kReadsOfADrain && !is_answered() && !loss_; ++i) {
      if (ReadSome() == 0) break;
    }
  }
  Report();
}

bool ClientConnection::CanAsk() const {
  if (!is_connected() || is_leaving_ || loss_) return false;
  return lean_ ? lean_->CanAsk() : nghttp2_session_check_request_allowed(session_.get()) != 0;
}

void ClientConnection::Ask(bool with_ping) {
  SubmitCall(with_ping);
  Flush();
  Report();
}

void ClientConnection::Ping() {
  SendLean(lean_->Ping());
  Flush();
  Report();
}

// What the socket does not take waits its turn.
void ClientConnection::SendLean(std::span<const std::byte> bytes) {
  const std::size_t sent = unsent_.empty() ? Send(bytes) : 0;
  unsent_.insert(unsent_.end(), bytes.begin() + static_cast<std::ptrdiff_t>(sent), bytes.end());
}

void ClientConnection::SubmitCall(bool with_ping) {
  body_sent_bytes_ = 0;
  call_bytes_ = 0;
  is_call_over_ = is_known_answer_ = false;
  reset_code_.reset();
  if (lean_) {
    answer_.reset();
    if (client_.beside_ != nullptr) lean_->AskBeside(*client_.beside_, loop_.limits, unsent_);
    const std::span<const std::byte> request = lean_->Ask(with_ping);
    call_id_ = lean_->call_id();
    SendLean(request);
    return;
  }
  answer_ = std::make_unique<Answer>(loop_.limits);
  call_id_ = SubmitRequest(session_.get(), request_);
  if (call_id_ < 0) Lose(CallEnd::kProtocol, "the connection takes no more calls", true);
}

void ClientConnection::Abandon() {
  if (lean_) {
    lean_->Abandon(unsent_);
  } else if (call_id_ >= 0) {
    has_abandoned_ = true;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, call_id_, NGHTTP2_CANCEL);
  }
  call_id_ = -1;
  answer_.reset();
  Flush();
}

// Reads until the socket is drained: what comes later is a new edge. An end that was told already
// is not; it is read in a turn of its own, after the answer that came with it.
void ClientConnection::ReadReady(bool is_ending) {
  for (int i = 0; i < kReadsOfADrain; ++i) {
    const std::size_t bytes = ReadSome();
    if (loss_) return;
    if (bytes == loop_.read_buffer.size()) continue;
    if (!is_ending) return;
    break;
  }
  loop_.poller.Change(watch_, is_blocked_ ? kReadingAndWriting : kReading);
}

std::size_t ClientConnection::ReadSome() {
  const IoOutcome outcome = transport_->Read(loop_.read_buffer);
  if (outcome.state == IoState::kWouldBlock) return 0;
  if (outcome.state == IoState::kDone) {
    TakeIn(std::span(loop_.read_buffer).first(outcome.bytes));
    return outcome.bytes;
  }
  // Who leaves because of our pings says nothing about the call.
  const bool is_annoyed = lean_ && lean_->is_annoyed();
  const bool is_unanswered = has_served_ && (call_bytes_ == 0 || is_annoyed);
  LoseBy(outcome, is_unanswered);
  return 0;
}

void ClientConnection::LoseBy(const IoOutcome& outcome, bool is_worth_a_retry) {
  const std::string_view when = is_connected() ? "" : " during the TLS handshake";
  if (outcome.state == IoState::kTrouble) {
    Lose(CallEnd::kTls, transport_->trouble(), is_worth_a_retry);
  } else if (outcome.state == IoState::kEnd) {
    Lose(CallEnd::kClosed, "the peer closed the connection" + std::string(when), is_worth_a_retry);
  } else {
    Lose(EndOfErrno(outcome.error), std::generic_category().message(outcome.error).append(when),
         is_worth_a_retry);
  }
}

void ClientConnection::TakeIn(std::span<const std::byte> data) {
  if (!std::exchange(has_heard_, true) && LooksWrong(data)) return;
  call_bytes_ += data.size();
  const std::uint32_t frames = meter_.Feed(data).all;
  const bool is_flood = !bill_.Spend(data.size(), frames, runtime::Now(), loop_.limits) ||
                        (call_id_ >= 0 && call_bytes_ > loop_.limits.bytes_per_call_max);
  if (is_flood) return LoseOverLimit("the peer sends more than allowed");
  if (lean_) return TakeInLean(data);
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
  Flush();
  if (is_call_over_) return;
  // gRPC C-core ends a call that was given up with a block made by hand, without the size of the
  // header table that a first block has to begin with: a new connection tells what the server is.
  if (taken < 0) {
    return Lose(CallEnd::kProtocol,
                std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(taken)),
                has_abandoned_);
  }
  if (nghttp2_session_want_read(session_.get()) == 0 && !is_leaving_)
    Lose(CallEnd::kProtocol, "the peer breaks HTTP/2", has_abandoned_);
}

void ClientConnection::TakeInLean(std::span<const std::byte> data) {
  // It travels in front of the answer as a rule, which is then as it always is.
  if (const std::size_t pong = lean_->TakePong(data); pong > 0) {
    data = data.subspan(pong);
    call_bytes_ -= pong;
    if (data.empty()) return;
  }
  const bool is_asking = call_id_ >= 0 && !is_call_over_;
  if (is_asking && loop_.known_answer.Matches(data, call_id_) &&
      lean_->EndKnown(loop_.known_answer.body_bytes())) {
    is_call_over_ = is_known_answer_ = true;
    return;
  }
  if (is_asking && !answer_) answer_ = std::make_unique<Answer>(loop_.limits);
  const bool is_sound = lean_->Feed(data, answer_.get(), unsent_);
  is_leaving_ = is_leaving_ || lean_->is_leaving();
  if (lean_->is_over()) EndCall(lean_->reset_code());
  if (is_sound && is_call_over_ && call_bytes_ == data.size()) LearnAnswer(data);
  Flush();
  if (!is_sound) Lose(CallEnd::kProtocol, "the peer breaks HTTP/2");
}

// `data` is all that came for the call.
void ClientConnection::LearnAnswer(std::span<const std::byte> data) {
  const CallResult result = answer_->Conclude(reset_code_);
  const bool is_good = result.end == CallEnd::kAnswered && result.status == Code::kOk;
  if (is_good && !reset_code_) loop_.known_answer.Learn(data, call_id_, result.message);
}

// From here on the calls are all alike; see LeanSession. Only between frames and with nothing left
// to say, so that nothing of the session's state is lost but its windows, which are handed over.
void ClientConnection::BecomeLean() {
  if (lean_ || !is_settled_ || is_leaving_ || loss_ || !unsent_.empty() ||
      !meter_.is_between_frames() || nghttp2_session_want_write(session_.get()) != 0) {
    return;
  }
  const auto allowed = [&](nghttp2_settings_id id) {
    return nghttp2_session_get_remote_settings(session_.get(), id);
  };
  const bool takes_calls = allowed(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) >= request_.body.size() &&
                           allowed(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) > 0;
  const std::uint32_t next_id = nghttp2_session_get_next_stream_id(session_.get());
  if (!takes_calls || next_id > INT32_MAX) return;
  const std::int32_t window = nghttp2_session_get_remote_window_size(session_.get());
  lean_.emplace(request_,
                LeanSession::Start{.next_id = static_cast<std::int32_t>(next_id),
                                   .send_window = window,
                                   .streams_max = allowed(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
                                   .has_beside = client_.beside_ != nullptr});
  session_.reset();
  unsent_ = {};
}

void ClientConnection::OpenWatch() {
  if (!lean_ || loss_ || !client_.WantsWatch(lean_->has_watch())) return;
  const UnaryRequest request = request_.Watching(client_.watch_path_);
  if (lean_->OpenWatch(request, loop_.limits, unsent_)) Flush();
}

bool ClientConnection::LooksWrong(std::span<const std::byte> first) {
  if (const std::optional<CallResult> other = SpeaksOtherwise(first))
    Lose(other->end, other->detail);
  return loss_ != nullptr;
}

void ClientConnection::EndCall(std::optional<std::uint32_t> reset_code) {
  if (call_id_ < 0 || is_call_over_) return;
  is_call_over_ = true;
  reset_code_ = reset_code;
}

void ClientConnection::Flush() {
  if (loss_) return;
  while (!lean_) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) return Lose(CallEnd::kProtocol, "HTTP/2: the session failed");
    if (size == 0) break;
    const auto bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    if (unsent_.size() > loop_.limits.unsent_bytes_max) break;
  }
  // Acknowledgements that a peer makes us queue and does not take.
  if (unsent_.size() > loop_.limits.unsent_bytes_max)
    return LoseOverLimit("the peer makes us answer more than it takes");
  if (!unsent_.empty()) SendUnsent();
}

void ClientConnection::SendUnsent() {
  const std::size_t sent = Send(unsent_);
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
  // Once lean it is used now and then: room that is kept for it adds up over thousands.
  const bool is_seldom_used = lean_ && client_.beside_ == nullptr;
  if (unsent_.empty() && is_seldom_used) unsent_ = {};
}

std::size_t ClientConnection::Send(std::span<const std::byte> bytes) {
  const iovec piece = {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  const IoOutcome outcome = transport_->Write(std::span(&piece, 1));
  if (outcome.state == IoState::kFailed || outcome.state == IoState::kTrouble) {
    // What the peer said before it went is worth more than EPIPE.
    ReadSome();
    LoseBy(outcome, has_served_ && call_bytes_ == 0);
    return 0;
  }
  const bool was_blocked = std::exchange(is_blocked_, outcome.bytes < bytes.size());
  if (is_blocked_ != was_blocked)
    loop_.poller.Change(watch_, is_blocked_ ? kReadingAndWriting : kReading);
  return outcome.bytes;
}

void ClientConnection::Lose(CallEnd end, std::string detail, bool is_worth_a_retry) {
  if (loss_) return;
  loss_ = std::make_unique<ConnectionLoss>(ConnectionLoss{
      .result = {.end = end, .detail = std::move(detail)}, .is_worth_a_retry = is_worth_a_retry});
}

void ClientConnection::LoseOverLimit(std::string detail) {
  if (loss_) return;
  Lose(CallEnd::kProtocol, std::move(detail));
  loss_->result.is_over_limit = true;
}

void ClientConnection::BillWrongAnswer(CallResult& result) const {
  if (result.end == CallEnd::kProtocol && call_bytes_ > loop_.limits.wrong_answer_bytes_max)
    result.is_over_limit = true;
}

void ClientConnection::Report() {
  std::unique_ptr<Answer> answer;
  std::optional<CallResult> result;
  if (is_call_over_ && call_id_ >= 0) {
    call_id_ = -1;
    bill_.Answered();
    if (is_known_answer_) {
      result = loop_.known_answer.result();
    } else {
      answer = std::move(answer_);
      result = answer->Conclude(reset_code_);
      BillWrongAnswer(*result);
      if (result->is_over_limit) LoseOverLimit(result->detail);
    }
    // The stream was never looked at: REFUSED_STREAM, or numbered beyond what a GOAWAY accepts.
    const bool is_refused = result->end == CallEnd::kReset && reset_code_ == NGHTTP2_REFUSED_STREAM;
    if (is_refused) {
      Lose(result->end, std::move(result->detail), true);
      result.reset();
    } else {
      has_served_ = true;
      const bool is_good = result->end == CallEnd::kAnswered && result->status == Code::kOk;
      if (is_good) BecomeLean();
      if (is_good) OpenWatch();
    }
  }
  if (loss_) BillWrongAnswer(loss_->result);
  if (is_leaving_ && call_id_ < 0) Lose(CallEnd::kClosed, "the peer is going away", true);
  std::optional<WatchNews> watched;
  if (lean_ && lean_->has_watch_news()) watched = lean_->TakeWatchNews();
  const bool is_alive = lean_ && lean_->TakeAlive();
  std::optional<WatchNews> beside;
  if (lean_ && lean_->has_beside_news()) beside = lean_->TakeBesideNews();
  if (result || loss_ || watched || is_alive || beside) {
    client_.OnNews({.answer = result ? &*result : nullptr,
                    .loss = loss_.get(),
                    .watched = watched ? &*watched : nullptr,
                    .is_alive = is_alive,
                    .is_annoyed = lean_ && lean_->is_annoyed(),
                    .beside = beside ? &*beside : nullptr});
  }
}

}  // namespace fairlead::h2

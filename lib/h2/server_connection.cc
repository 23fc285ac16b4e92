#include "h2/server_connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/prefetch.h"
#include "h2/framed_message.h"
#include "h2/server_loop.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

namespace {
constexpr std::size_t kClientPrefaceBytes = 24;
constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kReadingAndWriting = kReading | EPOLLOUT;
}  // namespace

ServerConnection::ServerConnection(ServerLoop& loop, std::unique_ptr<Transport> transport,
                                   Peer peer, std::optional<TimePoint> ages_at)
    : loop_(loop),
      transport_(std::move(transport)),
      session_(loop.limits),
      meter_(kClientPrefaceBytes),
      frames_(loop.limits.frames_per_second_max, std::chrono::seconds(1)),
      control_frames_(loop.limits.control_frames_per_second_max, std::chrono::seconds(1)),
      resets_(loop.limits.resets_per_minute_max, std::chrono::minutes(1)),
      refused_streams_(loop.limits.refused_streams_per_minute_max, std::chrono::minutes(1)),
      now_(runtime::Now()),
      begun_at_(now_),
      ages_at_(ages_at),
      heard_at_(now_),
      taken_at_(now_),
      idle_since_(now_),
      peer_(std::move(peer)) {}

ServerConnection::~ServerConnection() {
  loop_.poller.Remove(watch_);
  while (!calls_.empty()) Retire(*calls_.back());
}

bool ServerConnection::Start() {
  Result<runtime::EventLoop::Watch> watch =
      loop_.poller.Add(transport_->descriptor(), kReading, *this);
  if (!watch) return false;
  watch_ = *watch;
  if (Agree()) {
    // What a client says first has come with its connection, as a rule: one answer to all of it.
    if (transport_->has_unread())
      loop_.ReadAgain(*this);
    else
      ReadSome(/*is_ending=*/false);
    Flush();
  } else if (!is_dead_) {
    loop_.poller.Change(watch_, kReadingAndWriting);
  }
  return true;
}

bool ServerConnection::Agree() {
  const IoOutcome outcome = transport_->Establish();
  is_agreed_ = outcome.state == IoState::kDone;
  if (is_agreed_) peer_.names = transport_->peer_names();
  if (is_agreed_ || outcome.state == IoState::kWouldBlock) return is_agreed_;
  GiveUp(outcome);
  return false;
}

void ServerConnection::GiveUp(const IoOutcome& why) {
  if (why.state != IoState::kTrouble) return Doom();
  loop_.router.OnTrouble(peer_, transport_->trouble());
  if (transport_->is_peers_fault() && loop_.offended(peer_)) return Doom();
  Part();
}

void ServerConnection::OnReady(std::uint32_t events) {
  now_ = loop_.poller.now();
  if (parting_ != nullptr) return HearParting();
  if (!is_agreed_) {
    if (!Agree()) return;
    // What has come with the end of the handshake is no event of the socket any more.
    events |= EPOLLIN;
  }
  if ((events & EPOLLOUT) != 0) SendOutbox();
  const bool is_ending = (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0;
  if (is_ending || (events & EPOLLIN) != 0) ReadSome(is_ending);
  Flush();
}

void ServerConnection::FetchAhead(std::size_t step) const {
  if (step == 0) FetchTransport();
  if (calls_.empty()) return;
  const ServerCall& call = *calls_.front();
  if (step == 0)
    Prefetch(&call, sizeof call);
  else
    call.FetchHandler(step - 1);
}

void ServerConnection::FetchTransport() const {
  Prefetch(transport_.get(), 1);
}

void ServerConnection::ReadSome(bool is_ending) {
  const IoOutcome outcome = transport_->Read(loop_.read_buffer);
  if (outcome.state == IoState::kWouldBlock) return;
  if (outcome.state != IoState::kDone) return GiveUp(outcome);
  heard_at_ = now_;
  is_ping_out_ = false;
  const auto data = std::span(loop_.read_buffer).first(outcome.bytes);
  if (!Admit(data)) return CloseForAbuse();
  is_inside_ = true;
  const bool goes_on = session_.Feed(data, *this);
  is_inside_ = false;
  loop_.counters.limit_hits += session_.TakeLimitHits();
  if (!refused_streams_.Spend(session_.TakeRefusedStreams(), now_)) return CloseForAbuse();
  const std::uint32_t failed = session_.TakeFailedStreams();
  if (failed > 0 && !resets_.Spend(failed, now_)) return CloseForAbuse();
  if (!goes_on) return Refuse();
  // The socket is drained, and what comes later is a new edge; only an end that was told already is
  // not.
  const bool is_drained = outcome.bytes < loop_.read_buffer.size();
  if (is_dead_ || (is_drained && !is_ending)) return;
  // An end that was told is told again, and what is unread with it.
  if (!is_ending && transport_->has_unread()) return loop_.ReadAgain(*this);
  loop_.poller.Change(watch_, outbox_.empty() ? kReading : kReadingAndWriting);
}

bool ServerConnection::Admit(std::span<const std::byte> data) {
  const FrameCounts counts = meter_.Feed(data);
  return frames_.Spend(counts.all, now_) &&
         (counts.control == 0 || control_frames_.Spend(counts.control, now_)) &&
         (counts.resets == 0 || resets_.Spend(counts.resets, now_));
}

void ServerConnection::CloseForAbuse() {
  ++loop_.counters.limit_hits;
  session_.Terminate(Http2Error::kEnhanceYourCalm);
  Refuse();
  Doom();
}

// The session is terminated for what its peer did. Who does such things all the time is not told
// which: the word costs more than the connection.
void ServerConnection::Refuse() {
  if (loop_.offended(peer_)) return Doom();
  Flush();
}

// As dead as one that is doomed, but for its place and its socket.
void ServerConnection::Part() {
  if (loop_.partings >= loop_.limits.connections_parting_max) {
    ++loop_.counters.limit_hits;
    return Doom();
  }
  if (std::exchange(is_dead_, true)) return;
  while (!calls_.empty()) Retire(*calls_.back());
  ++loop_.partings;
  parting_ = std::make_unique<Parting>(*transport_, runtime::Now());
  HearParting();
}

void ServerConnection::HearParting() {
  if (parting_->Hear(loop_.read_buffer)) EndParting();
}

void ServerConnection::EndParting() {
  parting_.reset();
  --loop_.partings;
  Leave();
}

void ServerConnection::Doom() {
  if (!std::exchange(is_dead_, true)) Leave();
}

void ServerConnection::Leave() {
  loop_.poller.Remove(watch_);
  loop_.Doom(*this);
}

void ServerConnection::GoAway() {
  if (is_dead_) return;
  session_.GoAway();
  Flush();
}

void ServerConnection::Dismiss() {
  GoAway();
  Doom();
}

bool ServerConnection::AgeOut(TimePoint now) {
  const bool is_due = ages_at_ && now >= *ages_at_ && session_.is_handshaken();
  if (is_dead_ || is_old_ || !is_due) return false;
  is_old_ = true;
  ages_at_ = now;
  ++loop_.counters.connections_aged;
  session_.GoAway();
  // Those that end at once leave calls_; they live until the end of the turn.
  boost::container::small_vector<ServerCall*, 1> calls;
  for (const std::unique_ptr<ServerCall>& call : calls_) calls.push_back(call.get());
  for (ServerCall* call : calls) call->TellAged();
  Flush();
  return true;
}

// --- bytes out -----------------------------------------------------------------------------

bool ServerConnection::SendAtOnce(ServerCall& call, const SharedBytes& shared,
                                  std::span<const std::byte> tail) {
  const std::size_t payload = kMessagePrefixBytes + shared->size() + tail.size();
  const bool is_free = !is_dead_ && !is_inside_ && waiting_ == 0 && !session_.has_output() &&
                       outbox_.empty() && payload <= FramedMessage::kPayloadBytesMax &&
                       payload <= session_.Window(call);
  if (!is_free) return false;
  session_.Sent(call, payload);
  const FramedMessage message(call.id, *shared, tail);
  const IoOutcome outcome = transport_->Write(message.pieces());
  if (outcome.bytes == message.bytes()) return call.HasLeftInWrite();
  if (outcome.state == IoState::kFailed || outcome.state == IoState::kEnd) {
    Doom();
    return true;
  }
  loop_.gather.Clear();
  message.AddTo(loop_.gather, shared);
  loop_.gather.EndMessage(call);
  Keep(outcome.bytes);
  return true;
}

void ServerConnection::Flush() {
  if (is_dead_ || is_inside_ || !is_agreed_ || !outbox_.empty()) return;
  for (bool has_more = waiting_ > 0 || session_.has_output(); has_more && !is_dead_;) {
    loop_.gather.Clear();
    has_more = FillGather();
    if (loop_.gather.empty() || !SendGather()) break;
  }
  if (!session_.is_over() || !outbox_.empty()) return;
  if (session_.is_terminated())
    Part();
  else
    Doom();
}

// False: everything that may be sent now is in it.
bool ServerConnection::FillGather() {
  while (loop_.gather.HasRoom()) {
    if (session_.has_output()) {
      const auto output = session_.output();
      const auto some = output.first(std::min(output.size(), kFramePayloadBytesMax));
      loop_.gather.AddCopied(some);
      session_.TakeOutput(some.size());
    } else if (ServerCall* call = NextToSend(); call != nullptr) {
      GatherSome(*call);
    } else {
      return false;
    }
  }
  return true;
}

bool ServerConnection::SendGather() {
  const IoOutcome outcome = transport_->Write(loop_.gather.pieces());
  if (outcome.state == IoState::kFailed || outcome.state == IoState::kEnd) {
    Doom();
    return false;
  }
  Keep(outcome.bytes);
  return outbox_.empty();
}

// Settles the gather of which the socket took `sent` bytes.
void ServerConnection::Keep(std::size_t sent) {
  outbox_.Settle(loop_.gather, sent, loop_.written);
  MarkWritten();
  if (outbox_.empty()) return;
  taken_at_ = runtime::Now();  // a push may follow a long silence
  loop_.poller.Change(watch_, kReadingAndWriting);
}

void ServerConnection::SendOutbox() {
  std::array<iovec, 64> pieces;
  while (!outbox_.empty() && !is_dead_) {
    const std::size_t count = outbox_.Pieces(pieces);
    const IoOutcome outcome = transport_->Write(std::span(pieces).first(count));
    if (outcome.state == IoState::kWouldBlock) return;
    if (outcome.state != IoState::kDone) return Doom();
    taken_at_ = now_;
    outbox_.Sent(outcome.bytes, loop_.written);
    MarkWritten();
  }
  if (!is_dead_) loop_.poller.Change(watch_, kReading);
}

void ServerConnection::MarkWritten() {
  for (ServerCall* call : loop_.written) {
    if (!call->HasLeftInWrite()) loop_.Written(*call);
  }
  loop_.written.clear();
}

// --- time ----------------------------------------------------------------------------------

void ServerConnection::Sweep(TimePoint now) {
  if (parting_ != nullptr && parting_->IsLate(now)) EndParting();
  if (is_dead_) return;
  now_ = now;
  const bool is_late =
      !session_.is_handshaken() && now - begun_at_ >= loop_.limits.handshake_timeout;
  const bool is_stuck = !outbox_.empty() && now - taken_at_ >= loop_.limits.write_stall_timeout;
  const bool is_overdue = is_old_ && now - *ages_at_ >= loop_.limits.connection_age_grace;
  if (is_late || is_stuck || is_overdue) {
    ++loop_.counters.limit_hits;
    if (is_late) loop_.offended(peer_);
    return Doom();
  }
  SweepCalls(now);
  KeepAlive(now);
  LeaveIfIdle(now);
  Flush();
}

void ServerConnection::SweepCalls(TimePoint now) {
  for (std::size_t i = 0; i < calls_.size();) {
    ServerCall& call = *calls_[i];
    const bool is_overdue = call.deadline && now >= *call.deadline;
    const bool is_stuck =
        call.unsent_bytes() > 0 && now - call.progress_at() >= loop_.limits.write_stall_timeout;
    if (is_stuck) ++loop_.counters.limit_hits;
    if (is_overdue || is_stuck) {
      session_.Reset(call, Http2Error::kCancel);
      Retire(call);  // the last call takes its place
    } else {
      ++i;
    }
  }
}

void ServerConnection::LeaveIfIdle(TimePoint now) {
  const Duration most = loop_.limits.idle_time_max;
  if (most > Duration::zero() && calls_.empty() && now - idle_since_ >= most) session_.GoAway();
}

void ServerConnection::KeepAlive(TimePoint now) {
  // The kernel tells at once when a unix peer is gone; only a network can lose one silently.
  if (peer_.is_unix || !session_.is_handshaken()) return;
  const Duration silence = now - heard_at_;
  if (is_ping_out_) {
    if (silence >= loop_.limits.ping_interval + loop_.limits.ping_timeout) Doom();
  } else if (silence >= loop_.limits.ping_interval) {
    is_ping_out_ = true;
    session_.Ping();
  }
}

}  // namespace fairlead::h2

#include "h2/server_connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "h2/server_loop.h"
#include "h2/server_session.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

namespace {
constexpr std::size_t kClientPrefaceBytes = 24;
// Reads in a row from one connection before others get their turn.
constexpr int kReadsPerTurn = 4;

constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kReadingAndWriting = kReading | EPOLLOUT;
}  // namespace

ServerConnection::ServerConnection(ServerLoop& loop, std::unique_ptr<Transport> transport,
                                   Peer peer)
    : loop_(loop),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      session_(NewServerSession(*this, loop.limits)),
      meter_(kClientPrefaceBytes),
      frames_(loop.limits.frames_per_second_max, std::chrono::seconds(1)),
      control_frames_(loop.limits.control_frames_per_second_max, std::chrono::seconds(1)),
      resets_(loop.limits.resets_per_minute_max, std::chrono::minutes(1)),
      now_(runtime::Now()),
      begun_at_(now_),
      heard_at_(now_),
      taken_at_(now_) {}

ServerConnection::~ServerConnection() {
  loop_.poller.Remove(watch_);
  while (!calls_.empty()) OnStreamClosed(*calls_.back());
}

bool ServerConnection::Start() {
  Result<Poller::Watch> watch = loop_.poller.Add(transport_->descriptor(), kReading, *this);
  if (!watch) return false;
  watch_ = *watch;
  Flush();
  return true;
}

void ServerConnection::OnReady(std::uint32_t events) {
  now_ = runtime::Now();
  if ((events & EPOLLOUT) != 0) SendOutbox();
  const bool is_ending = (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0;
  if (is_ending || (events & EPOLLIN) != 0) ReadSome(is_ending);
  Flush();
}

void ServerConnection::ReadSome(bool is_ending) {
  for (int i = 0; i < kReadsPerTurn && !is_dead_; ++i) {
    const IoOutcome outcome = transport_->Read(loop_.read_buffer);
    if (outcome.state == IoState::kWouldBlock) return;
    if (outcome.state != IoState::kDone) return Doom();
    heard_at_ = now_;
    is_ping_out_ = false;
    const auto data = std::span(loop_.read_buffer).first(outcome.bytes);
    if (!Admit(data)) return CloseForAbuse();
    is_inside_ = true;
    const ssize_t taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    is_inside_ = false;
    if (taken < 0) return Doom();
    if (outcome.bytes == loop_.read_buffer.size()) continue;
    // The socket is drained, and what comes later is a new edge; only an end that was told already
    // is not.
    if (!is_ending) return;
    break;
  }
  if (!is_dead_) loop_.poller.Change(watch_, outbox_.empty() ? kReading : kReadingAndWriting);
}

bool ServerConnection::Admit(std::span<const std::byte> data) {
  const FrameCounts counts = meter_.Feed(data);
  return frames_.Spend(counts.all, now_) && control_frames_.Spend(counts.control, now_) &&
         resets_.Spend(counts.resets, now_);
}

void ServerConnection::CloseForAbuse() {
  ++loop_.counters.limit_hits;
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
  Flush();
  Doom();
}

void ServerConnection::Doom() {
  if (std::exchange(is_dead_, true)) return;
  loop_.poller.Remove(watch_);
  loop_.Doom(*this);
}

void ServerConnection::GoAway() {
  if (is_dead_) return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  Flush();
}

// --- bytes out -----------------------------------------------------------------------------

void ServerConnection::Flush() {
  if (is_dead_ || is_inside_ || !outbox_.empty()) return;
  bool has_more = true;
  while (has_more && !is_dead_) {
    loop_.gather.Clear();
    has_more = FillGather();
    if (loop_.gather.empty() || !SendGather()) break;
  }
  const bool is_over = nghttp2_session_want_read(session_.get()) == 0 &&
                       nghttp2_session_want_write(session_.get()) == 0;
  if (is_over && outbox_.empty()) Doom();
}

bool ServerConnection::FillGather() {
  is_inside_ = true;
  bool has_more = true;
  is_gather_full_ = false;
  while (loop_.gather.HasRoom()) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size > 0) {
      loop_.gather.AddCopied(std::as_bytes(std::span(data, static_cast<std::size_t>(size))));
      continue;
    }
    if (size < 0) Doom();
    has_more = is_gather_full_;
    break;
  }
  is_inside_ = false;
  return has_more;
}

bool ServerConnection::SendGather() {
  const IoOutcome outcome = transport_->Write(loop_.gather.pieces());
  if (outcome.state == IoState::kFailed || outcome.state == IoState::kEnd) {
    Doom();
    return false;
  }
  // The clock is read by whoever entered last; a push that follows a long silence reads it here.
  taken_at_ = outcome.bytes > 0 ? runtime::Now() : taken_at_;
  outbox_.Settle(loop_.gather, outcome.bytes, loop_.written);
  MarkWritten();
  if (outbox_.empty()) return true;
  loop_.poller.Change(watch_, kReadingAndWriting);
  return false;
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
  if (is_dead_) return;
  now_ = now;
  const bool is_late = !is_handshaken_ && now - begun_at_ >= loop_.limits.handshake_timeout;
  const bool is_stuck = !outbox_.empty() && now - taken_at_ >= loop_.limits.write_stall_timeout;
  if (is_late || is_stuck) {
    ++loop_.counters.limit_hits;
    return Doom();
  }
  SweepCalls(now);
  KeepAlive(now);
  Flush();
}

void ServerConnection::SweepCalls(TimePoint now) {
  for (const std::unique_ptr<ServerCall>& call : calls_) {
    const bool is_overdue = call->deadline && now >= *call->deadline;
    const bool is_stuck =
        call->unsent_bytes() > 0 && now - call->progress_at() >= loop_.limits.write_stall_timeout;
    if (is_stuck) ++loop_.counters.limit_hits;
    if (is_overdue || is_stuck) {
      nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, call->id(), NGHTTP2_CANCEL);
    }
  }
}

void ServerConnection::KeepAlive(TimePoint now) {
  // The kernel tells at once when a unix peer is gone; only a network can lose one silently.
  if (peer_.is_unix || !is_handshaken_) return;
  const Duration silence = now - heard_at_;
  if (is_ping_out_) {
    if (silence >= loop_.limits.ping_interval + loop_.limits.ping_timeout) Doom();
  } else if (silence >= loop_.limits.ping_interval) {
    is_ping_out_ = true;
    nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
  }
}

}  // namespace fairlead::h2

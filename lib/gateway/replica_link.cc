#include "gateway/replica_link.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "h2/answer.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;

// What one read takes: some hundred small answers.
constexpr std::size_t kReadBytes = 32 * 1024;
constexpr h2::CallSessionLimits kSessionLimits;

ReplicaStream& Of(h2::CallStream& stream) {
  return static_cast<ReplicaStream&>(stream);
}

}  // namespace

ReplicaLink::ReplicaLink(asio::io_context& context, Told told)
    : context_(context),
      socket_(context),
      told_(std::move(told)),
      session_(kSessionLimits),
      read_buffer_(kReadBytes) {}

void ReplicaLink::Connect(const Address& address, const h2::TransportMaker& make) {
  is_tls_ = address.tls.has_value();
  socket_.Connect(address, make, [this] {
    const auto self = shared_from_this();
    OnConnected();
  });
}

void ReplicaLink::OnConnected() {
  if (is_over_told_) return;
  if (!socket_.is_open()) return End("it could not be connected");
  // The socket does not tell of what came with the last word of a handshake.
  OnReadable();
  Flush();
}

void ReplicaLink::Open(ReplicaStream& stream, std::string_view block) {
  stream.is_sending_ = false;
  session_.Open(stream, std::as_bytes(std::span(block)));
  ScheduleFlush();
}

void ReplicaLink::SendMore(ReplicaStream& stream) {
  if (!std::exchange(stream.is_sending_, true)) sending_.push_back(&stream);
  ScheduleFlush();
}

void ReplicaLink::Release(ReplicaStream& stream, std::size_t taken_bytes, std::size_t ahead_bytes) {
  session_.Release(stream, taken_bytes, ahead_bytes);
  if (session_.has_output()) ScheduleFlush();
}

void ReplicaLink::Leave(ReplicaStream& stream) {
  was_full_ = was_full_ || !session_.CanOpen();
  session_.Reset(stream, h2::Http2Error::kCancel);
  Drop(stream);
  ScheduleFlush();
}

void ReplicaLink::Drop(ReplicaStream& stream) {
  if (stream.is_sending_) std::erase(sending_, &stream);
  stream.is_sending_ = false;
}

void ReplicaLink::OnHead(h2::CallStream& stream, const h2::FieldList& fields) {
  Of(stream).OnHead(fields);
}

void ReplicaLink::OnData(h2::CallStream& stream, std::span<const std::byte> data) {
  Of(stream).OnData(data);
}

void ReplicaLink::OnEnd(h2::CallStream& stream, const h2::FieldList* trailers) {
  Drop(Of(stream));
  Of(stream).OnEnd(trailers);
}

void ReplicaLink::OnFailure(h2::CallStream& stream, const h2::StreamFailure& failure) {
  Drop(Of(stream));
  Of(stream).OnFailure(failure);
}

void ReplicaLink::WaitToRead() {
  socket_.WaitToRead([this] {
    const auto self = shared_from_this();
    OnReadable();
  });
}

void ReplicaLink::OnReadable() {
  if (!socket_.is_open()) return;
  const h2::IoOutcome outcome = socket_.transport().Read(read_buffer_);
  if (outcome.state == h2::IoState::kWouldBlock) return WaitToRead();
  if (outcome.state == h2::IoState::kTrouble) socket_.NoteTrouble();
  if (outcome.state != h2::IoState::kDone) return End("the connection broke");
  OnRead(std::span<const std::byte>(read_buffer_).first(outcome.bytes));
  if (!socket_.is_open()) return;
  if (outcome.bytes < read_buffer_.size()) return WaitToRead();
  // There may be more that the socket does not tell of, behind what others have to do.
  asio::post(context_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnReadable();
  });
}

void ReplicaLink::OnRead(std::span<const std::byte> data) {
  const std::optional<h2::CallResult> other =
      session_.is_greeted() ? std::nullopt : h2::SpeaksOtherwise(data);
  if (other) return End(other->detail);
  was_full_ = was_full_ || !session_.CanOpen();
  if (!session_.Feed(data, *this)) {
    Write();  // the peer is told why, if it still reads
    return End(session_.trouble());
  }
  Tell();
  if (session_.is_over()) return End("its server has left");
  if (session_.has_output() || !sending_.empty()) ScheduleFlush();
}

void ReplicaLink::Tell() {
  if (session_.is_greeted() && !std::exchange(is_ready_told_, true)) {
    was_full_ = false;
    told_.ready();
  }
  if (session_.is_leaving() && !std::exchange(is_over_told_, true)) told_.over();
  if (std::exchange(was_full_, false) && session_.CanOpen()) told_.room();
}

void ReplicaLink::End(const std::string& why) {
  socket_.Close();
  session_.Abandon(why, *this);
  if (!std::exchange(is_over_told_, true)) told_.over();
}

void ReplicaLink::ScheduleFlush() {
  if (std::exchange(is_flush_due_, true)) return;
  asio::post(context_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->is_flush_due_ = false;
    self->Flush();
    if (self->was_full_) self->Tell();
  });
}

void ReplicaLink::Flush() {
  Gather();
  Write();
}

void ReplicaLink::Gather() {
  std::erase_if(sending_, [this](ReplicaStream* stream) {
    stream->is_sending_ = !Gather(*stream);
    return !stream->is_sending_;
  });
}

// True: it has nothing to send any more.
bool ReplicaLink::Gather(ReplicaStream& stream) {
  while (!stream.has_said_end) {
    const auto rest = std::as_bytes(std::span(stream.Unsent()));
    if (rest.empty() && !stream.ends_there()) return true;
    const std::size_t bytes = std::min(rest.size(), session_.Allowed(stream));
    if (bytes == 0 && !rest.empty()) return false;
    session_.Send(stream, rest.first(bytes), stream.ends_there() && bytes == rest.size());
    stream.OnSent(bytes);
  }
  return true;
}

// A broken connection is noticed where it is read: what the server has said before, such as which
// calls it has not seen, comes first.
void ReplicaLink::Write() {
  while (session_.has_output() && socket_.is_open() && !is_waiting_to_write_ && !is_write_broken_) {
    const auto output = session_.output();
    const iovec piece{.iov_base = const_cast<std::byte*>(output.data()), .iov_len = output.size()};
    const h2::IoOutcome outcome = socket_.transport().Write({&piece, 1});
    if (outcome.state == h2::IoState::kWouldBlock) {
      is_waiting_to_write_ = true;
      socket_.WaitToWrite([this] {
        const auto self = shared_from_this();
        is_waiting_to_write_ = false;
        Flush();
      });
    } else if (outcome.state != h2::IoState::kDone) {
      is_write_broken_ = true;
    } else {
      session_.TakeOutput(outcome.bytes);
      if (!session_.has_output()) Gather();
    }
  }
}

}  // namespace fairlead::gateway

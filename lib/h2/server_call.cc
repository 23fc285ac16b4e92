#include "h2/server_call.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "h2/server_connection.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

ServerCall::ServerCall(ServerConnection& connection, std::int32_t id, std::size_t message_bytes_max)
    : connection_(&connection), id_(id), decoder_(message_bytes_max) {}

void ServerCall::Write(SharedBytes shared, std::span<const std::byte> tail) {
  CHECK(!write_pending_ && !finish_ && tail.size() <= kTailBytesMax && shared != nullptr);
  write_pending_ = true;
  if (connection_ == nullptr) return;  // closed meanwhile; OnClosed() is on its way
  shared_ = std::move(shared);
  std::ranges::copy(tail, tail_.begin());
  tail_bytes_ = tail.size();
  prefix_ = MessagePrefix(shared_->size() + tail_bytes_);
  gathered_bytes_ = 0;
  progress_at_ = runtime::Now();
  const bool is_first = !std::exchange(has_headers_, true);
  is_inside_write_ = true;
  connection_->SubmitMessage(*this, is_first);
  is_inside_write_ = false;
}

bool ServerCall::HasLeftInWrite() {
  if (!is_inside_write_) return false;
  write_pending_ = false;
  shared_.reset();
  return true;
}

void ServerCall::Finish(Code code, std::string_view message) {
  CHECK(!finish_);
  finish_ = Error{code, std::string(message)};
  if (connection_ != nullptr) connection_->SubmitFinish(*this);
}

bool ServerCall::Receive(std::span<const std::byte> data) {
  if (finish_) return false;
  const MessageDecoder::Outcome outcome =
      decoder_.Feed(data, [this](std::span<const std::byte> message) {
        handler_->OnMessage(message);
        return !finish_.has_value();
      });
  switch (outcome) {
    case MessageDecoder::Outcome::kGoOn:
      return true;
    case MessageDecoder::Outcome::kStopped:
      return false;
    case MessageDecoder::Outcome::kCompressed:
      Finish(Code::kUnimplemented, "read message: compression is not supported");
      return false;
    case MessageDecoder::Outcome::kTooLong:
      Finish(Code::kResourceExhausted, "read message: longer than this server accepts");
      return false;
  }
  return false;
}

void ServerCall::HalfClose() {
  is_half_closed_ = true;
  if (finish_) return;
  if (decoder_.mid_message()) {
    Finish(Code::kInternal, "read message: the stream ended inside it");
  } else {
    handler_->OnHalfClose();
  }
}

void ServerCall::GatherInto(Gather& gather, std::size_t bytes, TimePoint now) {
  const auto take = [&](std::span<const std::byte> part, std::size_t part_begins) {
    const std::size_t skip = gathered_bytes_ - std::min(gathered_bytes_, part_begins);
    const auto rest = part.subspan(std::min(skip, part.size()));
    return rest.first(std::min(rest.size(), bytes));
  };
  const auto count = [&](std::span<const std::byte> part) {
    gathered_bytes_ += part.size();
    bytes -= part.size();
  };
  const auto prefix = take(prefix_, 0);
  gather.AddCopied(prefix);
  count(prefix);
  const auto shared = take(*shared_, prefix_.size());
  gather.AddShared(shared, shared_);
  count(shared);
  const auto tail = take(std::span(tail_).first(tail_bytes_), prefix_.size() + shared_->size());
  gather.AddCopied(tail);
  count(tail);
  progress_at_ = now;
  if (gathered_bytes_ == message_bytes()) gather.EndMessage(*this);
}

void ServerCall::TellWritten() {
  write_pending_ = false;
  shared_.reset();
  if (!finish_ && handler_ != nullptr) handler_->OnWritten();
}

void ServerCall::TellClosed() {
  if (handler_ != nullptr) handler_->OnClosed();
  handler_.reset();
}

}  // namespace fairlead::h2

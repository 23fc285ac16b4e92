#include "h2/server_call.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/prefetch.h"
#include "h2/header_block.h"
#include "h2/server_connection.h"
#include "runtime/clock.h"

namespace fairlead::h2 {

namespace {
constexpr std::size_t kConnectionBytes = 256;  // what a write touches of it
}  // namespace

ServerCall::ServerCall(ServerConnection& connection, std::size_t message_bytes_max)
    : connection_(&connection), decoder_(message_bytes_max) {}

void ServerCall::Write(SharedBytes shared, std::span<const std::byte> tail) {
  CHECK(!is_pending_ && finish_ == nullptr && tail.size() <= kTailBytesMax && shared != nullptr);
  const bool is_first = !std::exchange(has_headers_, true);
  is_pending_ = true;
  if (connection_ == nullptr) return;  // closed meanwhile; OnClosed() is on its way
  is_inside_write_ = true;
  if (is_first || !connection_->SendAtOnce(*this, shared, tail)) {
    pending_ = std::make_unique<Pending>();
    pending_->shared = std::move(shared);
    std::ranges::copy(tail, pending_->tail.begin());
    pending_->tail_bytes = tail.size();
    pending_->prefix = MessagePrefix(pending_->shared->size() + tail.size());
    pending_->progress_at = runtime::Now();
    connection_->SubmitMessage(*this, is_first);
  }
  is_inside_write_ = false;
}

bool ServerCall::HasLeftInWrite() {
  if (!is_inside_write_) return false;
  is_pending_ = false;
  pending_.reset();
  return true;
}

void ServerCall::FetchAhead(std::size_t step) const {
  if (connection_ == nullptr) return;
  if (step == 0)
    Prefetch(connection_, kConnectionBytes);
  else
    connection_->FetchTransport();
}

void ServerCall::FetchHandler(std::size_t step) const {
  if (handler_ == nullptr) return;
  if (step == 0)
    Prefetch(handler_.get(), 1);
  else
    handler_->FetchAhead();
}

void ServerCall::Finish(Code code, std::string_view message) {
  CHECK(finish_ == nullptr);
  finish_ = std::make_unique<Ending>(Ending{.error = {code, std::string(message)}});
  if (connection_ != nullptr) connection_->SubmitFinish(*this);
}

void ServerCall::Begin(Fields fields) {
  CHECK(!has_headers_ && finish_ == nullptr);
  has_headers_ = true;
  if (connection_ != nullptr) connection_->SubmitHead(*this, EncodeBlock(fields));
}

void ServerCall::WriteBody(SharedBytes bytes) {
  CHECK(has_headers_ && !is_pending_ && finish_ == nullptr && bytes != nullptr && !bytes->empty());
  is_pending_ = true;
  if (connection_ == nullptr) return;
  is_inside_write_ = true;
  pending_ = std::make_unique<Pending>();
  pending_->shared = std::move(bytes);
  pending_->prefix_bytes = 0;
  pending_->progress_at = runtime::Now();
  connection_->SubmitMessage(*this, /*is_first=*/false);
  is_inside_write_ = false;
}

void ServerCall::End(Fields trailers) {
  CHECK(finish_ == nullptr && (has_headers_ || !trailers.empty()));
  finish_ = std::make_unique<Ending>();
  finish_->block = trailers.empty() ? std::vector<std::byte>() : EncodeBlock(trailers);
  if (connection_ != nullptr) connection_->SubmitFinish(*this);
}

void ServerCall::Take(std::size_t bytes, std::size_t ahead) {
  if (connection_ != nullptr) connection_->Release(*this, bytes, ahead);
}

bool ServerCall::Receive(std::span<const std::byte> data) {
  if (finish_) return false;
  if (keeps_body) {
    handler_->OnBody(data);
    return finish_ == nullptr;
  }
  const MessageDecoder::Outcome outcome =
      decoder_.Feed(data, [this](std::span<const std::byte> message) {
        handler_->OnMessage(message);
        return finish_ == nullptr;
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
  if (finish_) return;
  if (decoder_.mid_message()) {
    Finish(Code::kInternal, "read message: the stream ended inside it");
  } else {
    handler_->OnHalfClose();
  }
}

void ServerCall::GatherInto(Gather& gather, std::size_t bytes, TimePoint now) {
  Pending& pending = *pending_;
  const auto take = [&](std::span<const std::byte> part, std::size_t part_begins) {
    const std::size_t skip = pending.gathered_bytes - std::min(pending.gathered_bytes, part_begins);
    const auto rest = part.subspan(std::min(skip, part.size()));
    return rest.first(std::min(rest.size(), bytes));
  };
  const auto count = [&](std::span<const std::byte> part) {
    pending.gathered_bytes += part.size();
    bytes -= part.size();
  };
  const auto prefix = take(std::span(pending.prefix).first(pending.prefix_bytes), 0);
  gather.AddCopied(prefix);
  count(prefix);
  const auto shared = take(*pending.shared, pending.prefix_bytes);
  gather.AddShared(shared, pending.shared);
  count(shared);
  const auto tail = take(std::span(pending.tail).first(pending.tail_bytes),
                         pending.prefix_bytes + pending.shared->size());
  gather.AddCopied(tail);
  count(tail);
  pending.progress_at = now;
  if (pending.gathered_bytes == pending.message_bytes()) gather.EndMessage(*this);
}

void ServerCall::TellWritten() {
  is_pending_ = false;
  pending_.reset();
  if (finish_ == nullptr && handler_ != nullptr) handler_->OnWritten();
}

void ServerCall::TellAged() {
  if (finish_ == nullptr && handler_ != nullptr) handler_->OnAged();
}

void ServerCall::TellClosed() {
  if (handler_ != nullptr) handler_->OnClosed();
  handler_.reset();
}

}  // namespace fairlead::h2

#include "probe/reply.h"

#include <utility>
#include <vector>

#include "base/result.h"
#include "probe/gzip.h"

namespace fairlead::probe {

Reply::Reply(CallKind kind, const h2::ClientLimits& limits, MessageSink on_message)
    : kind_(kind),
      message_bytes_max_(limits.message_bytes_max),
      on_message_(std::move(on_message)),
      answer_(limits),
      decoder_(limits.message_bytes_max, h2::MessageDecoder::Compressed::kTaken) {}

bool Reply::OnField(std::string_view name, std::string_view value) {
  return answer_.OnField(name, value);
}

bool Reply::OnData(std::span<const std::byte> data) {
  if (!answer_.is_grpc()) return true;  // an error page
  const auto outcome = decoder_.Feed(
      data, [this](std::span<const std::byte> message) { return TakeMessage(message); });
  if (outcome == h2::MessageDecoder::Outcome::kTooLong) fault_ = "a message longer than allowed";
  return outcome == h2::MessageDecoder::Outcome::kGoOn;
}

bool Reply::TakeMessage(std::span<const std::byte> message) {
  std::vector<std::byte> plain;
  if (decoder_.is_compressed()) {
    Result<std::vector<std::byte>> unpacked = Gunzip(message, message_bytes_max_);
    if (!unpacked) {
      fault_ = unpacked.error().message;
      return false;
    }
    plain = *std::move(unpacked);
    message = plain;
  }
  if (kind_ == CallKind::kStream) {
    on_message_(message);
    return true;
  }
  const auto prefix = h2::MessagePrefix(message.size());
  return answer_.OnData(prefix) && answer_.OnData(message);
}

h2::CallResult Reply::Conclude(std::optional<std::uint32_t> reset_code) const {
  if (!fault_.empty()) return {.end = h2::CallEnd::kProtocol, .detail = fault_};
  return answer_.Conclude(reset_code);
}

}  // namespace fairlead::probe

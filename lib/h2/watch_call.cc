#include "h2/watch_call.h"

#include "base/text.h"
#include "h2/frames.h"
#include "h2/grpc_headers.h"

namespace fairlead::h2 {

namespace {
// A quarter of the window that every stream begins with.
constexpr std::int64_t kWindowUpdateBytes = 16 * 1024;
constexpr std::size_t kFieldOverheadBytes = 32;  // RFC 9113, section 6.5.2

std::string_view ValueOf(const std::vector<std::pair<std::string, std::string>>& fields,
                         std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}
}  // namespace

WatchCall::WatchCall(std::int32_t id, const ClientLimits& limits)
    : id_(id),
      header_bytes_max_(limits.header_list_bytes_max),
      decoder_(limits.message_bytes_max) {}

void WatchCall::End(Code code, std::string message) {
  if (!news_.end) news_.end = Error{code, std::move(message)};
}

void WatchCall::OnHeaders(const std::vector<std::pair<std::string, std::string>>& fields, bool ends,
                          std::vector<std::byte>& out) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields)
    bytes += name.size() + value.size() + kFieldOverheadBytes;
  if (bytes > header_bytes_max_) return Cancel("more header bytes than allowed", out);
  if (!std::exchange(is_open_, true)) {
    const bool is_grpc =
        ValueOf(fields, ":status") == "200" && IsGrpcContentType(ValueOf(fields, "content-type"));
    if (!is_grpc) return Cancel("not answered by a gRPC server", out);
  }
  if (!ends) return;
  End(ParseStatus(ValueOf(fields, "grpc-status")).value_or(Code::kUnknown),
      Printable(PercentDecode(ValueOf(fields, "grpc-message"))));
}

void WatchCall::OnData(std::span<const std::byte> payload, bool ends, bool is_call_open,
                       std::vector<std::byte>& out) {
  if (is_over()) return;
  const MessageDecoder::Outcome outcome =
      decoder_.Feed(payload, [&](std::span<const std::byte> message) {
        news_.message.emplace(message.begin(), message.end());
        news_.is_before_answer = is_call_open;
        return true;
      });
  if (!is_open_) return Cancel("a message before its headers", out);
  if (outcome != MessageDecoder::Outcome::kGoOn)
    return Cancel("a message that is compressed or too long", out);
  if (ends) End(Code::kUnknown, "ended without a status");
}

void WatchCall::Renew(std::size_t frame_bytes, std::vector<std::byte>& out) {
  unacknowledged_bytes_ += static_cast<std::int64_t>(frame_bytes);
  if (is_over() || unacknowledged_bytes_ < kWindowUpdateBytes) return;
  AppendNumber(out, frame::kWindowUpdate, id_, static_cast<std::uint32_t>(unacknowledged_bytes_));
  unacknowledged_bytes_ = 0;
}

void WatchCall::OnReset(std::uint32_t code) {
  End(Code::kUnavailable, "stream reset with code " + std::to_string(code));
}

void WatchCall::Cancel(std::string_view why, std::vector<std::byte>& out) {
  if (is_over()) return;
  AppendNumber(out, frame::kReset, id_, static_cast<std::uint32_t>(Http2Error::kCancel));
  End(Code::kCancelled, std::string(why));
}

}  // namespace fairlead::h2

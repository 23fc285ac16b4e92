#include "docker/actuator_message.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/packet_fields.h"
#include "base/text.h"

namespace fairlead::docker {
namespace {

// One that is never said: the container's own.
constexpr std::uint32_t kOwnTimeout = 0xffff'ffff;
constexpr std::size_t kHeadBytes = 1 + 4 + 2;

void PutText(std::string& packet, std::string_view text) {
  constexpr std::size_t kTextBytesMax = 255;
  text = text.substr(0, kTextBytesMax);
  packet += static_cast<char>(text.size());
  packet += text;
}

std::string_view TakeText(PacketFields& fields) {
  return fields.TakeBytes(fields.Take<std::uint8_t>());
}

std::uint32_t WholeSeconds(const std::optional<Duration>& timeout) {
  if (!timeout) return kOwnTimeout;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*timeout).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, kOwnTimeout - 1));
}

}  // namespace

std::string WriteQuestion(const EngineRequest& request) {
  std::string packet;
  PutNumber(packet, static_cast<std::uint8_t>(request.verb));
  PutNumber(packet, static_cast<std::uint8_t>(request.version.major));
  PutNumber(packet, static_cast<std::uint8_t>(request.version.minor));
  PutNumber(packet, request.label);
  PutNumber(packet, static_cast<std::uint64_t>(request.since_ns));
  PutNumber(packet, request.lines_max);
  PutNumber(packet, WholeSeconds(request.stop_timeout));
  PutText(packet, request.id.value);
  PutText(packet, request.signal);
  return packet;
}

Result<EngineRequest> ReadQuestion(std::string_view packet) {
  PacketFields fields(packet);
  EngineRequest request;
  const auto verb = fields.Take<std::uint8_t>();
  request.verb = static_cast<Verb>(verb);
  request.version = {fields.Take<std::uint8_t>(), fields.Take<std::uint8_t>()};
  request.label = fields.Take<std::uint8_t>();
  request.since_ns = static_cast<std::int64_t>(fields.Take<std::uint64_t>());
  request.lines_max = fields.Take<std::uint16_t>();
  const auto seconds = fields.Take<std::uint32_t>();
  if (seconds != kOwnTimeout) request.stop_timeout = std::chrono::seconds(seconds);
  request.id = ContainerId(std::string(TakeText(fields)));
  request.signal = TakeText(fields);
  if (!fields.is_whole() || verb > static_cast<std::uint8_t>(kLastVerb))
    return Fail(Code::kInvalidArgument, "ask the engine: that is no question");
  if (const Result<RequestLine> line = LineOf(request); !line) return std::unexpected(line.error());
  return request;
}

std::string WriteHead(const AnswerHead& head) {
  const std::string message = Printable(head.refusal.message, kHeadMessageBytesMax - 3);
  std::string text;
  PutNumber(text, static_cast<std::uint8_t>(head.refusal.code));
  PutNumber(text, static_cast<std::uint32_t>(head.peer_pid));
  PutNumber(text, static_cast<std::uint16_t>(message.size()));
  return text + message;
}

Result<std::optional<HeadRead>> ReadHead(std::string_view text) {
  PacketFields fields(text);
  AnswerHead head;
  const auto code = fields.Take<std::uint8_t>();
  head.refusal.code = static_cast<Code>(code);
  head.peer_pid = static_cast<std::int32_t>(fields.Take<std::uint32_t>());
  const auto message_bytes = fields.Take<std::uint16_t>();
  head.refusal.message = fields.TakeBytes(message_bytes);
  const bool is_head = code <= static_cast<std::uint8_t>(Code::kUnauthenticated) &&
                       message_bytes <= kHeadMessageBytesMax;
  if (!is_head) return Fail(Code::kDataLoss, "ask the engine: the actuator's answer has no head");
  if (fields.is_short()) return std::nullopt;
  return HeadRead{.head = std::move(head), .bytes = kHeadBytes + message_bytes};
}

}  // namespace fairlead::docker

#include "docker/actuator_message.h"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <utility>

#include "base/text.h"

namespace fairlead::docker {
namespace {

// One that is never said: the container's own.
constexpr std::uint32_t kOwnTimeout = 0xffff'ffff;
constexpr std::size_t kHeadBytes = 1 + 4 + 2;

template <std::unsigned_integral Number>
void Put(std::string& packet, Number number) {
  for (std::size_t byte = 0; byte < sizeof(Number); ++byte)
    packet += static_cast<char>((number >> (8 * byte)) & 0xffU);
}

void PutText(std::string& packet, std::string_view text) {
  constexpr std::size_t kTextBytesMax = 255;
  text = text.substr(0, kTextBytesMax);
  packet += static_cast<char>(text.size());
  packet += text;
}

// Takes fields from the front; after one that is not there all are empty.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  template <std::unsigned_integral Number>
  Number Take() {
    const std::string_view bytes = TakeBytes(sizeof(Number));
    std::uint64_t number = 0;
    for (std::size_t byte = 0; byte < bytes.size(); ++byte)
      number |= std::uint64_t{static_cast<unsigned char>(bytes[byte])} << (8 * byte);
    return static_cast<Number>(number);
  }
  std::string_view TakeBytes(std::size_t bytes) {
    is_short_ = is_short_ || rest_.size() < bytes;
    if (is_short_) return {};
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  std::string_view TakeText() { return TakeBytes(Take<std::uint8_t>()); }
  bool is_short() const { return is_short_; }
  bool is_whole() const { return !is_short_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_short_ = false;
};

std::uint32_t WholeSeconds(const std::optional<Duration>& timeout) {
  if (!timeout) return kOwnTimeout;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*timeout).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, kOwnTimeout - 1));
}

}  // namespace

std::string WriteQuestion(const EngineRequest& request) {
  std::string packet;
  Put(packet, static_cast<std::uint8_t>(request.verb));
  Put(packet, static_cast<std::uint8_t>(request.version.major));
  Put(packet, static_cast<std::uint8_t>(request.version.minor));
  Put(packet, request.label);
  Put(packet, static_cast<std::uint64_t>(request.since_ns));
  Put(packet, request.lines_max);
  Put(packet, WholeSeconds(request.stop_timeout));
  PutText(packet, request.id.value);
  PutText(packet, request.signal);
  return packet;
}

Result<EngineRequest> ReadQuestion(std::string_view packet) {
  Fields fields(packet);
  EngineRequest request;
  const auto verb = fields.Take<std::uint8_t>();
  request.verb = static_cast<Verb>(verb);
  request.version = {fields.Take<std::uint8_t>(), fields.Take<std::uint8_t>()};
  request.label = fields.Take<std::uint8_t>();
  request.since_ns = static_cast<std::int64_t>(fields.Take<std::uint64_t>());
  request.lines_max = fields.Take<std::uint16_t>();
  const auto seconds = fields.Take<std::uint32_t>();
  if (seconds != kOwnTimeout) request.stop_timeout = std::chrono::seconds(seconds);
  request.id = ContainerId(std::string(fields.TakeText()));
  request.signal = fields.TakeText();
  if (!fields.is_whole() || verb > static_cast<std::uint8_t>(kLastVerb))
    return Fail(Code::kInvalidArgument, "ask the engine: that is no question");
  if (const Result<RequestLine> line = LineOf(request); !line) return std::unexpected(line.error());
  return request;
}

std::string WriteHead(const AnswerHead& head) {
  const std::string message = Printable(head.refusal.message, kHeadMessageBytesMax - 3);
  std::string text;
  Put(text, static_cast<std::uint8_t>(head.refusal.code));
  Put(text, static_cast<std::uint32_t>(head.peer_pid));
  Put(text, static_cast<std::uint16_t>(message.size()));
  return text + message;
}

Result<std::optional<HeadRead>> ReadHead(std::string_view text) {
  Fields fields(text);
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

#include "h2/frames.h"

namespace fairlead::h2 {

void AppendFrame(std::vector<std::byte>& out, frame::Type type, std::uint8_t flags,
                 std::int32_t stream, std::span<const std::byte> payload) {
  std::byte head[kFrameHeadBytes];
  WriteFrameHead(head, {.length = static_cast<std::uint32_t>(payload.size()),
                        .type = type,
                        .flags = flags,
                        .stream = stream});
  out.insert(out.end(), std::begin(head), std::end(head));
  out.insert(out.end(), payload.begin(), payload.end());
}

void AppendNumber(std::vector<std::byte>& out, frame::Type type, std::int32_t stream,
                  std::uint32_t number) {
  std::byte payload[4];
  WriteBig32(payload, number);
  AppendFrame(out, type, 0, stream, payload);
}

void AppendSetting(std::vector<std::byte>& payload, Setting id, std::uint32_t value) {
  std::byte entry[6] = {std::byte{0}, static_cast<std::byte>(id)};
  WriteBig32(entry + 2, value);
  payload.insert(payload.end(), std::begin(entry), std::end(entry));
}

}  // namespace fairlead::h2

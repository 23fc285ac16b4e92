#include "h2/framed_message.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "h2/outbox.h"

namespace fairlead::h2 {
namespace {

SharedBytes Shared(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i % 251);
  return std::make_shared<const Bytes>(std::move(bytes));
}

Bytes Joined(std::span<const iovec> pieces) {
  Bytes all;
  for (const iovec& piece : pieces) {
    const auto* begin = static_cast<const std::byte*>(piece.iov_base);
    all.insert(all.end(), begin, begin + piece.iov_len);
  }
  return all;
}

// The payloads of the frames, after a look at their heads.
std::vector<Bytes> Payloads(std::span<const std::byte> wire, std::int32_t stream) {
  std::vector<Bytes> payloads;
  while (wire.size() >= kFrameHeadBytes) {
    const FrameHead head = ReadFrameHead(wire.data());
    EXPECT_EQ(head.type, frame::kData);
    EXPECT_EQ(head.flags, 0U);
    EXPECT_EQ(head.stream, stream);
    const auto payload = wire.subspan(kFrameHeadBytes, head.length);
    payloads.emplace_back(payload.begin(), payload.end());
    wire = wire.subspan(kFrameHeadBytes + head.length);
  }
  EXPECT_TRUE(wire.empty());
  return payloads;
}

Bytes Whole(const Bytes& shared, std::span<const std::byte> tail) {
  const auto prefix = MessagePrefix(shared.size() + tail.size());
  Bytes message(prefix.begin(), prefix.end());
  message.insert(message.end(), shared.begin(), shared.end());
  message.insert(message.end(), tail.begin(), tail.end());
  return message;
}

constexpr std::array<std::byte, 3> kTail = {std::byte{0x2A}, std::byte{1}, std::byte{0x37}};
constexpr std::size_t kOfOneFrame = kFramePayloadBytesMax - kMessagePrefixBytes - kTail.size();

class FramesOf : public testing::TestWithParam<std::size_t> {};

TEST_P(FramesOf, CarryTheMessageAndEachIsAsLargeAsItMayBe) {
  const SharedBytes shared = Shared(GetParam());
  const FramedMessage framed(7, *shared, kTail);
  const Bytes wire = Joined(framed.pieces());
  EXPECT_EQ(framed.bytes(), wire.size());
  Bytes message;
  const std::vector<Bytes> payloads = Payloads(wire, 7);
  for (const Bytes& payload : payloads) {
    const bool is_last = &payload == &payloads.back();
    EXPECT_TRUE(is_last || payload.size() == kFramePayloadBytesMax) << payload.size();
    message.insert(message.end(), payload.begin(), payload.end());
  }
  EXPECT_EQ(message, Whole(*shared, kTail));
}

TEST_P(FramesOf, AreKeptFromAnyByteOnThatTheSocketDidNotTake) {
  const SharedBytes shared = Shared(GetParam());
  const FramedMessage framed(7, *shared, kTail);
  const Bytes wire = Joined(framed.pieces());
  const std::size_t step = std::max<std::size_t>(1, wire.size() / 50);
  for (std::size_t sent = 0; sent < wire.size(); sent += step) {
    const auto gather = std::make_unique<Gather>();
    gather->Clear();
    framed.AddTo(*gather, shared);
    Outbox outbox;
    std::vector<ServerCall*> written;
    outbox.Settle(*gather, sent, written);
    std::array<iovec, 64> pieces;
    const std::size_t count = outbox.Pieces(pieces);
    EXPECT_EQ(Joined(std::span(pieces).first(count)), Bytes(wire.begin() + sent, wire.end()))
        << sent;
  }
}

// Nothing; one frame, all but full and full; a frame that begins within the tail, and at its end;
// two and a half; all that fits.
INSTANTIATE_TEST_SUITE_P(Sizes, FramesOf,
                         testing::Values(0, 1, kOfOneFrame - 1, kOfOneFrame, kOfOneFrame + 1,
                                         kOfOneFrame + 2, kOfOneFrame + kTail.size(), 40'000,
                                         FramedMessage::kPayloadBytesMax - kMessagePrefixBytes -
                                             kTail.size()));

}  // namespace
}  // namespace fairlead::h2

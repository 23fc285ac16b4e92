#include "h2/outbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace fairlead::h2 {
namespace {

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

SharedBytes Share(std::string_view text) {
  const auto bytes = BytesOf(text);
  return std::make_shared<const Bytes>(bytes.begin(), bytes.end());
}

std::string Rest(const Outbox& outbox) {
  std::array<iovec, 64> pieces;
  std::string text;
  for (const iovec& piece : std::span(pieces).first(outbox.Pieces(pieces))) {
    text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  return text;
}

// Two messages, of which the socket first takes `sent` bytes; the calls are told apart by address
// only.
struct TwoMessages {
  explicit TwoMessages(std::size_t sent) {
    gather->Clear();
    gather->AddCopied(BytesOf("head1"));
    gather->AddShared(std::span(*shared), shared);
    gather->EndMessage(*first);
    gather->AddCopied(BytesOf("head2"));
    gather->AddShared(std::span(*shared), shared);
    gather->AddCopied(BytesOf("tail2"));
    gather->EndMessage(*second);
    outbox.Settle(*gather, sent, written);
  }
  const std::string all = "head1SHAREDhead2SHAREDtail2";
  SharedBytes shared = Share("SHARED");
  std::array<std::byte, 2> places{};
  ServerCall* first = reinterpret_cast<ServerCall*>(&places[0]);
  ServerCall* second = reinterpret_cast<ServerCall*>(&places[1]);
  std::unique_ptr<Gather> gather = std::make_unique<Gather>();
  Outbox outbox;
  std::vector<ServerCall*> written;
};

TEST(Outbox, KeepsExactlyWhatTheSocketDidNotTake) {
  for (std::size_t sent = 0; sent <= 27; ++sent) {
    TwoMessages two(sent);
    EXPECT_EQ(Rest(two.outbox), two.all.substr(sent)) << sent;
    EXPECT_EQ(two.written.size(), sent == 27 ? 2U : sent >= 11 ? 1U : 0U) << sent;
    EXPECT_EQ(two.outbox.empty(), sent == 27);
  }
}

TEST(Outbox, TellsOfEachMessageOnceWhenItsLastByteIsSent) {
  for (std::size_t step = 1; step <= 27; ++step) {
    TwoMessages two(0);
    for (std::size_t at = 0; at < 27; at += step) {
      EXPECT_EQ(Rest(two.outbox), two.all.substr(at));
      two.outbox.Sent(std::min(step, 27 - at), two.written);
    }
    EXPECT_TRUE(two.outbox.empty());
    EXPECT_EQ(two.written, (std::vector<ServerCall*>{two.first, two.second})) << step;
  }
}

TEST(Outbox, AForgottenCallIsSentButNotTold) {
  TwoMessages two(3);
  two.outbox.Forget(*two.first);
  two.outbox.Sent(24, two.written);
  EXPECT_EQ(two.written, std::vector<ServerCall*>{two.second});
}

TEST(Outbox, SharedBytesArePointedAtAndKeptAlive) {
  TwoMessages two(7);
  EXPECT_EQ(two.shared.use_count(), 3);  // ours and one for each message that waits
  const std::byte* const inside = two.shared->data() + 2;
  std::array<iovec, 1> piece;
  two.outbox.Pieces(piece);
  EXPECT_EQ(piece[0].iov_base, inside);
}

}  // namespace
}  // namespace fairlead::h2

#include "h2/grpc_message.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::h2 {
namespace {

std::string Framed(std::string_view body, char flag = 0) {
  std::string bytes(1, flag);
  const auto prefix = MessagePrefix(body.size());
  for (const std::byte b : std::span(prefix).subspan(1)) bytes.push_back(static_cast<char>(b));
  return bytes.append(body);
}

struct Decoded {
  std::string text;  // messages, each followed by '|'
  MessageDecoder::Outcome outcome = MessageDecoder::Outcome::kGoOn;
  bool mid_message = false;
};

// Feeds `bytes` in chunks of `chunk` bytes.
Decoded Decode(std::string_view bytes, std::size_t chunk, std::size_t message_bytes_max = 100) {
  MessageDecoder decoder(message_bytes_max);
  Decoded decoded;
  while (!bytes.empty() && decoded.outcome == MessageDecoder::Outcome::kGoOn) {
    const std::string_view now = bytes.substr(0, chunk);
    bytes.remove_prefix(now.size());
    decoded.outcome =
        decoder.Feed(std::as_bytes(std::span(now)), [&](std::span<const std::byte> message) {
          decoded.text.append(reinterpret_cast<const char*>(message.data()), message.size())
              .push_back('|');
          return !decoded.text.ends_with("stop|");
        });
  }
  decoded.mid_message = decoder.mid_message();
  return decoded;
}

TEST(MessageDecoder, AnyCuttingGivesTheSameMessages) {
  const std::string bytes =
      Framed("one") + Framed("") + Framed(std::string(70, 'x')) + Framed("four");
  for (std::size_t chunk = 1; chunk <= bytes.size(); ++chunk) {
    const Decoded decoded = Decode(bytes, chunk);
    EXPECT_EQ(decoded.text, "one||" + std::string(70, 'x') + "|four|") << "chunks of " << chunk;
    EXPECT_FALSE(decoded.mid_message);
  }
}

TEST(MessageDecoder, AStreamMayEndInsideAPrefixOrABody) {
  EXPECT_TRUE(Decode(Framed("abc").substr(0, 3), 100).mid_message);
  EXPECT_TRUE(Decode(Framed("abc").substr(0, 7), 100).mid_message);
}

TEST(MessageDecoder, ACompressedMessageIsHandedOnAsItCameWhereThoseAreTaken) {
  MessageDecoder decoder(100, MessageDecoder::Compressed::kTaken);
  std::string told;
  const std::string bytes = Framed("plain") + Framed("packed", 1) + Framed("plain");
  const auto outcome =
      decoder.Feed(std::as_bytes(std::span(bytes)), [&](std::span<const std::byte> message) {
        told.append(reinterpret_cast<const char*>(message.data()), message.size());
        told += decoder.is_compressed() ? "!" : "|";
        return true;
      });
  EXPECT_EQ(outcome, MessageDecoder::Outcome::kGoOn);
  EXPECT_EQ(told, "plain|packed!plain|");
}

TEST(MessageDecoder, ALongMessageIsRefusedByItsPrefixAlone) {
  EXPECT_EQ(Decode(Framed(std::string(100, 'x')), 9).outcome, MessageDecoder::Outcome::kGoOn);
  const std::string too_long = Framed(std::string(101, 'x')).substr(0, kMessagePrefixBytes);
  EXPECT_EQ(Decode(too_long, 9).outcome, MessageDecoder::Outcome::kTooLong);
  EXPECT_EQ(Decode(std::string("\0\xff\xff\xff\xff", 5), 1).outcome,
            MessageDecoder::Outcome::kTooLong);
}

TEST(MessageDecoder, ACompressedMessageIsRefused) {
  EXPECT_EQ(Decode(Framed("a") + Framed("b", 1), 3).outcome, MessageDecoder::Outcome::kCompressed);
}

TEST(MessageDecoder, TheSinkMayStopIt) {
  const Decoded decoded = Decode(Framed("a") + Framed("stop") + Framed("b"), 100);
  EXPECT_EQ(decoded.outcome, MessageDecoder::Outcome::kStopped);
  EXPECT_EQ(decoded.text, "a|stop|");
}

}  // namespace
}  // namespace fairlead::h2

#include "dns/message.h"

#include <gtest/gtest.h>

namespace fairlead::dns {
namespace {

using Bytes = std::vector<std::byte>;
using Section = MessageWriter::Section;

Bytes Of(std::initializer_list<int> numbers) {
  Bytes bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

// A header of so many questions and answers, and then `rest`.
Bytes Asking(int questions, int answers, const Bytes& rest) {
  Bytes bytes = Of({0, 7, 1, 0, 0, questions, 0, answers, 0, 0, 0, 0});
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

Record Address(const Name& name, int last) {
  return {.name = name, .type = kA, .ttl = 1, .data = Of({10, 0, 0, last})};
}

TEST(Message, IsReadAsItWasWritten) {
  const Message written = {
      .header = {.id = 0xABCD,
                 .is_response = true,
                 .opcode = 4,
                 .is_authoritative = true,
                 .is_truncated = true,
                 .wants_recursion = true,
                 .has_recursion = true,
                 .code = 5},
      .questions = {{.name = {"Api", "shop", "Fairlead"}, .type = kSrv}},
      .answers = {Address({"api", "shop", "fairlead"}, 1),
                  Address({"other", "SHOP", "fairlead"}, 2)},
      .authorities = {{.name = {"fairlead"}, .type = kSoa, .ttl = 0xFFFFFFFF, .data = {}}},
      .additionals = {{.name = {}, .type = kOpt, .network = 1232, .ttl = 0, .data = Of({1, 2})}}};
  MessageWriter writer(written.header, kMessageBytesMax);
  writer.Ask(written.questions[0]);
  for (const Record& record : written.answers) EXPECT_TRUE(writer.Add(Section::kAnswer, record));
  EXPECT_TRUE(writer.Add(Section::kAuthority, written.authorities[0]));
  EXPECT_TRUE(writer.Add(Section::kAdditional, written.additionals[0]));
  const auto read = ReadMessage(std::move(writer).Take());
  ASSERT_TRUE(read);
  // A compressed name takes the bytes of the one that it points at.
  Message expected = written;
  expected.answers[0].name = written.questions[0].name;
  expected.answers[1].name = {"other", "shop", "Fairlead"};
  expected.authorities[0].name = {"Fairlead"};
  EXPECT_EQ(*read, expected);
}

TEST(Message, ThatIsWrittenNamesEachNameOnce) {
  MessageWriter writer({}, kMessageBytesMax);
  writer.Ask({.name = {"api", "shop"}, .type = kA});
  writer.Add(Section::kAnswer, Address({"API", "shop"}, 1));
  // Header, name and question; then a pointer, and the record's own fourteen bytes.
  EXPECT_EQ(std::move(writer).Take().size(), kHeaderBytes + 10 + 4 + 2 + 14);
}

TEST(Message, ThatWouldBeTooLongIsLeftAsItWas) {
  const std::size_t room = kHeaderBytes + 10 + 4 + 16;
  MessageWriter writer({}, room + 15 + 11);
  writer.Reserve(11);
  writer.Ask({.name = {"api", "shop"}, .type = kA});
  EXPECT_TRUE(writer.Add(Section::kAnswer, Address({"api", "shop"}, 1)));
  EXPECT_FALSE(writer.Add(Section::kAnswer, Address({"api", "shop"}, 2)));
  EXPECT_FALSE(writer.Add(Section::kAnswer, Address({"new"}, 2)));
  writer.Reserve(0);
  // What was taken back is no place to point at.
  EXPECT_TRUE(writer.Add(Section::kAnswer, Address({"new"}, 3)));
  const Bytes bytes = std::move(writer).Take();
  EXPECT_EQ(bytes.size(), room + 5 + 14);
  const auto read = ReadMessage(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->answers.size(), 2U);
  EXPECT_EQ(read->answers[1].name, Name{"new"});
}

TEST(Message, ThatIsCutShortOrGoesOnIsNone) {
  MessageWriter writer({}, kMessageBytesMax);
  writer.Ask({.name = {"api", "shop"}, .type = kA});
  writer.Add(Section::kAnswer, Address({"api", "shop"}, 1));
  Bytes whole = std::move(writer).Take();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ReadMessage(std::span(whole).first(size))) << size;
  EXPECT_TRUE(ReadMessage(whole));
  whole.push_back(std::byte{0});
  EXPECT_FALSE(ReadMessage(whole));
}

TEST(Message, WithPointersThatLeadNowhereIsNone) {
  // To itself, forwards, into the middle of itself, and two that lead to each other.
  EXPECT_FALSE(ReadMessage(Asking(1, 0, Of({0xC0, 12, 0, 1, 0, 1}))));
  EXPECT_FALSE(ReadMessage(Asking(1, 0, Of({0xC0, 14, 1, 'a', 0, 0, 1, 0, 1}))));
  EXPECT_FALSE(ReadMessage(Asking(1, 0, Of({1, 'a', 0xC0, 12, 0, 1, 0, 1}))));
  EXPECT_FALSE(ReadMessage(Asking(2, 0, Of({0xC0, 18, 0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1}))));
  // Into the header, whose counts read as labels of one byte: {1, 0, 0}.
  EXPECT_FALSE(ReadMessage(Asking(1, 0, Of({0xC0, 5, 0, 1, 0, 1}))));
  // Backwards is well.
  EXPECT_TRUE(ReadMessage(Asking(2, 0, Of({1, 'a', 0, 0, 1, 0, 1, 1, 'b', 0xC0, 12, 0, 1, 0, 1}))));
}

TEST(Message, OfAChainOfPointersIsNone) {
  Bytes rest = Of({1, 'a', 0, 0, 1, 0, 1});
  int before = 12;
  for (int i = 0; i < kPointersMax + 1; ++i) {
    const int here = 12 + static_cast<int>(rest.size());
    for (const int byte : {0xC0 | before >> 8, before & 0xFF, 0, 1, 0, 1})
      rest.push_back(static_cast<std::byte>(byte));
    before = here;
    EXPECT_EQ(ReadMessage(Asking(2 + i, 0, rest)).has_value(), i < kPointersMax) << i;
  }
}

TEST(Message, WithANameTooLongOrOfAnotherKindIsNone) {
  Bytes rest;
  for (int label = 0; label < 4; ++label) {
    rest.push_back(std::byte{63});
    rest.insert(rest.end(), 63, std::byte{'a'});
  }
  for (const int byte : {0, 0, 1, 0, 1}) rest.push_back(static_cast<std::byte>(byte));
  EXPECT_FALSE(ReadMessage(Asking(1, 0, rest)));
  EXPECT_FALSE(ReadMessage(Asking(1, 0, Of({0x40, 'a', 0, 0, 1, 0, 1}))));
  EXPECT_FALSE(ReadMessage(Asking(1, 0, Of({0x80, 'a', 0, 0, 1, 0, 1}))));
}

TEST(Message, WithCountsThatLieIsNone) {
  EXPECT_FALSE(ReadMessage(Asking(255, 255, Of({0, 0, 1, 0, 1}))));
  EXPECT_FALSE(ReadMessage(Asking(0, 1, Of({0, 0, 1, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF, 1}))));
}

TEST(ReadHeader, NeedsNoMoreThanItself) {
  EXPECT_FALSE(ReadHeader(Bytes(kHeaderBytes - 1)));
  EXPECT_EQ(ReadHeader(Of({1, 2, 0x81, 0x83, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0})),
            (Header{.id = 0x0102,
                    .is_response = true,
                    .wants_recursion = true,
                    .has_recursion = true,
                    .code = 3}));
}

}  // namespace
}  // namespace fairlead::dns

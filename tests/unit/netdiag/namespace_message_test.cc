#include "netdiag/namespace_message.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "netdiag/namespace_policy.h"

namespace fairlead::netdiag {
namespace {

const std::string kId(64, 'c');

spec::NetworkNamespace Place() {
  return {.container = ContainerId(kId), .pid = 4711, .start_ticks = 987'654'321'012};
}

KernelConnection SomeConnection(std::uint32_t number) {
  KernelConnection connection{.family = AF_INET6};
  connection.id.idiag_sport = 0x901f;
  connection.id.idiag_dport = static_cast<std::uint16_t>(number);
  for (std::uint32_t i = 0; i < 4; ++i) {
    connection.id.idiag_src[i] = number + i;
    connection.id.idiag_dst[i] = number + 10 + i;
  }
  connection.id.idiag_if = 3;
  connection.id.idiag_cookie[0] = number;
  connection.id.idiag_cookie[1] = 1;
  return connection;
}

std::string Written(const NamespaceQuestion& question) {
  const Result<std::string> packet = WriteNamespaceQuestion(question);
  EXPECT_TRUE(packet) << packet.error().Text();
  return packet.value_or("");
}

TEST(NamespaceQuestion, IsReadAsItWasWritten) {
  std::vector<NamespaceQuestion> questions{
      {.verb = NamespaceVerb::kCanReset},
      {.verb = NamespaceVerb::kSocket, .place = Place(), .kind = {AF_INET6, SOCK_DGRAM, 0}},
      {.verb = NamespaceVerb::kReset, .place = Place(), .connections = {}},
      {.verb = NamespaceVerb::kRead, .place = Place(), .file = ContainerFile::kResolvConf},
  };
  for (std::uint32_t i = 1; i <= kResetsMax; ++i)
    questions[2].connections.push_back(SomeConnection(i));
  for (const NamespaceQuestion& question : questions) {
    const std::string packet = Written(question);
    EXPECT_LE(packet.size(), kNamespaceQuestionBytesMax);
    const auto read = ReadNamespaceQuestion(packet);
    ASSERT_TRUE(read) << read.error().Text();
    EXPECT_EQ(read->verb, question.verb);
    EXPECT_EQ(read->place, question.place);
    EXPECT_EQ(read->kind, question.kind);
    ASSERT_EQ(read->connections.size(), question.connections.size());
    EXPECT_EQ(Written(*read), packet);
  }
  const auto last = ReadNamespaceQuestion(Written(questions[2]))->connections.back();
  EXPECT_EQ(last.family, AF_INET6);
  EXPECT_EQ(last.id.idiag_dst[3], kResetsMax + 13);
  EXPECT_EQ(last.id.idiag_cookie[0], kResetsMax);
}

TEST(NamespaceQuestion, ThatIsCutOrLongerOrOfNoVerbIsNone) {
  const std::string packet = Written({.verb = NamespaceVerb::kReset,
                                      .place = Place(),
                                      .connections = {SomeConnection(1), SomeConnection(2)}});
  for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
    EXPECT_FALSE(ReadNamespaceQuestion(packet.substr(0, bytes))) << bytes;
  EXPECT_FALSE(ReadNamespaceQuestion(packet + '\0'));
  std::string other = packet;
  other[0] = 4;
  EXPECT_EQ(ReadNamespaceQuestion(other).error().code, Code::kInvalidArgument);
}

TEST(NamespaceQuestion, IsAboutAWholeIdAndAProcessThatThereCouldBe) {
  for (const std::string& id :
       {std::string(63, 'c'), std::string(64, 'C'), "../" + std::string(61, 'c'), std::string(),
        std::string("system.slice")}) {
    NamespaceQuestion question{
        .verb = NamespaceVerb::kSocket, .place = Place(), .kind = {AF_INET, SOCK_STREAM, 0}};
    question.place.container = ContainerId(id);
    EXPECT_EQ(WriteNamespaceQuestion(question).error().code, Code::kNotFound) << id;
    question.place = Place();
    std::string packet = Written(question);
    if (id.size() != kContainerIdBytes) continue;
    EXPECT_FALSE(ReadNamespaceQuestion(packet.replace(1, kContainerIdBytes, id))) << id;
  }
  for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 31}) {
    NamespaceQuestion question{.verb = NamespaceVerb::kRead, .place = Place()};
    question.place.pid = pid;
    EXPECT_EQ(WriteNamespaceQuestion(question).error().code, Code::kNotFound) << pid;
  }
}

TEST(NamespaceQuestion, OfNoneOrTooManyConnectionsOrOneWithoutItsNameIsNone) {
  NamespaceQuestion question{.verb = NamespaceVerb::kReset, .place = Place()};
  EXPECT_EQ(WriteNamespaceQuestion(question).error().code, Code::kInvalidArgument);
  question.connections.assign(kResetsMax + 1, SomeConnection(1));
  EXPECT_EQ(WriteNamespaceQuestion(question).error().code, Code::kInvalidArgument);
  question.connections.assign(1, SomeConnection(1));
  question.connections[0].id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  question.connections[0].id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  EXPECT_FALSE(ReadNamespaceQuestion(Written(question)));
  question.connections[0] = SomeConnection(1);
  question.connections[0].family = AF_UNIX;
  EXPECT_FALSE(ReadNamespaceQuestion(Written(question)));
}

TEST(NamespaceAnswer, IsReadAsItWasWritten) {
  for (const NamespaceAnswer& answer : std::vector<NamespaceAnswer>{
           {},
           {.reset = 7},
           {.text = std::string(kTextBytesMax, 't')},
           {.refusal = {Code::kPermissionDenied, "enter network namespace: needs SYS_ADMIN"}},
       }) {
    const std::string packet = WriteNamespaceAnswer(answer);
    EXPECT_LE(packet.size(), kNamespaceAnswerBytesMax);
    EXPECT_EQ(ReadNamespaceAnswer(packet), answer);
    for (std::size_t bytes = 0; bytes < std::min<std::size_t>(packet.size(), 100); ++bytes)
      EXPECT_EQ(ReadNamespaceAnswer(packet.substr(0, bytes)).error().code, Code::kDataLoss);
    EXPECT_FALSE(ReadNamespaceAnswer(packet + "x"));
  }
}

TEST(NamespaceAnswer, CutsALongMessage) {
  const auto read = ReadNamespaceAnswer(
      WriteNamespaceAnswer({.refusal = {Code::kInternal, std::string(100'000, 'x')}}));
  ASSERT_TRUE(read);
  EXPECT_LE(read->refusal.message.size(), kRefusalBytesMax);
}

// --- the tables ---

TEST(NamespacePolicy, WalksTheTableOfKinds) {
  int allowed = 0;
  for (int family = 0; family < 50; ++family) {
    for (int type = 0; type < 12; ++type) {
      for (int protocol = 0; protocol < 300; ++protocol) {
        const SocketKind kind{family, type, protocol};
        const bool is_inet = (family == AF_INET || family == AF_INET6) && protocol == 0 &&
                             (type == SOCK_STREAM || type == SOCK_DGRAM);
        const bool is_table = family == AF_NETLINK && type == SOCK_RAW &&
                              (protocol == NETLINK_ROUTE || protocol == NETLINK_SOCK_DIAG);
        const auto number = NumberOfKind(kind);
        ASSERT_EQ(number.has_value(), is_inet || is_table)
            << family << " " << type << " " << protocol;
        if (!number) continue;
        ++allowed;
        EXPECT_EQ(KindOfNumber(*number), kind);
        const SocketKind at_once{family, type | SOCK_NONBLOCK, protocol};
        EXPECT_EQ(KindOfNumber(*NumberOfKind(at_once)), at_once);
      }
    }
  }
  EXPECT_EQ(allowed, 6);
  EXPECT_EQ(NumberOfKind({AF_INET, SOCK_STREAM | 0x8000, 0}), std::nullopt);
  for (int number = 0; number < 256; ++number)
    EXPECT_EQ(KindOfNumber(static_cast<std::uint8_t>(number)).has_value(), number < 12) << number;
}

}  // namespace
}  // namespace fairlead::netdiag

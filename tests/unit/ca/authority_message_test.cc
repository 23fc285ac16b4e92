// What the daemon and the process with the authority's keys say to each other.
#include "ca/authority_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "fuzz/targets.h"

namespace fairlead::ca {
namespace {

const ServiceName kAsked{.project = "shop", .service = "users"};

ContainerFacts Facts(const std::string& user) {
  ContainerFacts facts;
  facts.id = ContainerId(std::string(64, 'c'));
  facts.name = "shop-users-1";
  facts.user = user;
  facts.created = "2026-11-27T17:00:00.123456789Z";
  return facts;
}

std::vector<AskingContainer> Many(std::size_t count) {
  std::vector<AskingContainer> many;
  for (std::size_t i = 0; i < count; ++i) {
    many.push_back(*Askable(Facts("65532:65532"), kAsked));
    many.back().id = ContainerId(std::to_string(i));
  }
  return many;
}

std::string Packet(const AskingContainer& container) {
  const std::vector<AskingContainer> one{container};
  std::span<const AskingContainer> rest = one;
  return WriteSomeContainers(rest);
}

KeptCertificate Kept() {
  return {.who = "users.shop",
          .facts = {.own = tls::CertificateFacts{.names = "DNS:users, DNS:users.shop",
                                                 .issuer = "CN=fairlead",
                                                 .begin_s = -5,
                                                 .end_s = 1'800'000'000},
                    .authority_count = 2,
                    .authorities_end_s = 1'900'000'000},
          .trouble = "out of disk"};
}

std::vector<TurnAnswer> Answers() {
  return {KeeperNews{.kind = KeeperNews::Kind::kAuthority, .who = "authority", .text = "made"},
          KeeperNews{
              .kind = KeeperNews::Kind::kFailed, .who = "a.b", .text = "no", .is_repeated = true},
          Kept(),
          KeptCertificate{.who = "authority", .facts = {}, .trouble = ""},
          TurnEnd{.certificates = 2},
          TurnEnd{.refusal = {Code::kInvalidArgument, "no question"}}};
}

// Of values that hold no operator of their own.
bool AreEqual(const TurnAnswer& one, const TurnAnswer& other) {
  return WriteAnswer(one) == WriteAnswer(other);
}

TEST(TurnQuestion, IsReadAsItWasWritten) {
  for (const TurnQuestion& question :
       {TurnQuestion{}, TurnQuestion{.is_complete = true, .containers = kAskingMax}}) {
    const std::string packet = WriteTurnQuestion(question);
    EXPECT_EQ(packet.size(), kTurnQuestionBytes);
    EXPECT_EQ(ReadTurnQuestion(packet), question);
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
      EXPECT_EQ(ReadTurnQuestion(packet.substr(0, bytes)).error().code, Code::kInvalidArgument);
    EXPECT_FALSE(ReadTurnQuestion(packet + "x"));
  }
  EXPECT_FALSE(ReadTurnQuestion(std::string("\x02\0\0\0\0", 5))) << "neither yes nor no";
  EXPECT_FALSE(ReadTurnQuestion(std::string("\0\x11\x27\0\0", 5))) << "10,001 containers";
}

TEST(AskingContainers, AreReadAsTheyWereWrittenInPacketsThatASocketTakes) {
  const std::vector<AskingContainer> many = Many(1000);
  std::span<const AskingContainer> rest = many;
  std::vector<AskingContainer> read;
  int packets = 0;
  while (!rest.empty()) {
    const std::string packet = WriteSomeContainers(rest);
    ASSERT_LE(packet.size(), kAuthorityPacketBytesMax);
    const auto some = ReadContainers(packet);
    ASSERT_TRUE(some) << some.error().Text();
    read.insert(read.end(), some->begin(), some->end());
    ++packets;
  }
  EXPECT_EQ(read, many);
  EXPECT_LT(packets, 10);
}

TEST(AskingContainers, ThatAreCutOrLongerAreNone) {
  const std::string packet = Packet(*Askable(Facts(""), kAsked));
  for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
    EXPECT_EQ(ReadContainers(packet.substr(0, bytes)).error().code, Code::kInvalidArgument)
        << bytes;
  EXPECT_FALSE(ReadContainers(packet + "x"));
  EXPECT_FALSE(ReadContainers(std::string(kAuthorityPacketBytesMax + 1, 'x')));
}

// What becomes a directory's name is a name of a service, whoever asks.
TEST(AskingContainers, AskUnderNamesOfServicesAlone) {
  const std::string packet = Packet(*Askable(Facts(""), kAsked));
  for (const std::string& name :
       {std::string(".."), std::string("a/b"), std::string("."), std::string(), std::string("Shop"),
        std::string(64, 'a'), std::string("a\0b", 3), std::string(".checker")}) {
    EXPECT_FALSE(Askable(Facts(""), {.project = name, .service = "users"})) << name;
    EXPECT_FALSE(Askable(Facts(""), {.project = "shop", .service = name})) << name;
    std::string other = packet;
    other.replace(other.find("\x05users"), 6, static_cast<char>(name.size()) + name);
    EXPECT_FALSE(ReadContainers(other)) << name;
    other = packet;
    other.replace(other.find("\x04shop"), 5, static_cast<char>(name.size()) + name);
    EXPECT_FALSE(ReadContainers(other)) << name;
  }
  EXPECT_TRUE(Askable(Facts(""), {.project = std::string(63, 'a'), .service = "_-9"}));
}

TEST(AskingContainers, AUserThatIsCutIsNobodyElse) {
  const auto owner = [](const std::string& user) {
    return OwnerOf(Askable(Facts(user), kAsked)->user);
  };
  EXPECT_EQ(owner("65532:7"), (FileOwner{.uid = 65532, .gid = 7}));
  EXPECT_EQ(owner("1000:" + std::string(500, 's')), FileOwner{.uid = 1000});
  EXPECT_EQ(owner("1000:" + std::string(150, '0') + "7").gid, std::nullopt);
  EXPECT_EQ(owner(std::string(150, '0') + "1000").uid, 0U);
  EXPECT_FALSE(owner(std::string(150, '0') + "1000").unknown_user.empty());
  EXPECT_LE(Askable(Facts(std::string(500, '\x01')), kAsked)->user.size(), 128U);
}

TEST(TurnAnswers, AreReadAsTheyWereWritten) {
  std::string packet;
  for (const TurnAnswer& answer : Answers()) {
    EXPECT_LE(WriteAnswer(answer).size(), kAnswerBytesMax);
    packet += WriteAnswer(answer);
  }
  const auto read = ReadAnswers(packet);
  ASSERT_TRUE(read) << read.error().Text();
  ASSERT_EQ(read->size(), Answers().size());
  for (std::size_t i = 0; i < read->size(); ++i)
    EXPECT_TRUE(AreEqual((*read)[i], Answers()[i])) << i;
  const auto& kept = std::get<KeptCertificate>((*read)[2]);
  EXPECT_EQ(kept.who, Kept().who);
  EXPECT_EQ(kept.facts, Kept().facts);
  EXPECT_EQ(kept.trouble, Kept().trouble);
  EXPECT_TRUE(std::get<KeeperNews>((*read)[1]).is_repeated);
  EXPECT_EQ(std::get<TurnEnd>((*read)[5]).refusal.code, Code::kInvalidArgument);
}

TEST(TurnAnswers, ThatAreCutOrOfNoKindAreNone) {
  for (const TurnAnswer& answer : Answers()) {
    const std::string packet = WriteAnswer(answer);
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
      EXPECT_EQ(ReadAnswers(packet.substr(0, bytes)).error().code, Code::kDataLoss) << bytes;
    EXPECT_FALSE(ReadAnswers(packet + "\x03"));
  }
  EXPECT_FALSE(ReadAnswers(std::string("\0\4\0\0\0\0\0", 7))) << "news of no kind";
  EXPECT_FALSE(ReadAnswers(std::string("\0\0\2\0\0\0\0", 7))) << "repeated, and more";
  EXPECT_FALSE(ReadAnswers(std::string("\2\0\0\0\0\21\0\0", 8))) << "no code";
  EXPECT_FALSE(ReadAnswers(std::string("\0\0\0\1\0\1\0\0", 8))) << "no text for a terminal";
}

TEST(TurnAnswers, LongTextsAreCut) {
  const auto read = ReadAnswers(WriteAnswer(
      KeeperNews{.who = std::string(100'000, 'w'), .text = std::string(100'000, '\n')}));
  ASSERT_TRUE(read) << read.error().Text();
  const auto& news = std::get<KeeperNews>(read->front());
  EXPECT_LE(news.who.size(), kAnswerTextBytesMax);
  EXPECT_TRUE(news.text.ends_with("..."));
}

}  // namespace
}  // namespace fairlead::ca

namespace fairlead::fuzz {
namespace {

// Containers as a rule, and all else by chance.
std::string RandomContainers(Rng& chance) {
  constexpr std::string_view kLetters = "abz09-_./\\A\0\n";
  std::string packet;
  for (std::uint64_t i = 0; i < 1 + chance.Next() % 3; ++i) {
    for (int text = 0; text < 6; ++text) {
      const auto bytes = chance.Next() % 16 == 0 ? chance.Next() % 200 : 1 + chance.Next() % 8;
      packet += static_cast<char>(bytes);
      const std::size_t letters = chance.Next() % 8 == 0 ? kLetters.size() : 7;
      for (std::uint64_t byte = 0; byte < bytes; ++byte)
        packet += kLetters[chance.Next() % letters];
    }
  }
  if (chance.Next() % 8 == 0) packet[chance.Next() % packet.size()] ^= 1;
  if (chance.Next() % 16 == 0) packet.resize(chance.Next() % packet.size());
  return packet;
}

// T14: whoever has taken the daemon over can send the process with the keys any bytes. A hundred
// million under FAIRLEAD_SOAK.
TEST(AuthorityPackets, OfAnyPacketAServicesNameIsReadOrNothing) {
  Rng chance(11);
  const int inputs = std::getenv("FAIRLEAD_SOAK") == nullptr ? 10'000 : 100'000'000;
  for (int i = 0; i < inputs; ++i) FuzzAuthority(RandomContainers(chance));
}

}  // namespace
}  // namespace fairlead::fuzz

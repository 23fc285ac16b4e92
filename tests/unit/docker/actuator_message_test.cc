#include "docker/actuator_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::docker {
namespace {

using namespace std::chrono_literals;

constexpr ApiVersion kSpoken{1, 41};
const ContainerId kAsked(std::string(64, 'a'));

TEST(Question, IsReadAsItWasWritten) {
  for (const EngineRequest& request : std::vector<EngineRequest>{
           {.verb = Verb::kPing},
           {.verb = Verb::kInfo, .version = kSpoken},
           {.verb = Verb::kList, .version = kSpoken, .label = 1},
           {.verb = Verb::kEvents, .version = kSpoken, .since_ns = 1'700'000'000'000'000'042},
           {.verb = Verb::kLogs, .version = kSpoken, .id = kAsked, .lines_max = 1000},
           {.verb = Verb::kStop, .version = kSpoken, .id = kAsked, .stop_timeout = 24h},
           {.verb = Verb::kRestart, .version = kSpoken, .id = kAsked},
           {.verb = Verb::kKill, .version = kSpoken, .id = kAsked, .signal = "SIGHUP"},
       }) {
    const std::string packet = WriteQuestion(request);
    EXPECT_LE(packet.size(), kQuestionBytesMax);
    EXPECT_EQ(ReadQuestion(packet), request) << DoingOf(request);
  }
}

TEST(Question, ATimeIsRoundedUpToSecondsAndNeverNegative) {
  EngineRequest request{
      .verb = Verb::kStop, .version = kSpoken, .id = kAsked, .stop_timeout = 1500ms};
  EXPECT_EQ(ReadQuestion(WriteQuestion(request))->stop_timeout, 2s);
  request.stop_timeout = -3s;
  EXPECT_EQ(ReadQuestion(WriteQuestion(request))->stop_timeout, 0s);
}

TEST(Question, ThatIsCutOrLongerOrOfNoVerbIsNone) {
  const std::string packet =
      WriteQuestion({.verb = Verb::kKill, .version = kSpoken, .id = kAsked, .signal = "SIGHUP"});
  for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
    EXPECT_FALSE(ReadQuestion(packet.substr(0, bytes))) << bytes;
  EXPECT_FALSE(ReadQuestion(packet + '\0'));
  std::string other = packet;
  other[0] = static_cast<char>(kLastVerb) + 1;
  EXPECT_EQ(ReadQuestion(other).error().code, Code::kInvalidArgument);
}

TEST(Question, WithAnIdThatIsAPathIsNone) {
  const std::string packet = WriteQuestion(
      {.verb = Verb::kStart, .version = kSpoken, .id = ContainerId("a/../../images/create")});
  EXPECT_EQ(ReadQuestion(packet).error().code, Code::kInvalidArgument);
}

TEST(Head, IsReadInAnyPieces) {
  const AnswerHead head{.refusal = {Code::kPermissionDenied, "stop container 3f2a: not allowed"},
                        .peer_pid = 4711};
  const std::string text = WriteHead(head) + "HTTP/1.1";
  for (std::size_t bytes = 0; bytes < text.size() - 8; ++bytes) {
    const auto read = ReadHead(text.substr(0, bytes));
    ASSERT_TRUE(read) << bytes;
    EXPECT_FALSE(*read) << bytes;
  }
  const auto read = ReadHead(text);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->head, head);
  EXPECT_EQ(text.substr((*read)->bytes), "HTTP/1.1");
}

TEST(Head, CutsALongMessage) {
  const std::string text = WriteHead({.refusal = {Code::kUnavailable, std::string(5000, 'x')}});
  const auto read = ReadHead(text);
  ASSERT_TRUE(read && *read);
  EXPECT_LE((*read)->head.refusal.message.size(), kHeadMessageBytesMax);
  EXPECT_EQ((*read)->bytes, text.size());
}

TEST(Head, OfAnUnknownCodeOrAMessageWithoutEndIsDataLoss) {
  EXPECT_EQ(ReadHead(std::string("\x11\0\0\0\0\0\0", 7)).error().code, Code::kDataLoss);
  EXPECT_EQ(ReadHead(std::string("\0\0\0\0\0\xff\xff", 7)).error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace fairlead::docker

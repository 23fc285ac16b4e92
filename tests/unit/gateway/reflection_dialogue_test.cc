#include "gateway/reflection_dialogue.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "gateway/reflection_wire.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

// Fields of a message by hand: `number` and a text each.
std::string Field(int number, const std::string& text) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  for (std::size_t size = text.size();; size >>= 7) {
    if (size < 0x80) return bytes + static_cast<char>(size) + text;
    bytes += static_cast<char>(size % 0x80 | 0x80);
  }
}
std::string Services(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += Field(1, Field(1, name));
  return Field(6, list);
}
std::string Files(const std::vector<std::string>& files) {
  std::string list;
  for (const std::string& file : files) list += Field(1, file);
  return Field(4, list);
}
std::string No(int code) {
  return Field(7, std::string("\x08") + static_cast<char>(code) + Field(2, "nothing such"));
}

// A server that has these answers; what was asked, or how it ended.
struct Talk {
  std::vector<std::string> asked;
  Result<> result = {};
  Description description = {};
};
Talk TalkTo(const std::map<std::string, std::string>& answers,
            const DescriptorLimits& limits = {}) {
  Talk talk;
  ReflectionDialogue dialogue(limits);
  while (const auto question = dialogue.Next()) {
    talk.asked.push_back(*question);
    const auto answer = answers.find(*question);
    talk.result = dialogue.Take(answer == answers.end() ? No(5) : answer->second);
    if (!talk.result) return talk;
  }
  talk.description = std::move(dialogue).Finish();
  return talk;
}

const std::string kHello = FileOf("hello.proto", GreeterText()).SerializeAsString();

TEST(ReflectionDialogue, AsksForServicesThenForTheirFiles) {
  const Talk talk = TalkTo({{AskForServices(), Services({"pb.Greeter", "grpc.health.v1.Health"})},
                            {AskForSymbol("pb.Greeter"), Files({kHello})}});
  ASSERT_TRUE(talk.result) << talk.result.error().Text();
  EXPECT_EQ(talk.description, Greeter());
  EXPECT_EQ(talk.asked.size(), 2U);
}

TEST(ReflectionDialogue, AsksForImportsThatWereNotSentAndForNoneThatItHas) {
  const std::string user =
      FileOf("user.proto", R"(dependency: "hello.proto" dependency: "google/protobuf/empty.proto"
                              service { name: "User" })")
          .SerializeAsString();
  const Talk apart = TalkTo({{AskForServices(), Services({"pb.User"})},
                             {AskForSymbol("pb.User"), Files({user})},
                             {AskForFile("hello.proto"), Files({kHello})}});
  ASSERT_TRUE(apart.result) << apart.result.error().Text();
  EXPECT_EQ(apart.description.files.size(), 2U);
  const Talk together = TalkTo({{AskForServices(), Services({"pb.User", "pb.Greeter"})},
                                {AskForSymbol("pb.User"), Files({user, kHello})}});
  ASSERT_TRUE(together.result) << together.result.error().Text();
  EXPECT_EQ(together.asked.size(), 2U);
  EXPECT_EQ(together.description.files.size(), 2U);
}

Code EndOf(const std::map<std::string, std::string>& answers, const DescriptorLimits& limits = {}) {
  const Talk talk = TalkTo(answers, limits);
  return talk.result ? Code::kOk : talk.result.error().code;
}

TEST(ReflectionDialogue, EndsWithTheServersNoAndWithWhatIsNoAnswer) {
  EXPECT_EQ(EndOf({{AskForServices(), No(7)}}), Code::kPermissionDenied);
  EXPECT_EQ(EndOf({{AskForServices(), No(99)}}), Code::kUnknown);
  EXPECT_EQ(EndOf({{AskForServices(), "\xFF"}}), Code::kInvalidArgument);
  EXPECT_EQ(EndOf({{AskForServices(), Services({"grpc.health.v1.Health"})}}), Code::kNotFound);
  EXPECT_EQ(EndOf({{AskForServices(), ""}}), Code::kNotFound);
  EXPECT_EQ(EndOf({{AskForServices(), Services({"pb.Greeter"})}}), Code::kNotFound);
  EXPECT_EQ(EndOf({{AskForServices(), Services({"pb.Other"})},
                   {AskForSymbol("pb.Other"), Files({kHello})}}),
            Code::kNotFound);
  EXPECT_EQ(EndOf({{AskForServices(), Services({"pb.Greeter"})},
                   {AskForSymbol("pb.Greeter"), Files({"\xFF"})}}),
            Code::kInvalidArgument);
}

TEST(ReflectionDialogue, TakesNoMoreThanItsLimits) {
  const std::map<std::string, std::string> answers = {
      {AskForServices(), Services({"pb.Greeter"})}, {AskForSymbol("pb.Greeter"), Files({kHello})}};
  EXPECT_EQ(EndOf(answers, {.bytes_max = kHello.size()}), Code::kOk);
  EXPECT_EQ(EndOf(answers, {.bytes_max = kHello.size() - 1}), Code::kResourceExhausted);
  EXPECT_EQ(EndOf({{AskForServices(), Services({"pb.A", "pb.B"})}}, {.services_max = 1}),
            Code::kResourceExhausted);
  // A file that imports ever more files.
  std::map<std::string, std::string> endless = {{AskForServices(), Services({"pb.S"})}};
  std::string import = "f0.proto";
  endless[AskForSymbol("pb.S")] = Files(
      {FileOf("s.proto", "dependency: \"f0.proto\" service { name: \"S\" }").SerializeAsString()});
  for (int i = 0; i < 9; ++i) {
    const std::string next = "f" + std::to_string(i + 1) + ".proto";
    endless[AskForFile(import)] =
        Files({FileOf(import, "dependency: \"" + next + "\"").SerializeAsString()});
    import = next;
  }
  EXPECT_EQ(EndOf(endless, {.files_max = 5}), Code::kResourceExhausted);
}

}  // namespace
}  // namespace fairlead::gateway

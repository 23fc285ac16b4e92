#include "filesink/sink_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::filesink {
namespace {

Page SomePage() {
  return {.services = {{.name = {"shop", "carts"}, .servers = {}},
                       {.name = {"shop", "users"},
                        .servers = {{.ip = "10.0.0.1", .port = 1, .weight = 1},
                                    {.ip = "fd00::4", .port = 65'535, .weight = 1000}}}}};
}

Page PageWith(const PageServer& server) {
  return {.services = {{.name = {"shop", "users"}, .servers = {server}}}};
}

TEST(SinkQuestion, IsReadAsItWasWritten) {
  for (const SinkQuestion& question : std::vector<SinkQuestion>{
           {.verb = SinkVerb::kLook, .sink = 0, .page_bytes = 4},
           {.verb = SinkVerb::kWrite, .sink = 255, .page_bytes = kPageBytesMax},
           {.verb = SinkVerb::kTakeBack, .sink = 1},
           {.verb = SinkVerb::kSettle, .sink = 1},
           {.verb = SinkVerb::kFindReader, .sink = 2},
           {.verb = SinkVerb::kTellReader, .sink = 3},
       }) {
    const std::string packet = WriteSinkQuestion(question);
    EXPECT_EQ(packet.size(), kSinkQuestionBytes);
    EXPECT_EQ(ReadSinkQuestion(packet), question);
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
      EXPECT_EQ(ReadSinkQuestion(packet.substr(0, bytes)).error().code, Code::kInvalidArgument);
    EXPECT_FALSE(ReadSinkQuestion(packet + '\0'));
  }
}

TEST(SinkQuestion, OfNoVerbOrWithoutItsPageOrWithOneTooManyIsNone) {
  EXPECT_FALSE(ReadSinkQuestion(std::string("\6\0\0\0\0\0", 6)));
  for (const SinkQuestion& question : std::vector<SinkQuestion>{
           {.verb = SinkVerb::kLook},
           {.verb = SinkVerb::kWrite},
           {.verb = SinkVerb::kWrite, .page_bytes = kPageBytesMax + 1},
           {.verb = SinkVerb::kTakeBack, .page_bytes = 4},
           {.verb = SinkVerb::kTellReader, .page_bytes = 1},
       })
    EXPECT_EQ(ReadSinkQuestion(WriteSinkQuestion(question)).error().code, Code::kInvalidArgument);
}

TEST(SinkPage, IsReadAsItWasWritten) {
  for (const Page& page : {Page{}, SomePage()}) {
    const auto bytes = WritePage(page);
    ASSERT_TRUE(bytes) << bytes.error().Text();
    EXPECT_EQ(ReadPage(*bytes), page);
    for (std::size_t size = 0; size < bytes->size(); ++size)
      EXPECT_EQ(ReadPage(bytes->substr(0, size)).error().code, Code::kInvalidArgument) << size;
    EXPECT_FALSE(ReadPage(*bytes + '\0'));
  }
}

TEST(SinkPage, AnAddressIsWrittenInItsShortestForm) {
  const auto page = ReadPage(*WritePage(PageWith({.ip = "FD00:0::04", .port = 1, .weight = 1})));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->services[0].servers[0].ip, "fd00::4");
}

TEST(SinkPage, OfWhatMayNotStandInAFileIsNotWritten) {
  for (const PageServer& server : std::vector<PageServer>{
           {.ip = "example.org", .port = 1, .weight = 1},
           {.ip = "10.0.0.1;", .port = 1, .weight = 1},
           {.ip = "fe80::1%eth0", .port = 1, .weight = 1},
           {.ip = "", .port = 1, .weight = 1},
           {.ip = "10.0.0.1", .port = 0, .weight = 1},
           {.ip = "10.0.0.1", .port = 1, .weight = 0},
           {.ip = "10.0.0.1", .port = 1, .weight = 1001},
           {.ip = "10.0.0.1", .port = 1, .weight = -1},
       })
    EXPECT_EQ(WritePage(PageWith(server)).error().code, Code::kInvalidArgument) << server.Text();
  for (const std::string& name : {std::string("users{"), std::string("Users"), std::string(),
                                  std::string("a b"), std::string(64, 'a')}) {
    const Page page{.services = {{.name = {"shop", name}, .servers = {}}}};
    EXPECT_EQ(WritePage(page).error().code, Code::kInvalidArgument) << name;
  }
}

TEST(SinkPage, OfWhatMayNotStandInAFileIsNotRead) {
  const std::string good = *WritePage(PageWith({.ip = "10.0.0.1", .port = 1, .weight = 1}));
  constexpr std::size_t kFirstLetter = 5;
  const std::size_t server = good.size() - 9;
  for (const auto& [at, byte] : std::vector<std::pair<std::size_t, char>>{
           {kFirstLetter, ';'},
           {kFirstLetter, 'A'},
           {server, 5},      // the family
           {server + 5, 0},  // the port: 0
           {server + 7, 0},  // the weight: 0
           {server + 8, 4},  // the weight: 1025
       }) {
    std::string bytes = good;
    bytes[at] = byte;
    EXPECT_EQ(ReadPage(bytes).error().code, Code::kInvalidArgument) << at;
  }
}

TEST(SinkPage, HasAMost) {
  Page page = SomePage();
  page.services[1].servers.assign(kPageBytesMax / 21, {.ip = "fd00::4", .port = 1, .weight = 1});
  EXPECT_EQ(WritePage(page).error().code, Code::kResourceExhausted);
  page.services[1].servers.resize(page.services[1].servers.size() - 4);
  const auto bytes = WritePage(page);
  ASSERT_TRUE(bytes) << bytes.error().Text();
  EXPECT_EQ(ReadPage(*bytes), page);
}

TEST(SinkAnswer, IsReadAsItWasWritten) {
  for (const SinkAnswer& answer : std::vector<SinkAnswer>{
           {},
           {.state = {.is_written = true}},
           {.state = {.is_written = true, .is_untold = true}},
           {.reader = 4711},
           {.refusal = {Code::kFailedPrecondition, "nginx refuses it"}},
       }) {
    const std::string packet = WriteSinkAnswer(answer);
    EXPECT_LE(packet.size(), kSinkAnswerBytesMax);
    EXPECT_EQ(ReadSinkAnswer(packet), answer);
    for (std::size_t bytes = 0; bytes < packet.size(); ++bytes)
      EXPECT_EQ(ReadSinkAnswer(packet.substr(0, bytes)).error().code, Code::kDataLoss);
    EXPECT_FALSE(ReadSinkAnswer(packet + "x"));
  }
  const auto cut =
      ReadSinkAnswer(WriteSinkAnswer({.refusal = {Code::kInternal, std::string(100'000, 'x')}}));
  ASSERT_TRUE(cut);
  EXPECT_LE(cut->refusal.message.size(), kSinkRefusalBytesMax);
}

}  // namespace
}  // namespace fairlead::filesink

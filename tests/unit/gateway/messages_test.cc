#include "gateway/messages.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::gateway {
namespace {

std::vector<std::string> Cut(MessageCutter& cutter) {
  std::vector<std::string> messages;
  while (true) {
    Result<std::optional<std::string>> next = cutter.Next();
    if (!next) messages.push_back("error " + std::to_string(static_cast<int>(next.error().code)));
    if (!next || !*next) return messages;
    messages.push_back(**next);
  }
}

TEST(Messages, ComeOutAsTheyWentInHoweverTheyAreCut) {
  const std::string body = Framed(kDataFlag, "one") + Framed(kDataFlag, "") +
                           Framed(kDataFlag, std::string(70'000, 'x'));
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, body.size()}) {
    MessageCutter cutter(100'000);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < body.size(); at += step) {
      cutter.Feed(std::string_view(body).substr(at, step));
      for (std::string& message : Cut(cutter)) all.push_back(std::move(message));
    }
    EXPECT_EQ(all, (std::vector<std::string>{"one", "", std::string(70'000, 'x')})) << step;
    EXPECT_EQ(cutter.kept_bytes(), 0U);
  }
}

TEST(Messages, SayWhatTheyWaitFor) {
  MessageCutter cutter(1000);
  const std::string body = Framed(kDataFlag, std::string(300, 'x'));
  cutter.Feed(body.substr(0, 4));
  EXPECT_EQ(Cut(cutter), std::vector<std::string>{});
  EXPECT_EQ(cutter.wanted_bytes(), 0U);
  cutter.Feed(body.substr(4, 10));
  EXPECT_EQ(Cut(cutter), std::vector<std::string>{});
  EXPECT_EQ(cutter.wanted_bytes(), 305U);
  EXPECT_EQ(cutter.kept_bytes(), 14U);
}

TEST(Messages, AreRefusedWhereTheyAreNone) {
  const auto error_of = [](const std::string& body) {
    MessageCutter cutter(10);
    cutter.Feed(body);
    return Cut(cutter).back();
  };
  EXPECT_EQ(error_of(Framed(kCompressedFlag, "x")), "error 12");
  EXPECT_EQ(error_of(Framed(kTrailersFlag, "x")), "error 13");
  EXPECT_EQ(error_of(Framed(kDataFlag, "12345678901").substr(0, 5)), "error 8");
  EXPECT_EQ(error_of(Framed(kDataFlag, "1234567890")), "1234567890");
}

}  // namespace
}  // namespace fairlead::gateway

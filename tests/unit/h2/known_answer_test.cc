#include "h2/known_answer.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/h2/wire.h"

namespace fairlead::h2 {
namespace {

using testing::Field;
using testing::Frame;
using testing::Raw;

constexpr unsigned kData = 0, kHeaders = 1, kPing = 6;

std::string Good(unsigned stream, const std::string& status = "0") {
  return Frame(kHeaders, 4, stream, Field(":status", "200")) + Frame(kData, 0, stream, "1234567") +
         Frame(kHeaders, 5, stream, Field("grpc-status", status));
}

TEST(KnownAnswer, TheSameAnswerOnAnotherStreamIsKnown) {
  KnownAnswer known;
  EXPECT_FALSE(known.Matches(Raw(""), 1));
  EXPECT_FALSE(known.Matches(Raw(Good(1)), 1));
  known.Learn(Raw(Good(3)), 3, Raw("ab"));
  EXPECT_TRUE(known.Matches(Raw(Good(70'001)), 70'001));
  EXPECT_EQ(known.body_bytes(), 7U);
  const CallResult result = known.result();
  EXPECT_EQ(result.end, CallEnd::kAnswered);
  EXPECT_EQ(result.status, Code::kOk);
  EXPECT_EQ(Raw("ab"), std::vector(result.message.begin(), result.message.end()));
}

TEST(KnownAnswer, WhatDiffersInAByteIsNot) {
  KnownAnswer known;
  known.Learn(Raw(Good(3)), 3, {});
  EXPECT_FALSE(known.Matches(Raw(Good(5, "1")), 5)) << "another status";
  EXPECT_FALSE(known.Matches(Raw(Good(5)), 7)) << "another stream";
  EXPECT_FALSE(known.Matches(Raw(Good(5) + Frame(kPing, 0, 0, "12345678")), 5)) << "more";
  const std::string good = Good(5);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string other = good;
    other[at] = static_cast<char>(other[at] + 1);
    EXPECT_FALSE(known.Matches(Raw(other), 5)) << at;
  }
}

TEST(KnownAnswer, OnlyAWholeAndPlainAnswerIsLearned) {
  for (const std::string& odd :
       {Good(3).substr(0, 40), Good(3) + Frame(kData, 0, 3, ""),
        Frame(kPing, 0, 0, "12345678") + Good(3), Good(5),
        Frame(kHeaders, 5, 3, std::string(600, 'x')), Good(3).substr(0, Good(3).size() - 1)}) {
    KnownAnswer known;
    known.Learn(Raw(Good(3)), 3, {});
    known.Learn(Raw(odd), 3, {});
    EXPECT_FALSE(known.Matches(Raw(odd), 3));
    EXPECT_FALSE(known.Matches(Raw(Good(3)), 3)) << "what was known before is forgotten";
  }
}

}  // namespace
}  // namespace fairlead::h2

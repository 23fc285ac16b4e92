#include "docker/api_version.h"

#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

// "1.41", or the name of the error's code.
std::string Negotiated(std::string_view header) {
  const auto version = NegotiateApiVersion(header);
  return version ? version->Text() : std::string(CodeName(version.error().code));
}

TEST(ApiVersion, TheSmallerOfBothSidesIsSpoken) {
  EXPECT_EQ(Negotiated("1.40"), "1.40");
  EXPECT_EQ(Negotiated("1.41"), "1.41");
  EXPECT_EQ(Negotiated("1.52"), "1.52");
  EXPECT_EQ(Negotiated("1.56"), "1.52");
}

TEST(ApiVersion, WithoutACommonVersionTheEngineIsRefusedWithAdvice) {
  EXPECT_EQ(Negotiated("1.39"), "UNIMPLEMENTED");
  EXPECT_EQ(Negotiated("1.9"), "UNIMPLEMENTED");
  EXPECT_EQ(Negotiated("2.0"), "UNIMPLEMENTED");
  EXPECT_EQ(Negotiated(""), "UNIMPLEMENTED");
  EXPECT_NE(NegotiateApiVersion("1.39").error().message.find("upgrade the engine"),
            std::string::npos);
}

TEST(ApiVersion, WhatIsNoVersionIsDataLoss) {
  for (const char* text :
       {"1", "1.", ".41", "1.41.2", "-1.41", "1.-41", " 1.41", "1.99999", "a.b"}) {
    EXPECT_EQ(Negotiated(text), "DATA_LOSS") << text;
  }
}

}  // namespace
}  // namespace fairlead::docker

#include "diagnose/reflection_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::diagnose {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::byte> Bytes(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

// ServerReflectionResponse{valid_host: "h", list_services_response{service{name: "a.B"},
// service{name: "c"}}}, as protoc encodes it.
constexpr std::string_view kTwo(
    "\x0a\x01h\x32\x0c\x0a\x05\x0a\x03"
    "a.B"
    "\x0a\x03\x0a\x01"
    "c",
    17);

TEST(ReflectionMessage, AsksForAllServices) {
  EXPECT_EQ(EncodeListServices(), Bytes("\x3a\x01*"));
}

TEST(ReflectionMessage, NamesAreReadInTheirOrder) {
  EXPECT_THAT(*DecodeServiceNames(Bytes(kTwo)), ElementsAre("a.B", "c"));
  EXPECT_THAT(*DecodeServiceNames({}), IsEmpty());
  // error_response{error_code: 12}
  EXPECT_THAT(*DecodeServiceNames(Bytes("\x3a\x02\x08\x0c")), IsEmpty());
}

TEST(ReflectionMessage, WhatIsCutOrLiesIsNoneAndHugeListsEnd) {
  for (std::size_t size = 1; size < kTwo.size(); ++size) {
    const auto names = DecodeServiceNames(Bytes(kTwo.substr(0, size)));
    if (size == 3) continue;  // the end of a field is an end of a message
    EXPECT_FALSE(names) << size;
  }
  EXPECT_FALSE(DecodeServiceNames(Bytes("\x33")));                      // a group
  EXPECT_FALSE(DecodeServiceNames(Bytes("\x32\xff\xff\xff\xff\x0f")));  // longer than all
  EXPECT_FALSE(DecodeServiceNames(Bytes(std::string(12, '\xff'))));     // a varint without end
  std::string services;
  for (std::size_t i = 0; i < kServiceNamesMax + 10; ++i) services += "\x0a\x03\x0a\x01s";
  std::string size;
  for (std::size_t left = services.size(); left > 0; left >>= 7)
    size += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
  EXPECT_EQ(DecodeServiceNames(Bytes("\x32" + size + services))->size(), kServiceNamesMax);
}

}  // namespace
}  // namespace fairlead::diagnose

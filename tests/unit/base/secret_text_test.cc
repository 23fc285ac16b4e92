#include "base/secret_text.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

const std::string kLong(100, 'k');
const std::string kShort = "key";

// The bytes that a text stands in, before and after.
struct Place {
  explicit Place(const std::string& text) : data(text.data()), size(text.capacity()) {}
  std::string now() const { return {data, size}; }
  const char* data;
  std::size_t size;
};

TEST(SecretText, LeavesNothingWhereItWas) {
  for (const std::string& secret : {kLong, kShort}) {
    std::string text = secret;
    text.pop_back();
    const Place place(text);
    ASSERT_NE(place.now().find('k'), std::string::npos);
    Wipe(text);
    EXPECT_EQ(place.now(), std::string(place.size, '\0'));
    EXPECT_TRUE(text.empty());
  }
}

TEST(SecretText, LeavesNothingWhereItWasMovedFrom) {
  SecretText from(kShort);
  const Place place(from.text());
  const SecretText to(std::move(from));
  EXPECT_EQ(to.text(), kShort);
  EXPECT_EQ(place.now().find(kShort), std::string::npos);
}

TEST(SecretText, IsCopiedAndComparedByItsText) {
  SecretText one(kLong);
  const SecretText other(kShort);
  EXPECT_FALSE(one == other);
  one = other;
  EXPECT_EQ(one, other);
  EXPECT_EQ(SecretText().text(), "");
}

}  // namespace
}  // namespace fairlead

#include "dns/name.h"

#include <gtest/gtest.h>

namespace fairlead::dns {
namespace {

const Name kOrigin = {"fairlead"};

TEST(ParseName, TakesLabelsWithOrWithoutTheLastDot) {
  EXPECT_EQ(ParseName("api.shop.fairlead."), (Name{"api", "shop", "fairlead"}));
  EXPECT_EQ(ParseName("api.shop.fairlead"), (Name{"api", "shop", "fairlead"}));
  EXPECT_EQ(ParseName("."), Name());
}

TEST(ParseName, RefusesWhatCanBeNoName) {
  const std::string label(kLabelBytesMax, 'a');
  EXPECT_TRUE(ParseName(label));
  EXPECT_FALSE(ParseName(label + "a"));
  EXPECT_TRUE(ParseName(label + "." + label + "." + label + "." + label.substr(0, 61)));
  EXPECT_FALSE(ParseName(label + "." + label + "." + label + "." + label.substr(0, 62)));
  for (const std::string_view text : {"", "..", ".a", "a..b", "a.."}) EXPECT_FALSE(ParseName(text));
}

TEST(Below, IsComparedWithoutCaseAndKeepsTheBytes) {
  EXPECT_EQ(Below({"Api", "sHop", "FairLead"}, kOrigin), (Name{"Api", "sHop"}));
  EXPECT_EQ(Below({"fairlead"}, kOrigin), Name());
}

TEST(Below, OfAnotherOriginIsNone) {
  EXPECT_FALSE(Below({"api", "shop", "example"}, kOrigin));
  EXPECT_FALSE(Below({"fairlead", "example"}, kOrigin));
  EXPECT_FALSE(Below({}, kOrigin));
  // A dot within a label is no border of labels.
  EXPECT_FALSE(Below({"api.fairlead"}, kOrigin));
}

}  // namespace
}  // namespace fairlead::dns

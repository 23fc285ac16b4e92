#include "admin/paging.h"

#include <gtest/gtest.h>

namespace fairlead::admin {
namespace {

Result<Page<std::string>> Take(std::vector<std::string> items, int size, std::string_view token) {
  return TakePage(std::move(items), [](const std::string& item) { return item; }, size, token);
}

using Names = std::vector<std::string>;

TEST(Paging, NumbersInNamesCompareAsNumbers) {
  EXPECT_TRUE(NaturalLess("api.shop/2", "api.shop/10"));
  EXPECT_FALSE(NaturalLess("api.shop/10", "api.shop/2"));
  EXPECT_TRUE(NaturalLess("api.shop/2", "api.shop/2~"));
  EXPECT_TRUE(NaturalLess("a", "b"));
  EXPECT_FALSE(NaturalLess("a", "a"));
  EXPECT_NE(NaturalLess("a01", "a1"), NaturalLess("a1", "a01")) << "two names are never equal";
  EXPECT_TRUE(NaturalLess("a99999999999999999999999", "a100000000000000000000000"));
}

TEST(Paging, PagesFollowEachOtherInOrderWithoutGapOrRepeat) {
  const Names all = {"r/10", "r/1", "r/3", "r/2", "r/11"};
  Names seen;
  std::string token;
  do {
    const auto page = Take(all, 2, token);
    ASSERT_TRUE(page);
    ASSERT_LE(page->items.size(), 2U);
    seen.insert(seen.end(), page->items.begin(), page->items.end());
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(seen, (Names{"r/1", "r/2", "r/3", "r/10", "r/11"}));
}

TEST(Paging, ContinuesWhereItLeftOffWhenThatItemIsGone) {
  const auto page = Take({"r/1", "r/3"}, 0, "r/2");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items, Names{"r/3"});
}

TEST(Paging, ZeroMeansTheMostAndMoreThanThatIsNotGiven) {
  Names many;
  for (int i = 0; i < kPageItemsMax + 1; ++i) many.push_back("r/" + std::to_string(i));
  for (const int size : {0, kPageItemsMax + 1, 1'000'000}) {
    const auto page = Take(many, size, "");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->items.size(), static_cast<std::size_t>(kPageItemsMax));
    EXPECT_EQ(page->next_page_token, "r/999");
  }
}

TEST(Paging, ANegativeSizeIsAnInvalidArgument) {
  const auto page = Take({"a"}, -1, "");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fairlead::admin

// Pages of a list in name order. Pure.
//
// Why the last name is the token: lists change between two calls; a position would skip or repeat,
// a name continues where it left off even when that item is gone.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairlead::admin {

// Most items in one answer: 1000 replicas are about 500 KiB, far below the 4 MiB that stock gRPC
// clients take.
inline constexpr int kPageItemsMax = 1000;

// Digits compare as numbers: "user-service.shop/2" stands before "user-service.shop/10".
bool NaturalLess(std::string_view a, std::string_view b);

template <class Item>
struct Page {
  std::vector<Item> items;
  std::string next_page_token;  // empty on the last page
};

// `name` gives an item's name, which must be unique. kInvalidArgument for a negative size.
template <class Item, class Name>
Result<Page<Item>> TakePage(std::vector<Item> items, Name name, int page_size,
                            std::string_view token) {
  if (page_size < 0) {
    return Fail(Code::kInvalidArgument, "page_size: must not be negative",
                {.subject = "page_size"});
  }
  const int wanted = page_size == 0 ? kPageItemsMax : std::min(page_size, kPageItemsMax);
  std::sort(items.begin(), items.end(),
            [&](const Item& a, const Item& b) { return NaturalLess(name(a), name(b)); });
  if (!token.empty()) {
    std::erase_if(items, [&](const Item& item) { return !NaturalLess(token, name(item)); });
  }
  Page<Item> page;
  if (items.size() > static_cast<std::size_t>(wanted)) {
    items.erase(items.begin() + wanted, items.end());
    page.next_page_token = name(items.back());
  }
  page.items = std::move(items);
  return page;
}

}  // namespace fairlead::admin

#include "xds/pending_views.h"

#include <gtest/gtest.h>

namespace fairlead::xds {
namespace {

const ServiceName kUserService{.project = "shop", .service = "user"};
const ServiceName kCartService{.project = "shop", .service = "cart"};

fleet::ServiceViewPtr ViewOf(const ServiceName& name, std::uint64_t revision) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = name;
  view->revision = revision;
  return view;
}

// "user.shop@2 -cart.shop | ..." by batch.
std::string Text(const std::vector<PendingViews::Batch>& batches) {
  std::string text;
  for (const PendingViews::Batch& batch : batches) {
    if (!text.empty()) text += " |";
    for (const fleet::ServiceViewPtr& view : batch.changed)
      text += " " + view->name.Text() + "@" + std::to_string(view->revision);
    for (const ServiceName& name : batch.dropped) text += " -" + name.Text();
  }
  return text;
}

TEST(PendingViews, OnlyTheFirstIsToBeTakenAndTheNextOnlyAfterThat) {
  PendingViews pending;
  EXPECT_TRUE(pending.Add({ViewOf(kUserService, 1)}, {}));
  EXPECT_FALSE(pending.Add({ViewOf(kUserService, 2)}, {}));
  pending.Take();
  EXPECT_TRUE(pending.Add({ViewOf(kUserService, 3)}, {}));
}

TEST(PendingViews, OfOneServiceOnlyTheNewestIsTold) {
  PendingViews pending;
  pending.Add({ViewOf(kUserService, 1), ViewOf(kCartService, 1)}, {});
  pending.Add({ViewOf(kUserService, 2)}, {});
  pending.Add({ViewOf(kUserService, 3)}, {});
  EXPECT_EQ(Text(pending.Take()), " user.shop@3 cart.shop@1");
  EXPECT_EQ(Text(pending.Take()), "");
}

TEST(PendingViews, ADroppedServiceIsOnlyDropped) {
  PendingViews pending;
  pending.Add({ViewOf(kUserService, 1), ViewOf(kCartService, 1)}, {});
  pending.Add({}, {kUserService});
  EXPECT_EQ(Text(pending.Take()), " cart.shop@1 -user.shop");
}

TEST(PendingViews, AServiceThatCameBackIsToldAsGoneFirst) {
  PendingViews pending;
  pending.Add({}, {kUserService});
  pending.Add({ViewOf(kCartService, 1)}, {});
  pending.Add({ViewOf(kUserService, 1)}, {});
  pending.Add({ViewOf(kUserService, 2)}, {});
  EXPECT_EQ(Text(pending.Take()), " cart.shop@1 -user.shop | user.shop@2");
}

}  // namespace
}  // namespace fairlead::xds

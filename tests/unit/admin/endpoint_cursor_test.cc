#include "admin/endpoint_cursor.h"

#include <gtest/gtest.h>

#include <string>

#include "integration/admin/fake_control.h"

namespace fairlead::admin {
namespace {

using testing::FakeControl;

// What is news now: "cart.shop@7:1 ..." with revision and number of endpoints, or the error's code.
std::string News(EndpointCursor& cursor) {
  std::string text;
  while (true) {
    const auto next = cursor.Next();
    if (!next) return std::string(CodeName(next.error().code));
    if (!*next) return text;
    text += (text.empty() ? "" : " ") + (*next)->name().substr(sizeof("services/") - 1) + "@" +
            std::to_string((*next)->revision()) + ":" + std::to_string((*next)->endpoints_size());
  }
}

TEST(EndpointCursor, TellsEachListOnceAndTheNewestOne) {
  FakeControl control;
  control.AddService("shop", "cart", 2);
  control.AddService("shop", "user", 3);
  EndpointCursor all(control, "services/-");
  EndpointCursor one(control, "services/user.shop");
  EXPECT_EQ(News(all), "cart.shop@7:2 user.shop@7:3");
  EXPECT_EQ(News(one), "user.shop@7:3");
  EXPECT_EQ(News(all), "");
  fleet::ServiceReport user = *control.services[1];
  user.revision = 9;
  user.replicas[2].in_rotation = false;
  control.ReplaceService(1, user);
  EXPECT_EQ(News(all), "user.shop@9:2");
  EXPECT_EQ(News(one), "user.shop@9:2");
}

TEST(EndpointCursor, TellsOfThoseWhoTakeTheCallsAndTheirPriority) {
  FakeControl control;
  control.AddService("shop", "user", 3);
  fleet::ServiceReport user = *control.services[0];
  for (fleet::ReplicaReport& replica : user.replicas) replica.priority = 1;
  user.replicas[1].priority = 2;
  user.replicas[1].is_standby = true;
  control.ReplaceService(0, user);
  const auto told = EndpointCursor(control, "services/-").Next();
  ASSERT_TRUE(told && *told);
  ASSERT_EQ((*told)->endpoints_size(), 2);
  EXPECT_EQ((*told)->endpoints(1).replica(), user.replicas[2].name);
  EXPECT_EQ((*told)->endpoints(1).priority(), 1);
}

TEST(EndpointCursor, TellsAServiceThatIsGoneOnceMoreWithNone) {
  FakeControl control;
  control.AddService("shop", "cart", 2);
  EndpointCursor one(control, "services/cart.shop");
  EXPECT_EQ(News(one), "cart.shop@7:2");
  control.services.clear();
  EXPECT_EQ(News(one), "cart.shop@7:0");
  EXPECT_EQ(News(one), "");
  control.AddService("shop", "cart", 1);
  EXPECT_EQ(News(one), "cart.shop@7:1");
}

TEST(EndpointCursor, OfAServiceThatNeverWasEndsWithItsError) {
  FakeControl control;
  control.AddService("shop", "cart", 2);
  control.AddService("other", "cart", 2);
  EndpointCursor nothing(control, "services/nothing");
  EXPECT_EQ(News(nothing), "NOT_FOUND");
  EndpointCursor ambiguous(control, "services/cart");
  EXPECT_EQ(News(ambiguous), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace fairlead::admin

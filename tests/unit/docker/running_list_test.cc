#include "docker/running_list.h"

#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

TEST(RunningList, IsAskedForWithoutALabel) {
  EXPECT_EQ(RunningTarget({1, 41}),
            "/v1.41/containers/json?filters=%7B%22status%22%3A%5B%22running%22%5D%7D");
}

TEST(RunningList, HoldsEachContainersAddressesByNetwork) {
  const auto running = ReadRunning(R"([
    {"Id": "a1", "State": "running", "NetworkSettings": {"Networks": {
      "bridge": {"NetworkID": "n1", "IPAddress": "172.17.0.2", "GlobalIPv6Address": ""},
      "six": {"NetworkID": "n2", "IPAddress": "", "GlobalIPv6Address": "fd00::2"}}}},
    {"Id": "b2", "NetworkSettings": {"Networks": {"host": {"NetworkID": "n3", "IPAddress": ""}}}}])");
  ASSERT_TRUE(running);
  ASSERT_EQ(running->size(), 2u);
  EXPECT_EQ(running->at(0).id, ContainerId("a1"));
  ASSERT_EQ(running->at(0).networks.size(), 2u);
  EXPECT_EQ(running->at(0).networks[0].network_id, "n1");
  EXPECT_EQ(running->at(0).networks[0].ipv4, "172.17.0.2");
  EXPECT_EQ(running->at(0).networks[1].ipv6, "fd00::2");
}

TEST(RunningList, TakesWhatItCanReadAndRefusesWhatIsNoList) {
  const auto odd = ReadRunning(
      R"([{"Id": 7}, {}, null, {"Id": "../x"}, {"Id": "a1", "NetworkSettings": {"Networks": []}}])");
  ASSERT_TRUE(odd);
  ASSERT_EQ(odd->size(), 1u);
  EXPECT_TRUE(odd->at(0).networks.empty());
  for (const char* text : {"", "{}", "nonsense", "\"text\""}) {
    const auto refused = ReadRunning(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Code::kDataLoss) << text;
  }
}

}  // namespace
}  // namespace fairlead::docker

#include "xds/denied_clients.h"

#include <gtest/gtest.h>

namespace fairlead::xds {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{};

ClientReport From(std::uint64_t number, const std::string& address, const std::string& name) {
  ClientReport report;
  report.number = number;
  report.address = address;
  report.names = {name};
  return report;
}

// The numbers, "3 7".
std::string Shown(const DeniedClients& denied, std::uint64_t after = 0) {
  std::string text;
  for (const ClientReport& report : denied.After(after))
    text += (text.empty() ? "" : " ") + std::to_string(report.number);
  return text;
}

TEST(DeniedClients, KeepsTheLastOfEachUntilItsTime) {
  DeniedClients denied;
  denied.Add(From(1, "10.0.0.1", "DNS:a"), kStart + 10s);
  denied.Add(From(2, "10.0.0.1", "DNS:b"), kStart + 10s);
  denied.Add(From(3, "10.0.0.1", "DNS:a"), kStart + 20s);
  EXPECT_EQ(Shown(denied), "2 3");
  EXPECT_EQ(Shown(denied, 2), "3");
  denied.Expire(kStart + 10s);
  EXPECT_EQ(Shown(denied), "3");
  denied.Expire(kStart + 20s);
  EXPECT_TRUE(denied.is_empty());
}

TEST(DeniedClients, ForgetsWhoIsLetIn) {
  DeniedClients denied;
  denied.Add(From(1, "10.0.0.1", "DNS:a"), kStart + 10s);
  denied.Add(From(2, "10.0.0.2", "DNS:a"), kStart + 10s);
  denied.Forget("10.0.0.1", {"DNS:a"});
  denied.Forget("10.0.0.9", {"DNS:a"});
  EXPECT_EQ(Shown(denied), "2");
}

TEST(DeniedClients, TheOldestLeavesFirst) {
  DeniedClients denied;
  for (std::uint64_t i = 1; i <= DeniedClients::kClientsMax + 2; ++i)
    denied.Add(From(i, "10.0.0." + std::to_string(i), "DNS:a"), kStart + 10s);
  EXPECT_EQ(denied.After(0).size(), DeniedClients::kClientsMax);
  EXPECT_EQ(denied.After(0).front().number, 3u);
}

}  // namespace
}  // namespace fairlead::xds

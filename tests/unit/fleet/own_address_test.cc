// T4: labels are written by strangers, and have checks and callers sent to no address of theirs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "fleet/endpoint.h"
#include "spec/label_table.h"
#include "spec/read_labels.h"

namespace fairlead::fleet {
namespace {

constexpr int kRounds = 5'000;

// What reads as an address, a name, a port or a path somewhere else, among what is meant well.
constexpr std::array<std::string_view, 38> kValues = {"169.254.169.254",
                                                      "127.0.0.1",
                                                      "127.0.0.1:22",
                                                      "10.0.0.1:80",
                                                      "0.0.0.0",
                                                      "[::1]:80",
                                                      "::ffff:127.0.0.1",
                                                      "localhost",
                                                      "metadata.google.internal",
                                                      "http://169.254.169.254/latest/meta-data",
                                                      "//evil.example/x",
                                                      "/\\evil.example",
                                                      "/@evil.example/",
                                                      "/%00",
                                                      "/../../x",
                                                      "/a\r\nHost: evil.example",
                                                      "unix:/var/run/docker.sock",
                                                      "host",
                                                      "container:ff",
                                                      "elsewhere",
                                                      "front",
                                                      "back",
                                                      "none",
                                                      "files:corp",
                                                      "auto",
                                                      "22",
                                                      "2375",
                                                      "50051",
                                                      "50052",
                                                      "65536",
                                                      "-1",
                                                      "0x50",
                                                      "grpc",
                                                      "http",
                                                      "tcp",
                                                      "docker",
                                                      "1s",
                                                      "true"};

template <typename List>
const auto& OneOf(Rng& chance, const List& list) {
  return list[chance.Below(list.size())];
}

ContainerFacts RandomFacts(Rng& chance, std::string_view id) {
  ContainerFacts facts;
  facts.id = ContainerId(std::string(id));
  facts.name = id;
  facts.status = EngineStatus::kRunning;
  facts.pid = 4'000 + static_cast<std::int64_t>(chance.Below(100));
  facts.pid_start_ticks = chance.Below(2);
  facts.network_mode = "front";
  for (const std::string_view network : {"back", "front"}) {
    const std::string last = std::to_string(chance.Below(200) + 2);
    facts.networks.push_back({.network = std::string(network),
                              .network_id = std::string(network) + "-id",
                              .ipv4 = chance.Below(4) == 0 ? "" : "172.31.7." + last,
                              .ipv6 = chance.Below(2) == 0 ? "" : "fd00::" + last,
                              .is_host_routable = chance.Below(2) == 0});
  }
  facts.exposed_tcp_ports = {50051};
  if (chance.Below(2) == 0)
    facts.published_tcp_ports = {
        {.container_port = 50051, .host_ip = "127.0.0.9", .host_port = 8080}};
  return facts;
}

void AddLabels(Rng& chance, ContainerFacts& facts) {
  for (const spec::LabelRule& rule : spec::LabelTable()) {
    if (chance.Below(5) == 0)
      facts.labels["fairlead." + std::string(rule.key)] = OneOf(chance, kValues);
  }
  facts.labels["fairlead.enable"] = "true";
  if (chance.Below(8) != 0) facts.labels["fairlead.service"] = "api";
}

// Whether an address is one that the engine told of this container, or of whose network it shares.
bool IsOwn(const ContainerFacts& of, const std::string& ip) {
  for (const NetworkAddress& address : of.networks) {
    if (!ip.empty() && (address.ipv4 == ip || address.ipv6 == ip)) return true;
  }
  return false;
}

void ExpectOwnTarget(const Replica& replica, const ContainerFacts& of,
                     const spec::CheckTarget& target) {
  if (target.is_published) {
    ASSERT_EQ(of.published_tcp_ports.size(), 1U);
    EXPECT_EQ(target.ip, of.published_tcp_ports.front().host_ip);
    EXPECT_EQ(target.port, of.published_tcp_ports.front().host_port);
  } else if (IsOnHostNetwork(of)) {
    EXPECT_EQ(target.ip, "127.0.0.1");
  } else {
    EXPECT_TRUE(IsOwn(of, target.ip)) << target.ip;
  }
  if (target.inside) {
    EXPECT_EQ(target.inside->pid, replica.facts.pid);
  }
}

TEST(OwnAddress, WhateverLabelsSayNoCheckAndNoCallerIsSentToAnother) {
  Rng chance(4);
  int targets = 0;
  int managed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const ContainerFacts owner = RandomFacts(chance, "ff");
    Replica replica;
    replica.facts = RandomFacts(chance, "a1");
    constexpr std::array<std::string_view, 4> kModes = {"front", "front", "host", "container:ff"};
    replica.facts.network_mode = OneOf(chance, kModes);
    AddLabels(chance, replica.facts);
    const spec::LabelReading reading = spec::ReadLabels(replica.facts, {.tls_profiles = {"corp"}});
    if (!reading.spec) continue;
    ++managed;
    replica.spec = *reading.spec;
    const ContainerFacts& of = NamespaceOwner(replica.facts) ? owner : replica.facts;
    const Reach reach = ReachOf(replica, &owner);
    for (const NetworkAddress& told : EndpointOf(replica, reach, false).addresses)
      EXPECT_THAT(of.networks, ::testing::Contains(told));
    const auto target = TargetOf(replica, reach);
    if (!target) continue;
    ++targets;
    ExpectOwnTarget(replica, of, *target);
    if (HasFailure()) {
      for (const auto& [key, value] : replica.facts.labels) ADD_FAILURE() << key << "=" << value;
      return;
    }
  }
  EXPECT_GT(managed, kRounds / 10);
  EXPECT_GT(targets, kRounds / 20);
}

}  // namespace
}  // namespace fairlead::fleet

#include "nameserver/zone.h"

#include <gtest/gtest.h>

#include "sample_zone.h"

namespace fairlead::nameserver {
namespace {

using Kind = Found::Kind;

const Asker kHost;

// Two projects with an `api`, one of them with a `db`.
Zone Sample() {
  Zone zone({"fairlead"});
  zone.Put(ViewOf(kApi, {At("172.31.0.4"), At("fd00::4")}));
  zone.Put(ViewOf({.project = "bank", .service = "api"}, {At("172.31.0.9")}));
  zone.Put(ViewOf({.project = "shop", .service = "db"}, {}));
  return zone;
}

Kind KindOf(const Zone& zone, const std::string& name, const Asker& asker = kHost) {
  return zone.Find(*dns::ParseName(name), asker).kind;
}

std::string ServiceAt(const Zone& zone, const std::string& name, const Asker& asker = kHost) {
  const Found found = zone.Find(*dns::ParseName(name), asker);
  return found.view ? found.view->name.Text() : "none";
}

TEST(Zone, HasEachServiceUnderItsNameAndProject) {
  const Zone zone = Sample();
  EXPECT_EQ(ServiceAt(zone, "api.shop.fairlead."), "api.shop");
  EXPECT_EQ(ServiceAt(zone, "API.Bank.FairLead."), "api.bank");
  EXPECT_EQ(KindOf(zone, "db.shop.fairlead."), Kind::kService);
  EXPECT_EQ(KindOf(zone, "db.bank.fairlead."), Kind::kNoSuchName);
  EXPECT_EQ(KindOf(zone, "api.shop.example."), Kind::kForeign);
  EXPECT_EQ(KindOf(zone, "fairlead."), Kind::kOrigin);
}

TEST(Zone, HasShortNamesAsDiscoveryHasThem) {
  const Zone zone = Sample();
  // The only project that has it, for everybody.
  EXPECT_EQ(ServiceAt(zone, "db.fairlead."), "db.shop");
  EXPECT_EQ(ServiceAt(zone, "db.fairlead.", InContainer("n1", "bank")), "db.shop");
  // Two have it: each its own, and others none.
  EXPECT_EQ(ServiceAt(zone, "api.fairlead.", InContainer("n1", "bank")), "api.bank");
  EXPECT_EQ(ServiceAt(zone, "api.fairlead.", InContainer("n1", "shop")), "api.shop");
  EXPECT_EQ(KindOf(zone, "api.fairlead."), Kind::kNoSuchName);
  EXPECT_EQ(KindOf(zone, "api.fairlead.", InContainer("n1", "other")), Kind::kNoSuchName);
}

TEST(Zone, HasNamesWithNothingOfTheirOwnWhereThereAreNamesBelow) {
  const Zone zone = Sample();
  EXPECT_EQ(KindOf(zone, "shop.fairlead."), Kind::kNothing);
  EXPECT_EQ(KindOf(zone, "sho.fairlead."), Kind::kNoSuchName);
  EXPECT_EQ(KindOf(zone, "_tcp.api.shop.fairlead."), Kind::kNothing);
  EXPECT_EQ(KindOf(zone, "_grpc._tcp.api.shop.fairlead."), Kind::kPorts);
  EXPECT_EQ(KindOf(zone, "_grpc._tcp.db.fairlead."), Kind::kPorts);
  // What gRPC's own resolver asks for beside addresses.
  EXPECT_EQ(KindOf(zone, "_grpclb._tcp.api.shop.fairlead."), Kind::kNoSuchName);
  EXPECT_EQ(KindOf(zone, "_grpc_config.api.shop.fairlead."), Kind::kNoSuchName);
}

TEST(Zone, NamesAddressesOfReplicasInRotationThatTheAskerReaches) {
  const Zone zone = Sample();
  EXPECT_EQ(zone.Find({"ac1f0004", "api", "shop", "fairlead"}, kHost).ip, "172.31.0.4");
  EXPECT_EQ(zone.Find({"fd000000000000000000000000000004", "api", "shop", "fairlead"}, kHost).ip,
            "fd00::4");
  EXPECT_EQ(KindOf(zone, "ac1f0005.api.shop.fairlead."), Kind::kNoSuchName);
  EXPECT_EQ(KindOf(zone, "ac1f0004.api.shop.fairlead.", InContainer("n2", "shop")),
            Kind::kNoSuchName);
}

TEST(Zone, TakesNoOlderViewAndForgetsWhatIsDropped) {
  Zone zone = Sample();
  zone.Put(ViewOf(kApi, {At("172.31.0.5")}, 3));
  zone.Put(ViewOf(kApi, {At("172.31.0.6")}, 2));
  EXPECT_EQ(zone.Find({"api", "shop", "fairlead"}, kHost).view->revision, 3U);
  const std::uint32_t before = zone.serial();
  zone.Drop(kApi);
  EXPECT_GT(zone.serial(), before);
  EXPECT_EQ(KindOf(zone, "api.shop.fairlead."), Kind::kNoSuchName);
  // Now one project alone has it.
  EXPECT_EQ(ServiceAt(zone, "api.fairlead."), "api.bank");
}

TEST(AddressBytes, AreThoseOfLiteralAddressesOnly) {
  EXPECT_EQ(AddressLabel(AddressBytes("172.31.0.4")), "ac1f0004");
  EXPECT_EQ(AddressBytes("::1").size(), 16U);
  EXPECT_TRUE(AddressBytes("localhost").empty());
}

}  // namespace
}  // namespace fairlead::nameserver

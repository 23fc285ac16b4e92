#include "xds/adopted_services.h"

#include <gtest/gtest.h>

#include "base/time.h"

namespace fairlead::xds {
namespace {

const ServiceName kShared{.project = "shop.eu", .service = "user"};
const ServiceName kInPlaintext = AdoptionKey({kShared, Security::kPlaintext});
const ServiceName kOverTls = AdoptionKey({kShared, Security::kTls});

// The revision that is newly adopted of the whole service; 0 = none.
std::uint64_t ToldOf(AdoptedServices& services, const ServiceName& key, std::uint64_t revision) {
  const auto adopted = services.Take(key, revision);
  if (!adopted) return 0;
  EXPECT_EQ(adopted->first, kShared);
  return adopted->second;
}

TEST(ResourceNames, TellTheServiceAndWhatItIsSpokenOver) {
  EXPECT_EQ(ResourceName(kShared), "user.shop.eu");
  EXPECT_EQ(ResourceName(kShared, Security::kTls), "user.shop.eu+tls");
  for (const Security security : kSecurities) {
    const auto named = ServiceOf(ResourceName(kShared, security));
    ASSERT_TRUE(named.has_value());
    EXPECT_EQ(named->name, kShared);
    EXPECT_EQ(named->security, security);
    EXPECT_EQ(WithoutSecurity(ResourceName(kShared, security)), "user.shop.eu");
  }
  EXPECT_FALSE(ServiceOf("services").has_value());
}

TEST(AdoptedServices, AreAsTheirPlaintextWhereThereIsNothingElse) {
  AdoptedServices services;
  services.Published(kShared, Security::kPlaintext);
  EXPECT_EQ(ToldOf(services, kInPlaintext, 3), 3U);
  EXPECT_EQ(ToldOf(services, kInPlaintext, 3), 0U) << "nothing new";
  EXPECT_FALSE(services.Take({.project = "shop", .service = "other"}, 1).has_value());
}

TEST(AdoptedServices, HaveAdoptedWhatUsersOfBothHave) {
  AdoptedServices services;
  services.Published(kShared, Security::kPlaintext);
  EXPECT_EQ(ToldOf(services, kInPlaintext, 3), 3U);
  services.Published(kShared, Security::kTls);
  EXPECT_EQ(ToldOf(services, kOverTls, 4), 0U) << "a user in plaintext is behind";
  EXPECT_EQ(ToldOf(services, kInPlaintext, 5), 4U);
  EXPECT_EQ(ToldOf(services, kOverTls, 5), 5U);
  services.Dropped(kShared);
  EXPECT_FALSE(services.Take(kOverTls, 6).has_value());
}

}  // namespace
}  // namespace fairlead::xds

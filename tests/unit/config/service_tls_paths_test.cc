// Where certificates of services lie.
#include "config/service_tls_paths.h"

#include <gtest/gtest.h>

#include "config/read_config.h"
#include "spec/service_identity.h"

namespace fairlead::config {
namespace {

const ServiceName kUsers{.project = "shop", .service = "users"};

TEST(ServiceTlsPaths, AreThoseOfASecretInAFolderOfTheService) {
  const Config config = ReadConfig({}).config;
  const ServiceTlsFiles files = ServiceTlsPaths(config, kUsers);
  EXPECT_EQ(files.cert, "/run/fairlead/certs/shop/users/tls.crt");
  EXPECT_EQ(files.key, "/run/fairlead/certs/shop/users/tls.key");
  EXPECT_EQ(files.ca, "/run/fairlead/certs/shop/users/ca.crt");
  EXPECT_EQ(CheckerTlsPaths(config).key, "/run/fairlead/certs/.checker/tls.key");
}

TEST(ServiceTlsPaths, TheTrustBundleLiesBesideTheFirstUnixSocketOfDiscovery) {
  EXPECT_EQ(TrustBundlePath(ReadConfig({}).config), "/run/fairlead/xds/ca.crt");
  const ConfigReading tcp =
      ReadConfig({.file_text = R"({"discovery.listen": ["127.0.0.1:18000"]})", .file_path = "/c"});
  EXPECT_EQ(TrustBundlePath(tcp.config), std::nullopt);
}

TEST(ServiceIdentity, IsWhatClientsDialAndASpiffeId) {
  EXPECT_EQ(spec::IdentityDnsNames(kUsers), (std::vector<std::string>{"users", "users.shop"}));
  EXPECT_EQ(spec::SpiffeId("prod.corp", kUsers), "spiffe://prod.corp/shop/users");
  EXPECT_EQ(spec::CheckerSpiffeId("prod.corp"), "spiffe://prod.corp/checker");
}

}  // namespace
}  // namespace fairlead::config

// What may be said of certificates for services, and where they lie.
#include "config/service_tls_paths.h"

#include <gtest/gtest.h>

#include "config/read_config.h"
#include "spec/service_identity.h"

namespace fairlead::config {
namespace {

// "subject code" of each problem.
using Wrong = std::vector<std::string>;
Wrong WrongIn(const ConfigReading& reading) {
  Wrong problems;
  for (const auto& d : reading.diagnostics) problems.push_back(d.subject + " " + d.code);
  return problems;
}

const ServiceName kUsers{.project = "shop", .service = "users"};

TEST(ServiceTlsConfig, ServicesHaveAnAuthorityOfTheirOwnUntilOneIsNamed) {
  EXPECT_EQ(ReadConfig({}).config.service_tls,
            (ServiceTlsConfig{.trust_domain = "fairlead.internal",
                              .dir = "/run/fairlead/certs",
                              .lifetime = std::chrono::hours(24),
                              .issuer = ""}));
  const std::string profiles =
      R"("tls_profiles": {"host-7": {"cert": "/c", "key": "/k", "ca": "/a"}, "half": {"ca": "/a"},
                          "rootless": {"cert": "/c", "key": "/k"}})";
  const auto reading_of = [&](const std::string& keys) {
    return ReadConfig({.file_text = R"({"service_tls": {)" + keys + "}, " + profiles + "}",
                       .file_path = "/etc/fairlead/config.json"});
  };
  const ConfigReading good = reading_of(
      R"("trust_domain": "Prod.Corp", "dir": "/srv/certs/", "lifetime": "30s", "issuer": "host-7")");
  EXPECT_EQ(WrongIn(good), Wrong{});
  EXPECT_EQ(good.config.service_tls, (ServiceTlsConfig{.trust_domain = "prod.corp",
                                                       .dir = "/srv/certs",
                                                       .lifetime = std::chrono::seconds(30),
                                                       .issuer = "host-7"}));
  for (const std::string& domain : {std::string(), std::string("a/b"), std::string("spiffe://a"),
                                    std::string("a b"), std::string(256, 'a')}) {
    EXPECT_EQ(WrongIn(reading_of(R"("trust_domain": ")" + domain + "\"")),
              Wrong{"service_tls.trust_domain config-bad-value"})
        << domain;
  }
  for (const std::string lifetime : {"29s", "721h", "0s", "soon"}) {
    EXPECT_EQ(WrongIn(reading_of(R"("lifetime": ")" + lifetime + "\"")),
              Wrong{"service_tls.lifetime config-bad-value"})
        << lifetime;
  }
  for (const std::string issuer : {"half", "rootless"}) {
    EXPECT_EQ(WrongIn(reading_of(R"("issuer": ")" + issuer + "\"")),
              Wrong{"service_tls.issuer config-bad-value"})
        << issuer;
  }
  EXPECT_EQ(WrongIn(reading_of(R"("issuer": "host-8")")),
            Wrong{"service_tls.issuer tls-profile-unknown"});
}

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

TEST(ServiceIdentity, NoServiceCanBeTheDaemon) {
  const ServiceName checker{.project = "fairlead", .service = "checker"};
  EXPECT_NE(spec::SpiffeId("d", checker), spec::CheckerSpiffeId("d"));
  const Config config = ReadConfig({}).config;
  EXPECT_NE(ServiceTlsDirectory(config, checker), CheckerTlsDirectory(config));
}

}  // namespace
}  // namespace fairlead::config

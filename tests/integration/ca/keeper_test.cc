// The keeper over days and years of a clock of the test's own, with real files.
#include "ca/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "support/certificates.h"
#include "tls/client_context.h"
#include "tls/peer_words.h"

namespace fairlead::ca {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Kind = KeeperNews::Kind;

const ServiceName kUsers{.project = "shop", .service = "users"};
const ServiceName kCarts{.project = "shop", .service = "carts"};

std::string WholeFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class KeeperTest : public ::testing::Test {
 protected:
  KeeperTest() {
    fs::remove_all(base_);
    fs::create_directories(base_ + "/state");
    fs::create_directories(base_ + "/xds");
    Restart();
  }
  ~KeeperTest() override { fs::remove_all(base_); }

  void Restart() {
    keeper_ = std::make_unique<Keeper>(options_,
                                       [this](const KeeperNews& news) { told_.push_back(news); });
  }
  void Add(const std::string& id, const ServiceName& service, const std::string& user = "") {
    ContainerFacts facts;
    facts.id = ContainerId{id};
    facts.user = user;
    keeper_->Observe(facts, service, time_);
  }
  void Turn(seconds later = seconds(0)) {
    wall_ += later;
    time_ += later;
    keeper_->Turn({.wall = wall_, .time = time_});
  }
  // "issued users.shop" and the like, and forgets them.
  std::vector<std::string> Told() {
    constexpr const char* kWords[] = {"issued ", "failed ", "removed ", "authority "};
    std::vector<std::string> told;
    for (const KeeperNews& news : std::exchange(told_, {})) {
      if (!news.is_repeated) told.push_back(kWords[static_cast<std::size_t>(news.kind)] + news.who);
    }
    return told;
  }
  using Words = std::vector<std::string>;

  std::string Folder(const ServiceName& service) const {
    return options_.dir + "/" + service.project + "/" + service.service;
  }
  std::string Cert(const ServiceName& service) const {
    return WholeFile(Folder(service) + "/tls.crt");
  }
  std::string Bundle() const { return WholeFile(options_.bundle_path); }
  // Whether the files of a service are a pair that its bundle believes now.
  bool IsGood(const ServiceName& service) const {
    const std::string cert = Cert(service);
    const std::string key = WholeFile(Folder(service) + "/tls.key");
    const std::vector<Certificate> chain = CertificatesIn(cert);
    const Key read = tls::PemReader(key).ReadKey();
    return !chain.empty() && read != nullptr &&
           X509_check_private_key(chain[0].get(), read.get()) == 1 &&
           Verify(chain[0].get(),
                  {.roots = WholeFile(Folder(service) + "/ca.crt"), .between = cert, .now = wall_})
               .has_value();
  }
  std::string Trouble(const std::string& who) const {
    for (const KeptCertificate& one : keeper_->All()) {
      if (one.who == who) return one.trouble;
    }
    return "nobody";
  }

  const std::string base_ = ::testing::TempDir() + "fairlead-keeper-" + std::to_string(getpid());
  KeeperOptions options_{.trust_domain = "fairlead.internal",
                         .dir = base_ + "/certs",
                         .lifetime = hours(24),
                         .state_dir = base_ + "/state",
                         .issuer = {},
                         .bundle_path = base_ + "/xds/ca.crt"};
  Wall wall_ = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  TimePoint time_{};
  std::vector<KeeperNews> told_;
  std::unique_ptr<Keeper> keeper_;
};

TEST_F(KeeperTest, WritesNothingWhileNobodyAsks) {
  keeper_->SetComplete(true, time_);
  Turn();
  EXPECT_EQ(Told(), Words{});
  EXPECT_FALSE(fs::exists(options_.dir));
  EXPECT_FALSE(fs::exists(base_ + "/state/service-ca.pem"));
}

TEST_F(KeeperTest, AServiceGetsItsPairAndEverybodyTheBundle) {
  Add("c1", kUsers);
  Turn();
  EXPECT_EQ(Told(), (Words{"authority authority", "issued checker", "issued users.shop"}));
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_EQ(tls::ExactNamesOf(CertificatesIn(Cert(kUsers))[0].get()),
            "DNS:users\nDNS:users.shop\nURI:spiffe://fairlead.internal/shop/users");
  EXPECT_EQ(
      tls::ExactNamesOf(CertificatesIn(WholeFile(options_.dir + "/.checker/tls.crt"))[0].get()),
      "URI:spiffe://fairlead.internal/checker");
  EXPECT_EQ(fs::status(options_.dir + "/.checker").permissions(), fs::perms::owner_all);
  EXPECT_EQ(Bundle(), WholeFile(Folder(kUsers) + "/ca.crt"));
  EXPECT_EQ(CertificatesIn(Bundle()).size(), 1U);
  EXPECT_EQ(Bundle().find("KEY"), std::string::npos);
  // Whoever uses such files as a TLS profile can.
  const tls::Profile profile{.name = "auto",
                             .cert = Folder(kUsers) + "/tls.crt",
                             .key = Folder(kUsers) + "/tls.key",
                             .ca = Folder(kUsers) + "/ca.crt"};
  const Result<tls::Context> context = tls::LoadClientContext(profile);
  EXPECT_TRUE(context) << context.error().message;
}

TEST_F(KeeperTest, RenewsAtTwoThirdsOfALifeForYears) {
  Add("c1", kUsers);
  Turn();
  Told();
  std::string cert = Cert(kUsers);
  for (int life = 0; life < 3; ++life) {
    Turn(hours(14));
    EXPECT_EQ(Cert(kUsers), cert);
    Turn(hours(2));
    EXPECT_NE(Cert(kUsers), cert);
    EXPECT_TRUE(IsGood(kUsers));
    cert = Cert(kUsers);
  }
}

TEST_F(KeeperTest, AnotherLifeOfTheDaemonGoesOnWithWhatIsThere) {
  Add("c1", kUsers, "1000");
  Turn();
  Told();
  const std::string cert = Cert(kUsers);
  Restart();
  Add("c1", kUsers, "1000");
  Turn(seconds(5));
  EXPECT_EQ(Told(), Words{});
  EXPECT_EQ(Cert(kUsers), cert);
  Turn(hours(16));
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop"}));
}

TEST_F(KeeperTest, ChangedSettingsMakeThemAnew) {
  Add("c1", kUsers);
  Turn();
  Told();
  options_.trust_domain = "prod.corp";
  Restart();
  Add("c1", kUsers);
  Turn(seconds(5));
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop"}));
  options_.lifetime = hours(1);
  Restart();
  Add("c1", kUsers);
  Turn(seconds(5));
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop"}));
}

TEST_F(KeeperTest, ADamagedPairIsMadeAnewWithinATurn) {
  Add("c1", kUsers);
  Turn();
  Told();
  fs::remove(Folder(kUsers) + "/..data");
  Turn(seconds(5));
  EXPECT_EQ(Told(), Words{"issued users.shop"});
  EXPECT_TRUE(IsGood(kUsers));
}

TEST_F(KeeperTest, AnotherUserGetsAKeyOfItsOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  Add("c1", kUsers, "1000");
  Turn();
  Told();
  Add("c1", kUsers, "65532:65532");
  Turn();
  EXPECT_EQ(Told(), Words{"issued users.shop"});
  struct stat facts{};
  ASSERT_EQ(::stat((Folder(kUsers) + "/tls.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 65532U);
}

TEST_F(KeeperTest, ClocksThatJumpCostOneRenewalAndNoAuthority) {
  Add("c1", kUsers);
  Turn();
  const std::string roots = WholeFile(base_ + "/state/service-ca.pem");
  Told();
  Turn(-minutes(3));
  EXPECT_EQ(Told(), Words{}) << "as many clocks do every day";
  Turn(-hours(5));
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop"}));
  EXPECT_TRUE(IsGood(kUsers));
  Turn(days(40));
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop"}));
  EXPECT_TRUE(IsGood(kUsers));
  Turn(-days(80));
  EXPECT_EQ(Told(), Words{"failed authority"});
  EXPECT_THAT(Trouble("authority"), HasSubstr("set the clock"));
  Turn(days(80));
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_EQ(WholeFile(base_ + "/state/service-ca.pem"), roots);
}

TEST_F(KeeperTest, ARootIsFollowedByTheNextWithoutAnybodyNoticing) {
  Add("c1", kUsers);
  Turn();
  const std::string first = Bundle();
  Turn(days(3650 - 90));
  const std::string both = Bundle();
  EXPECT_EQ(both.find(first), 0U);
  EXPECT_EQ(CertificatesIn(both).size(), 2U);
  EXPECT_EQ(WholeFile(Folder(kUsers) + "/ca.crt"), both);
  const auto believed_by = [&](const std::string& bundle) {
    const std::string cert = Cert(kUsers);
    return Verify(CertificatesIn(cert)[0].get(), {.roots = bundle, .between = cert, .now = wall_})
        .has_value();
  };
  EXPECT_TRUE(believed_by(first)) << "callers may not have the new root yet";
  EXPECT_GT(keeper_->All().front().facts.authorities_end_s,
            (wall_ + days(3000)).time_since_epoch().count())
      << "nobody has to do anything about the first";
  for (int day = 0; day < 29; ++day) Turn(days(1));
  EXPECT_TRUE(believed_by(first));
  Turn(days(2));
  EXPECT_FALSE(believed_by(first));
  EXPECT_TRUE(believed_by(both));
  Restart();
  Add("c1", kUsers);
  Turn(days(60));
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_EQ(CertificatesIn(Bundle()).size(), 1U) << "the first has ended";
}

TEST_F(KeeperTest, ADamagedAuthorityIsToldOnceAndNotReplaced) {
  std::ofstream(base_ + "/state/service-ca.pem") << "garbage";
  fs::permissions(base_ + "/state/service-ca.pem", fs::perms::owner_read | fs::perms::owner_write);
  Add("c1", kUsers);
  Turn();
  Turn(seconds(5));
  EXPECT_EQ(Told(), Words{"failed authority"});
  EXPECT_THAT(Trouble("authority"), HasSubstr("it holds no certificate"));
  EXPECT_EQ(WholeFile(base_ + "/state/service-ca.pem"), "garbage");
  EXPECT_FALSE(fs::exists(Folder(kUsers)));
  fs::remove(base_ + "/state/service-ca.pem");
  Turn(seconds(5));
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_EQ(Trouble("authority"), "");
}

TEST_F(KeeperTest, NobodysFilesGoAfterAnHourAndNotWhileTheEngineIsAway) {
  Add("c1", kUsers);
  Add("c2", kCarts);
  Turn();
  // Another life, in which one of them is gone.
  Restart();
  Told();
  Add("c1", kUsers);
  keeper_->SetComplete(true, time_);
  Turn(minutes(59));
  EXPECT_TRUE(fs::exists(Folder(kCarts)));
  keeper_->SetComplete(false, time_);
  Turn(minutes(10));
  EXPECT_TRUE(fs::exists(Folder(kCarts)));
  keeper_->SetComplete(true, time_);
  Turn();
  EXPECT_FALSE(fs::exists(Folder(kCarts)));
  EXPECT_EQ(Told(), Words{"removed carts.shop"});
  keeper_->Gone(ContainerId{"c1"}, time_);
  Turn(minutes(61));
  EXPECT_FALSE(fs::exists(options_.dir + "/shop"));
}

// Names that come and go without end fill neither the memory nor the disk.
TEST_F(KeeperTest, WhereTooManyHaveGoneOfLateNobodyNewGetsFilesForAnHour) {
  for (std::size_t i = 0; i < kFoldersMax; ++i) {
    Add("c", {.project = "flood", .service = "s" + std::to_string(i)});
    keeper_->Gone(ContainerId{"c"}, time_);
  }
  Add("c1", kUsers);
  keeper_->SetComplete(true, time_);
  Turn();
  EXPECT_FALSE(fs::exists(Folder(kUsers)));
  EXPECT_THAT(Trouble("authority"), HasSubstr("no more than 0 get one"));
  Turn(minutes(61));
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_EQ(Trouble("authority"), "");
}

TEST_F(KeeperTest, AfterABootTheFilesAreThereBeforeTheEngineIs) {
  Add("c1", kUsers);
  Add("c2", kCarts);
  Turn();
  fs::remove_all(options_.dir);
  Restart();
  Told();
  Turn(hours(1));
  EXPECT_EQ(Told(), (Words{"issued checker", "issued carts.shop", "issued users.shop"}));
  // The engine has come, and one of them is gone.
  Add("c1", kUsers);
  keeper_->SetComplete(true, time_);
  Turn(minutes(59));
  EXPECT_TRUE(fs::exists(Folder(kCarts)));
  Turn(minutes(1));
  EXPECT_FALSE(fs::exists(Folder(kCarts)));
  EXPECT_TRUE(IsGood(kUsers));
  Restart();
  Told();
  fs::remove_all(options_.dir);
  Turn();
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop"}));
}

TEST_F(KeeperTest, OneServicesTroubleIsNotTheOthers) {
  fs::create_directories(options_.dir + "/shop/carts");
  std::ofstream(options_.dir + "/shop/carts/tls.key") << "mine";
  Add("c1", kUsers);
  Add("c2", kCarts);
  Turn();
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_THAT(Trouble("carts.shop"), HasSubstr("a file of somebody else is there"));
  fs::remove(options_.dir + "/shop/carts/tls.key");
  Turn(seconds(5));
  EXPECT_TRUE(IsGood(kCarts));
  EXPECT_EQ(Trouble("carts.shop"), "");
}

TEST_F(KeeperTest, AnIntermediatesNewFilesAreTakenAndBadOnesAreNot) {
  const test::KeyPair root = test::MakeAuthority("offline root");
  const auto write = [&](const test::KeyPair& pair) {
    std::ofstream(base_ + "/i.crt") << pair.cert;
    fs::remove(base_ + "/i.key");
    std::ofstream(base_ + "/i.key") << pair.key;
    fs::permissions(base_ + "/i.key", fs::perms::owner_read | fs::perms::owner_write);
    std::ofstream(base_ + "/root.crt") << root.cert;
  };
  write(test::Issue(root, {.name = "host-7", .is_authority = true}));
  options_.lifetime = seconds(600);
  options_.issuer = tls::Profile{.name = "host-7",
                                 .cert = base_ + "/i.crt",
                                 .key = base_ + "/i.key",
                                 .ca = base_ + "/root.crt"};
  Restart();
  Add("c1", kUsers);
  Turn();
  EXPECT_TRUE(IsGood(kUsers));
  EXPECT_EQ(Bundle(), root.cert);
  EXPECT_EQ(CertificatesIn(Cert(kUsers)).size(), 2U);
  EXPECT_FALSE(fs::exists(base_ + "/state/service-ca.pem"));
  Told();
  std::ofstream(base_ + "/i.crt") << "half";
  Turn(seconds(500));
  EXPECT_TRUE(IsGood(kUsers)) << "the former signs on";
  EXPECT_EQ(Told(), (Words{"issued checker", "issued users.shop", "failed authority"}));
  EXPECT_THAT(Trouble("authority"), HasSubstr("read cert of TLS profile host-7"));
  write(test::Issue(root, {.name = "host-7b", .is_authority = true}));
  Turn(seconds(500));
  EXPECT_EQ(Trouble("authority"), "");
  EXPECT_THAT(tls::IssuerOf(CertificatesIn(Cert(kUsers))[0].get()), HasSubstr("host-7b"));
  fs::permissions(base_ + "/i.key", fs::perms::others_read, fs::perm_options::add);
  Turn(seconds(5));
  EXPECT_THAT(Trouble("authority"), HasSubstr("lets every user read it"));
}

}  // namespace
}  // namespace fairlead::ca

// Files of a profile that change under it, in the ways in which certificates are replaced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/certificates.h"
#include "tls/live_profile.h"

namespace fairlead::tls {
namespace {

namespace fs = std::filesystem;
using test::Issue;
using test::KeyPair;
using ::testing::HasSubstr;

class LiveProfileTest : public ::testing::Test {
 protected:
  LiveProfileTest() {
    fs::create_directories(folder_);
    Write("ca", authority_.cert);
  }
  ~LiveProfileTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
  }
  void WritePair(const KeyPair& pair) {
    Write("cert", pair.cert);
    Write("key", pair.key);
  }
  KeyPair NewPair() { return Issue(authority_, {.name = "fairlead"}); }
  Profile Whole() const {
    return {.name = "corp", .cert = Path("cert"), .key = Path("key"), .ca = Path("ca")};
  }
  LiveProfile Live() {
    return LiveProfile(Whole(), [this](const ProfileNews& news) {
      if (news.is_first) {
        first_ = news;
      } else {
        told_.push_back(news);
      }
    });
  }
  static std::uint64_t GenerationOf(LiveProfile& live) {
    const auto in_use = live.Current();
    return in_use ? in_use->generation : 0;
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-profile-" + std::to_string(getpid()) + "/";
  const KeyPair authority_ = test::MakeAuthority("corp root");
  ProfileNews first_;
  std::vector<ProfileNews> told_;  // after it
};

TEST_F(LiveProfileTest, WhileNothingChangesTheContextStays) {
  WritePair(NewPair());
  LiveProfile live = Live();
  const auto first = live.Current();
  ASSERT_TRUE(first) << first.error().message;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(live.Current()->context, first->context);
  EXPECT_TRUE(told_.empty());
}

TEST_F(LiveProfileTest, TellsWhoseCertificatesAreInUseAndUntilWhen) {
  const KeyPair next_authority = test::MakeAuthority("next root");
  Write("ca", authority_.cert + next_authority.cert);
  WritePair(Issue(authority_, {.name = "a", .alternative = "DNS:a.corp", .valid_to_hours = 5}));
  LiveProfile live = Live();
  ASSERT_EQ(GenerationOf(live), 1U);
  EXPECT_TRUE(first_.is_taken);
  ASSERT_TRUE(first_.facts.own);
  EXPECT_EQ(first_.facts.own->names, "DNS:a.corp");
  EXPECT_EQ(first_.facts.own->issuer, "CN = corp root");
  EXPECT_NEAR(static_cast<double>(first_.facts.own->end_s - std::time(nullptr)), 5 * 3600, 60);
  EXPECT_LT(first_.facts.own->begin_s, std::time(nullptr) + 1);
  EXPECT_EQ(first_.facts.authority_count, 2U);
  EXPECT_GT(first_.facts.authorities_end_s, std::time(nullptr));
  WritePair(Issue(authority_, {.name = "b", .alternative = "DNS:b.corp"}));
  ASSERT_EQ(GenerationOf(live), 2U);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].facts.own->names, "DNS:b.corp");
}

TEST_F(LiveProfileTest, APairWrittenInPlaceIsTaken) {
  WritePair(NewPair());
  LiveProfile live = Live();
  ASSERT_EQ(GenerationOf(live), 1U);
  WritePair(NewPair());
  EXPECT_EQ(GenerationOf(live), 2U);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_TRUE(told_[0].is_taken);
  EXPECT_EQ(told_[0].profile, "corp");
}

TEST_F(LiveProfileTest, APairRenamedIntoPlaceIsTaken) {
  WritePair(NewPair());
  LiveProfile live = Live();
  ASSERT_EQ(GenerationOf(live), 1U);
  const KeyPair fresh = NewPair();
  Write("cert.new", fresh.cert);
  Write("key.new", fresh.key);
  fs::rename(Path("cert.new"), Path("cert"));
  EXPECT_EQ(GenerationOf(live), 1U) << "half of the dance is no pair";
  fs::rename(Path("key.new"), Path("key"));
  EXPECT_EQ(GenerationOf(live), 2U);
}

// As Kubernetes mounts Secrets: cert -> ..data/cert, ..data -> ..1
TEST_F(LiveProfileTest, AFolderSwappedBehindASymlinkIsTaken) {
  for (const char* version : {"..1", "..2"}) {
    fs::create_directories(Path(version));
    const KeyPair pair = NewPair();
    Write(std::string(version) + "/cert", pair.cert);
    Write(std::string(version) + "/key", pair.key);
  }
  fs::create_directory_symlink("..1", Path("..data"));
  fs::create_symlink("..data/cert", Path("cert"));
  fs::create_symlink("..data/key", Path("key"));
  LiveProfile live = Live();
  ASSERT_EQ(GenerationOf(live), 1U);
  fs::create_directory_symlink("..2", Path("..data.new"));
  fs::rename(Path("..data.new"), Path("..data"));
  EXPECT_EQ(GenerationOf(live), 2U);
}

TEST_F(LiveProfileTest, NewAuthoritiesAloneAreTaken) {
  WritePair(NewPair());
  LiveProfile live = Live();
  ASSERT_EQ(GenerationOf(live), 1U);
  Write("ca", authority_.cert + test::MakeAuthority("next root").cert);
  EXPECT_EQ(GenerationOf(live), 2U);
}

TEST_F(LiveProfileTest, WhatIsNoGoodReplacesNothingAndIsToldOnce) {
  const KeyPair good = NewPair();
  const KeyPair stale =
      Issue(authority_, {.name = "a", .valid_from_hours = -2, .valid_to_hours = -1});
  const std::pair<KeyPair, const char*> rows[] = {
      {{.cert = good.cert.substr(0, 100), .key = good.key}, "half of one"},
      {{.cert = good.cert, .key = NewPair().key}, "not the certificate's key"},
      {{.cert = good.cert, .key = ""}, "no PEM key"},
      {stale, "has expired"}};
  for (const auto& [bad, expected] : rows) {
    told_.clear();
    WritePair(good);
    LiveProfile live = Live();
    const auto first = live.Current();
    ASSERT_TRUE(first) << first.error().message;
    WritePair(bad);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(live.Current()->context, first->context) << expected;
    ASSERT_EQ(told_.size(), 1U) << expected;
    EXPECT_FALSE(told_[0].is_taken);
    EXPECT_TRUE(told_[0].keeps_former);
    EXPECT_THAT(told_[0].text, HasSubstr(expected));
    WritePair(NewPair());
    EXPECT_EQ(GenerationOf(live), 2U) << expected;
  }
}

TEST_F(LiveProfileTest, AFileThatGoesAwayKeepsWhatWasReadAndIsToldOnce) {
  WritePair(NewPair());
  LiveProfile live = Live();
  ASSERT_EQ(GenerationOf(live), 1U);
  fs::remove(Path("key"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(GenerationOf(live), 1U);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_THAT(told_[0].text, HasSubstr("No such file"));
}

TEST_F(LiveProfileTest, FilesThatComeLateAreTakenWhenTheyCome) {
  LiveProfile live = Live();
  const auto first = live.Current();
  ASSERT_FALSE(first);
  EXPECT_THAT(first.error().message, HasSubstr("certificate " + Path("cert")));
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_FALSE(told_[0].keeps_former);
  WritePair(NewPair());
  EXPECT_EQ(GenerationOf(live), 1U);
}

TEST_F(LiveProfileTest, AHundredPairsInARowAreEachTaken) {
  WritePair(NewPair());
  LiveProfile live = Live();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(GenerationOf(live), i);
    WritePair(NewPair());
  }
}

}  // namespace
}  // namespace fairlead::tls

// The ways in which certificates are mounted wrongly, each with the sentence that says so; and that
// none of them takes the place of what works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "support/certificates.h"
#include "tls/live_profile.h"
#include "tls/server_context.h"

namespace fairlead::tls {
namespace {

namespace fs = std::filesystem;
using test::Issue;
using test::KeyPair;
using ::testing::HasSubstr;

class MountedCertificate : public ::testing::Test {
 protected:
  MountedCertificate() { fs::create_directories(folder_); }
  ~MountedCertificate() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + name; }
  void Write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    fs::remove_all(Path(name));
    std::ofstream(Path(name)) << text;
    chmod(Path(name).c_str(), mode);
  }
  void WritePair(const KeyPair& pair) const {
    Write("tls.crt", pair.cert);
    Write("tls.key", pair.key);
  }
  void WriteGood() const {
    WritePair(NewPair());
    Write("ca.crt", authority_.cert);
  }
  KeyPair NewPair() const {
    return Issue(authority_, {.name = "server", .alternative = "DNS:server.corp"});
  }
  LiveProfile Live() {
    return LiveProfile(
        {.name = "corp",
         .cert = Path("tls.crt"),
         .key = Path("tls.key"),
         .ca = Path("ca.crt"),
         .client_auth = ClientAuth::kRequire},
        [this](const ProfileNews& news) {
          if (!news.is_first) told_.push_back(news);
        },
        [](const Profile& profile, const ProfileTexts& texts) {
          return MakeServerContext(profile, texts, ServerProtocol::kHttp2);
        });
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-mounted-" + std::to_string(getpid()) + "/";
  const KeyPair authority_ = test::MakeAuthority("corp root");
  std::vector<ProfileNews> told_;
};

struct WrongWay {
  const char* name;
  std::function<void()> mount;
  std::string sentence;  // or a part of it
};

TEST_F(MountedCertificate, EachWrongWayHasItsSentenceAndReplacesNothing) {
  const KeyPair good = NewPair();
  const KeyPair other = NewPair();
  const auto half = [](const std::string& text) { return text.substr(0, text.size() / 2); };
  const auto issued = [&](const test::CertificateRequest& request) {
    return Issue(authority_, request);
  };
  const KeyPair between = issued({.name = "intermediate", .is_authority = true});
  const KeyPair under = Issue(between, {.name = "a", .alternative = "DNS:a.corp"});
  const std::vector<WrongWay> ways = {
      {"no certificate", [&] { fs::remove(Path("tls.crt")); }, "No such file"},
      {"no key", [&] { fs::remove(Path("tls.key")); }, "No such file"},
      {"a folder, as Docker makes one for a file that is not there",
       [&] {
         fs::remove(Path("tls.crt"));
         fs::create_directory(Path("tls.crt"));
       },
       "it is no file"},
      {"a FIFO",
       [&] {
         fs::remove(Path("tls.key"));
         ASSERT_EQ(mkfifo(Path("tls.key").c_str(), 0600), 0);
       },
       "it is no file"},
      {"empty", [&] { Write("tls.crt", ""); }, "holds no PEM certificate"},
      {"half written", [&] { Write("tls.crt", half(good.cert)); }, "or half of one"},
      {"a chain half written", [&] { Write("tls.crt", good.cert + half(authority_.cert)); },
       "or half of one"},
      {"binary", [&] { Write("tls.crt", std::string("\x30\x82\x01\x00", 4)); },
       "openssl x509 -inform DER"},
      {"exchanged", [&] { WritePair({.cert = good.key, .key = good.cert}); },
       "are cert and key exchanged?"},
      {"the key of another", [&] { WritePair({.cert = good.cert, .key = other.key}); },
       "it is not the certificate's key; both must come from one pair"},
      {"a key with a passphrase",
       [&] { WritePair({.cert = good.cert, .key = test::Encrypted(good.key)}); },
       "needs a passphrase"},
      {"a key that everybody may read",
       [&] {
         WritePair(good);
         chmod(Path("tls.key").c_str(), 0644);
       },
       "its mode 0644 lets every user read it; chmod 0600"},
      {"expired",
       [&] {
         WritePair(issued({.alternative = "DNS:a", .valid_from_hours = -2, .valid_to_hours = -1}));
       },
       "it has expired"},
      {"not valid yet",
       [&] {
         WritePair(issued({.alternative = "DNS:a", .valid_from_hours = 1, .valid_to_hours = 2}));
       },
       "it is not valid yet"},
      {"without names", [&] { WritePair(issued({.name = "only.a.common.name"})); },
       "no subjectAltName"},
      {"for clients only",
       [&] { WritePair(issued({.alternative = "DNS:a", .usage = "clientAuth"})); },
       "it is not for servers"},
      {"the chain upside down",
       [&] { WritePair({.cert = between.cert + under.cert, .key = under.key}); },
       "it is the key of certificate 2 in the chain; put that one first"},
      {"the chain of somebody else",
       [&] { WritePair({.cert = good.cert + between.cert, .key = good.key}); },
       "certificate 2 in it did not sign the one before it"},
      {"authorities that are none", [&] { Write("ca.crt", "nothing"); }, "authorities"},
  };
  for (const WrongWay& way : ways) {
    SCOPED_TRACE(way.name);
    // From the start: nothing is in use, and the next good pair is taken.
    WriteGood();
    way.mount();
    LiveProfile fresh = Live();
    const auto refused = fresh.Current();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr(way.sentence));
    EXPECT_THAT(refused.error().message, HasSubstr("of TLS profile corp: "));
    WriteGood();
    EXPECT_TRUE(fresh.Current());

    // In place of a good one: that stays, and it is told once.
    LiveProfile live = Live();
    const auto first = live.Current();
    ASSERT_TRUE(first) << first.error().message;
    told_.clear();
    way.mount();
    for (int i = 0; i < 3; ++i) {
      const auto kept = live.Current();
      ASSERT_TRUE(kept);
      EXPECT_EQ(kept->context, first->context);
    }
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_TRUE(told_[0].keeps_former);
    EXPECT_THAT(told_[0].text, HasSubstr(way.sentence));
  }
}

TEST_F(MountedCertificate, AChainInOrderIsTaken) {
  const KeyPair between = Issue(authority_, {.name = "intermediate", .is_authority = true});
  const KeyPair under = Issue(between, {.name = "a", .alternative = "DNS:a.corp"});
  WriteGood();
  WritePair({.cert = under.cert + between.cert + authority_.cert, .key = under.key});
  LiveProfile live = Live();
  const auto current = live.Current();
  EXPECT_TRUE(current) << current.error().message;
}

// A Secret of Kubernetes: tls.crt -> ..data/tls.crt, ..data -> ..1, and both swapped by one rename.
TEST_F(MountedCertificate, ASecretIsTakenWholeWhenItsFolderIsSwapped) {
  WriteGood();
  for (const char* version : {"..1", "..2"}) {
    fs::create_directories(Path(version));
    const KeyPair pair = NewPair();
    Write(std::string(version) + "/tls.crt", pair.cert, 0640);
    Write(std::string(version) + "/tls.key", pair.key, 0640);
  }
  fs::create_directory_symlink("..1", Path("..data"));
  for (const std::string name : {"tls.crt", "tls.key"}) {
    fs::remove(Path(name));
    fs::create_symlink("..data/" + name, Path(name));
  }
  LiveProfile live = Live();
  ASSERT_TRUE(live.Current());
  fs::create_directory_symlink("..2", Path("..data.new"));
  fs::rename(Path("..data.new"), Path("..data"));
  EXPECT_EQ(live.Current()->generation, 2U);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_TRUE(told_[0].is_taken);
}

// What was refused for its mode alone is taken when that is mended, although no byte has changed.
TEST_F(MountedCertificate, AModeThatIsMendedIsSeen) {
  WriteGood();
  chmod(Path("tls.key").c_str(), 0644);
  LiveProfile live = Live();
  ASSERT_FALSE(live.Current());
  chmod(Path("tls.key").c_str(), 0640);
  EXPECT_TRUE(live.Current());
}

}  // namespace
}  // namespace fairlead::tls

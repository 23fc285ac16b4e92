// The process with the authority's keys, with all that the daemon's gives up, and its client.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ca/authority_client.h"
#include "ca/authority_server.h"
#include "ca/x509.h"
#include "confine/capabilities.h"
#include "confine/kept_child.h"
#include "confine/syscall_filter.h"
#include "runtime/clock.h"
#include "runtime/passed_packet.h"
#include "support/child_of.h"
#include "unit/confine/in_a_child.h"

namespace fairlead::ca {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = KeeperNews::Kind;
using Turned = AuthorityClient::Turned;
using Words = std::vector<std::string>;

const ServiceName kUsers{.project = "shop", .service = "users"};
const ServiceName kCarts{.project = "shop", .service = "carts"};

Moment ThisMoment() {
  return {.wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
          .time = runtime::Now()};
}

// As Certify() of the daemon.
int Certify(int pair, const KeeperOptions& options) {
  if (!confine::ForbidNewPrivileges() ||
      !confine::KeepOnlyCapabilities({CAP_CHOWN, CAP_DAC_OVERRIDE}) ||
      !confine::Install(confine::AuthorityFilter()))
    return 1;
  ServeAuthority(pair, options, ThisMoment);
  return 0;
}

class AuthorityProcess : public ::testing::Test {
 protected:
  AuthorityProcess() {
    fs::remove_all(base_);
    fs::create_directories(base_ + "/state");
    fs::create_directories(base_ + "/xds");
    // As both are where the network's part has a user of its own.
    if (::geteuid() == 0) {
      EXPECT_EQ(::chmod((base_ + "/state").c_str(), 01770), 0);
      EXPECT_EQ(::chown((base_ + "/xds").c_str(), 65530, 0), 0);
    }
    Start();
  }
  ~AuthorityProcess() override {
    process_.reset();
    fs::remove_all(base_);
  }

  void Start() {
    client_.reset();
    process_.reset();
    process_.emplace(*confine::KeptChild::Start(
        {.name = "authority",
         .work = [options = options_](int pair) { return Certify(pair, options); },
         .died = [](const std::string&, Duration) {}}));
    MeetItWith(10s);
  }
  void MeetItWith(Duration patience) {
    client_.emplace(
        process_->pair(), [this](const KeeperNews& news) { told_.push_back(news); }, patience);
  }
  void Add(const std::string& id, const ServiceName& service, const std::string& user = "") {
    ContainerFacts facts;
    facts.id = ContainerId{id};
    facts.user = user;
    client_->Observe(facts, service);
  }
  // "issued users.shop" and the like, and forgets them.
  Words Told() {
    constexpr const char* kWords[] = {"issued ", "failed ", "removed ", "authority "};
    Words told;
    for (const KeeperNews& news : std::exchange(told_, {}))
      told.push_back(kWords[static_cast<std::size_t>(news.kind)] + news.who +
                     (news.is_repeated ? " again" : ""));
    return told;
  }
  Words Names() const {
    Words names;
    for (const KeptCertificate& one : client_->All()) names.push_back(one.who);
    return names;
  }
  std::string Trouble() const {
    for (const KeptCertificate& one : client_->All())
      if (one.who == kOfAuthority) return one.trouble;
    return "nobody";
  }
  std::string Folder(const ServiceName& service) const {
    return options_.dir + "/" + service.project + "/" + service.service;
  }
  std::string Cert(const ServiceName& service) const {
    std::stringstream text;
    text << std::ifstream(Folder(service) + "/tls.crt").rdbuf();
    return text.str();
  }
  pid_t Child() const { return fairlead::testing::ChildOf(process_->keeper()); }
  pid_t WaitForChild() const {
    const TimePoint deadline = runtime::Now() + 10s;
    while (Child() <= 1 && runtime::Now() < deadline) std::this_thread::yield();
    return Child();
  }

  const std::string base_ = ::testing::TempDir() + "fairlead-authority-" + std::to_string(getpid());
  KeeperOptions options_{.trust_domain = "fairlead.internal",
                         .dir = base_ + "/certs",
                         .lifetime = std::chrono::hours(24),
                         .state_dir = base_ + "/state",
                         .issuer = {},
                         .bundle_path = base_ + "/xds/ca.crt"};
  std::vector<KeeperNews> told_;
  std::optional<confine::KeptChild> process_;
  std::optional<AuthorityClient> client_;
};

TEST_F(AuthorityProcess, WritesWhatIsAskedForAndTellsOfIt) {
  EXPECT_EQ(client_->Turn(), Turned::kDone);
  EXPECT_THAT(Told(), IsEmpty());
  Add("c1", kUsers, ::geteuid() == 0 ? "65532:65532" : "");
  EXPECT_EQ(client_->Turn(), Turned::kDone);
  EXPECT_THAT(Told(), ElementsAre("authority authority", "issued checker", "issued users.shop"));
  EXPECT_THAT(Names(), ElementsAre("users.shop", "authority", "checker"));
  EXPECT_EQ(client_->All()[0].facts.authority_count, 1U);
  EXPECT_THAT(client_->All()[0].facts.own.value_or(tls::CertificateFacts{}).names,
              HasSubstr("users.shop"));
  struct stat facts{};
  ASSERT_EQ(::stat((Folder(kUsers) + "/tls.key").c_str(), &facts), 0);
  if (::geteuid() == 0) {
    EXPECT_EQ(facts.st_uid, 65532U);
  }
  EXPECT_EQ(CertificatesIn(Cert(kUsers)).size(), 1U);
  EXPECT_TRUE(fs::exists(options_.bundle_path));
}

TEST_F(AuthorityProcess, SaysWhetherATurnWouldBeOfUse) {
  ContainerFacts facts;
  facts.id = ContainerId{"c1"};
  EXPECT_TRUE(client_->Observe(facts, kUsers));
  EXPECT_FALSE(client_->Observe(facts, kUsers));
  facts.user = "7";
  EXPECT_TRUE(client_->Observe(facts, kUsers));
  EXPECT_TRUE(client_->Observe(facts, std::nullopt));
  EXPECT_FALSE(client_->Gone(facts.id));
}

TEST_F(AuthorityProcess, RenewsAndGivesAwayWithoutAnyOtherRight) {
  Add("c1", kUsers, "1000");
  ASSERT_EQ(client_->Turn(), Turned::kDone);
  Told();
  const std::string cert = Cert(kUsers);
  Add("c1", kUsers, "65532:65532");
  ASSERT_EQ(client_->Turn(), Turned::kDone);
  if (::geteuid() == 0) {
    EXPECT_THAT(Told(), ElementsAre("issued users.shop"));
    EXPECT_NE(Cert(kUsers), cert);
    // The former stays until the next change, which takes it away.
    Add("c1", kUsers, "0");
    ASSERT_EQ(client_->Turn(), Turned::kDone);
    const auto entries = fs::directory_iterator(Folder(kUsers));
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 4 + 2);
  }
}

TEST_F(AuthorityProcess, WhatTakesLongerThanAnyPatienceIsWaitedForAndDoneOnce) {
  constexpr int kMany = 100;
  MeetItWith(1ms);
  for (int i = 0; i < kMany; ++i)
    Add("c" + std::to_string(i),
        {.project = std::string(60, 'p'), .service = "s" + std::to_string(i)});
  const TimePoint deadline = runtime::Now() + 60s;
  while (client_->Turn() != Turned::kDone && runtime::Now() < deadline) {
  }
  EXPECT_EQ(client_->All().size(), kMany + 2U);
  Words issued;
  for (const KeeperNews& news : told_)
    if (news.kind == Kind::kIssued) issued.push_back(news.who);
  EXPECT_EQ(issued.size(), kMany + 1U) << "each once, however often it was waited for";
  EXPECT_EQ(Trouble(), "");
}

TEST_F(AuthorityProcess, KilledItIsFollowedByOneThatSignsNothingTwice) {
  Add("c1", kUsers);
  client_->SetComplete(true);
  ASSERT_EQ(client_->Turn(), Turned::kDone);
  Told();
  const std::string cert = Cert(kUsers);
  for (int i = 0; i < 3; ++i) {
    const pid_t child = Child();
    ASSERT_GT(child, 1);
    kill(child, SIGKILL);
    ASSERT_TRUE(confine::testing::Ends(child));
    EXPECT_EQ(client_->Turn(), Turned::kDone) << Trouble();
    EXPECT_THAT(Told(), IsEmpty());
    EXPECT_EQ(Cert(kUsers), cert);
  }
  // What was said to the dead is known to the next.
  Add("c2", kCarts);
  EXPECT_EQ(client_->Turn(), Turned::kDone);
  EXPECT_THAT(Told(), ElementsAre("issued carts.shop"));
  EXPECT_THAT(Names(), ElementsAre("carts.shop", "users.shop", "authority", "checker"));
}

TEST_F(AuthorityProcess, KilledDuringATurnThatIsAskedOnceMore) {
  constexpr int kMany = 100;
  for (int i = 0; i < kMany; ++i)
    Add("c" + std::to_string(i), {.project = "shop", .service = "s" + std::to_string(i)});
  const pid_t child = WaitForChild();
  ASSERT_GT(child, 1);
  // Once it has written some.
  std::thread killer([&] {
    const TimePoint deadline = runtime::Now() + 30s;
    while (!fs::exists(options_.dir + "/shop/s10/tls.crt") && runtime::Now() < deadline)
      std::this_thread::yield();
    kill(child, SIGKILL);
  });
  EXPECT_EQ(client_->Turn(), Turned::kDone) << Trouble();
  killer.join();
  EXPECT_NE(Child(), child);
  EXPECT_EQ(client_->All().size(), kMany + 2U);
  Words told = Told();
  std::ranges::sort(told);
  EXPECT_EQ(std::ranges::adjacent_find(told), told.end()) << "nothing is signed or told twice";
  EXPECT_GE(told.size(), kMany + 1U) << "all but the one that it was at: " << told.size();
}

TEST_F(AuthorityProcess, StoppedItIsWaitedForAndAskedOnce) {
  Add("c1", kUsers);
  ASSERT_EQ(client_->Turn(), Turned::kDone);
  Told();
  MeetItWith(20ms);
  Add("c1", kUsers);
  Add("c2", kCarts);
  const pid_t child = Child();
  ASSERT_GT(child, 1);
  kill(child, SIGSTOP);
  EXPECT_EQ(client_->Turn(), Turned::kFailed);
  EXPECT_EQ(client_->Turn(), Turned::kFailed);
  EXPECT_THAT(Told(), ElementsAre("failed authority", "failed authority again"));
  EXPECT_THAT(Trouble(), HasSubstr("it does not answer, and is waited for"));
  kill(child, SIGCONT);
  const TimePoint deadline = runtime::Now() + 10s;
  while (client_->Turn() != Turned::kDone && runtime::Now() < deadline) {
  }
  EXPECT_EQ(Trouble(), "");
  Words told = Told();
  std::erase_if(told, [](const std::string& one) { return one.starts_with("failed"); });
  EXPECT_THAT(told, ElementsAre("issued carts.shop"));
  EXPECT_EQ(Child(), child);
}

TEST_F(AuthorityProcess, WithoutItsKeeperNothingIsDoneAndItIsKnown) {
  EXPECT_TRUE(process_->IsKept());
  ASSERT_GT(process_->keeper(), 1);
  kill(process_->keeper(), SIGKILL);
  ASSERT_TRUE(confine::testing::Ends(process_->keeper()));
  pollfd end{.fd = process_->pair(), .events = 0, .revents = 0};
  ASSERT_EQ(poll(&end, 1, 10'000), 1) << "somebody holds the other end";
  Add("c1", kUsers);
  EXPECT_EQ(client_->Turn(), Turned::kFailed);
  EXPECT_THAT(Trouble(), HasSubstr("restart fairleadd"));
  EXPECT_FALSE(process_->IsKept());
  EXPECT_FALSE(fs::exists(options_.dir));
}

// As many do not fit into a socket at once, either.
TEST_F(AuthorityProcess, MoreThanAreLookedAtAreTold) {
  for (std::size_t i = 0; i <= kAskingMax; ++i) Add("c" + std::to_string(i), kUsers);
  client_->SetComplete(true);
  EXPECT_EQ(client_->Turn(), Turned::kFailed);
  EXPECT_THAT(Trouble(), HasSubstr("and no more than 10000 are looked at"));
  EXPECT_FALSE(Cert(kUsers).empty());
  client_->Gone(ContainerId{"c0"});
  EXPECT_EQ(client_->Turn(), Turned::kDone);
  EXPECT_EQ(Trouble(), "");
}

TEST_F(AuthorityProcess, ForgetsTheFilesOfNoneWhileNotAllIsKnown) {
  Add("c1", kUsers);
  Add("c2", kCarts);
  ASSERT_EQ(client_->Turn(), Turned::kDone);
  client_->Gone(ContainerId{"c2"});
  client_->SetComplete(true);
  ASSERT_EQ(client_->Turn(), Turned::kDone);
  EXPECT_THAT(Names(), ElementsAre("users.shop", "authority", "checker"));
  EXPECT_TRUE(fs::exists(Folder(kCarts))) << "for an hour";
}

// --- what a daemon that was taken over might send ---

class RubbishForTheAuthority : public AuthorityProcess {
 protected:
  // The answer's code to a head and what follows it; kCancelled when there is none.
  Code Ask(const std::string& head, const Words& rest) const {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return Code::kUnknown;
    const FileDescriptor ours(ends[0]);
    {
      const FileDescriptor theirs(ends[1]);
      EXPECT_EQ(runtime::SendPacket(process_->pair(), head, theirs.get()), 0);
    }
    for (const std::string& packet : rest) runtime::SendPacket(ours.get(), packet, -1);
    Code code = Code::kCancelled;
    runtime::PassedPacket packet;
    pollfd waited{.fd = ours.get(), .events = POLLIN, .revents = 0};
    while (poll(&waited, 1, 10'000) == 1) {
      if (runtime::ReceivePacket(ours.get(), kAuthorityPacketBytesMax, packet) !=
          runtime::PacketReceived::kPacket)
        return code;
      const auto answers = ReadAnswers(packet.bytes);
      if (!answers) return answers.error().code;
      for (const TurnAnswer& answer : *answers)
        if (const auto* end = std::get_if<TurnEnd>(&answer)) code = end->refusal.code;
    }
    return code;
  }
};

TEST_F(RubbishForTheAuthority, IsRefusedAndNothingIsWritten) {
  const std::string one = WriteTurnQuestion({.is_complete = true, .containers = 1});
  EXPECT_EQ(Ask("rubbish", {}), Code::kInvalidArgument);
  EXPECT_EQ(Ask(one + "x", {}), Code::kInvalidArgument);
  EXPECT_EQ(Ask(one, {"rubbish"}), Code::kInvalidArgument);
  std::string climbing;
  for (const std::string_view text : {"id", "..", "escaped", "name", "0", "now"}) {
    climbing += static_cast<char>(text.size());
    climbing += text;
  }
  EXPECT_EQ(Ask(one, {climbing}), Code::kInvalidArgument);
  EXPECT_EQ(Ask(WriteTurnQuestion({.containers = 0}), {}), Code::kOk);
  EXPECT_FALSE(fs::exists(options_.dir));
  EXPECT_FALSE(fs::exists(base_ + "/escaped"));
  Add("c1", kUsers);
  EXPECT_EQ(client_->Turn(), Turned::kDone) << "it serves on";
}

TEST_F(RubbishForTheAuthority, AnswersGoToUnixSocketsAlone) {
  const std::string path = base_ + "/file";
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(runtime::SendPacket(process_->pair(), WriteTurnQuestion({}), file.get()), 0);
  ASSERT_EQ(runtime::SendPacket(process_->pair(), WriteTurnQuestion({}), -1), 0);
  EXPECT_EQ(client_->Turn(), Turned::kDone);
  EXPECT_EQ(fs::file_size(path), 0U);
}

}  // namespace
}  // namespace fairlead::ca

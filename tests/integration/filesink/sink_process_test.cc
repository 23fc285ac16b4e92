// The process that writes files of other programs, with all that the daemon's gives up: real files
// and real checks, asked by one that has no rights for them.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "confine/capabilities.h"
#include "confine/kept_child.h"
#include "confine/syscall_filter.h"
#include "filesink/direct_sink_work.h"
#include "filesink/page_pieces.h"
#include "filesink/sink_client.h"
#include "filesink/sink_server.h"
#include "runtime/clock.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"
#include "support/child_of.h"
#include "unit/confine/in_a_child.h"

namespace fairlead::filesink {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t kQuick = 0;  // a check that is short
constexpr std::size_t kSlow = 1;   // one that waits for a file of the test's
constexpr std::size_t kUnchecked = 2;
constexpr Duration kLongCheck = 20s;

Page PageOf(const std::string& ip) {
  return {
      .services = {{.name = {"shop", "users"}, .servers = {{.ip = ip, .port = 80, .weight = 1}}}}};
}

// As KeepFiles() of the daemon, which may not be root here.
int Keep(int pair, const std::vector<SinkSettings>& sinks, Duration check_time) {
  if (!confine::ForbidNewPrivileges() ||
      !confine::KeepOnlyCapabilities(
          {CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_NET_BIND_SERVICE, CAP_CHOWN}) ||
      !confine::Install(confine::SinkFilter(true)))
    return 1;
  DirectSinkWork work(sinks, check_time);
  ServeSinkQuestions(pair, work, sinks.size());
  return 0;
}

class SinkProcess : public ::testing::Test {
 public:
  SinkProcess() {
    std::string path = ::testing::TempDir() + "fairlead-sinks-XXXXXX";
    directory_ = mkdtemp(path.data());
    Write("template", "{{#services}}{{name}}{{#endpoints}} {{ip}}{{/endpoints}}{{/services}}");
    for (const char* name : {"quick", "slow", "unchecked"})
      sinks_.push_back({.output = Path(name), .template_file = Path("template")});
    sinks_[kQuick].validate = {"/bin/sh", "-c", "! grep -q 10.0.0.9 $0", "{file}"};
    // Its being there tells that the check runs.
    sinks_[kSlow].validate = {
        "/bin/sh", "-c",
        "echo $$ >" + Path("checking") + "; until test -e " + Path("go") + "; do sleep 0.01; done"};
  }
  ~SinkProcess() override {
    Write("go", "");  // for a check that is left behind
    child_.reset();
    fs::remove_all(directory_);
  }

 protected:
  void Start(Duration check_time = kLongCheck) {
    child_.emplace(*confine::KeptChild::Start(
        {.name = "sinks",
         .work = [this, check_time](int pair) { return Keep(pair, sinks_, check_time); },
         .died = [](const std::string&, Duration) {}}));
    client_ = std::make_unique<SinkClient>(child_->pair(), kLongCheck);
  }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(directory_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Waits until the slow check runs; then the next one can be waited for.
  void WaitForTheCheck() const {
    for (const auto deadline = runtime::Now() + 20s; runtime::Now() < deadline;) {
      const std::string number = Read("checking");
      if (!number.empty() && number.back() == '\n') {
        fs::remove(Path("checking"));
        return;
      }
      std::this_thread::yield();
    }
    ADD_FAILURE() << "the check did not begin";
  }

  fs::path directory_;
  std::vector<SinkSettings> sinks_;
  std::optional<confine::KeptChild> child_;
  std::unique_ptr<SinkClient> client_;
};

TEST_F(SinkProcess, WritesTakesBackAndSettles) {
  Start();
  EXPECT_EQ(client_->Look(kQuick, PageOf("10.0.0.1")), SinkState{});
  ASSERT_TRUE(client_->Write(kQuick, PageOf("10.0.0.1")));
  EXPECT_EQ(Read("quick"), "users.shop 10.0.0.1");
  EXPECT_EQ(client_->Look(kQuick, PageOf("10.0.0.1")),
            (SinkState{.is_written = true, .is_untold = true}));
  ASSERT_TRUE(client_->Settle(kQuick));
  EXPECT_EQ(client_->Look(kQuick, PageOf("10.0.0.1")), SinkState{.is_written = true});
  // Written twice before anybody is told, it goes back to what was told.
  ASSERT_TRUE(client_->Write(kQuick, PageOf("10.0.0.2")));
  ASSERT_TRUE(client_->Write(kQuick, PageOf("10.0.0.3")));
  ASSERT_TRUE(client_->TakeBack(kQuick));
  EXPECT_EQ(Read("quick"), "users.shop 10.0.0.1");
  EXPECT_EQ(Read(".quick.refused"), "users.shop 10.0.0.3");
  EXPECT_EQ(client_->Look(kQuick, PageOf("10.0.0.1")), SinkState{.is_written = true});
  // Asked again, as after an answer that was lost, it does nothing.
  ASSERT_TRUE(client_->TakeBack(kQuick));
  EXPECT_EQ(Read("quick"), "users.shop 10.0.0.1");
  EXPECT_EQ(Read(".quick.refused"), "users.shop 10.0.0.3");
  for (const char* name : {".quick.new", ".quick.former", ".quick.untold"})
    EXPECT_FALSE(fs::exists(Path(name))) << name;
}

TEST_F(SinkProcess, AFirstFileThatIsTakenBackIsGone) {
  Start();
  ASSERT_TRUE(client_->Write(kUnchecked, PageOf("10.0.0.1")));
  ASSERT_TRUE(client_->TakeBack(kUnchecked));
  EXPECT_FALSE(fs::exists(Path("unchecked")));
  EXPECT_EQ(Read(".unchecked.refused"), "users.shop 10.0.0.1");
}

TEST_F(SinkProcess, WhatTheCheckRefusesIsNotPlaced) {
  Start();
  ASSERT_TRUE(client_->Write(kQuick, PageOf("10.0.0.1")));
  const Result<> refused = client_->Write(kQuick, PageOf("10.0.0.9"));
  ASSERT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_TRUE(refused.error().message.contains("quick stays as it was: /bin/sh refuses it"))
      << refused.error().message;
  EXPECT_EQ(Read("quick"), "users.shop 10.0.0.1");
  EXPECT_EQ(Read(".quick.refused"), "users.shop 10.0.0.9");
}

TEST_F(SinkProcess, OneFilesCheckHoldsUpNoOther) {
  Start();
  Result<> slow;
  std::thread asker([&] { slow = client_->Write(kSlow, PageOf("10.0.0.1")); });
  WaitForTheCheck();
  EXPECT_TRUE(client_->Write(kQuick, PageOf("10.0.0.1")));
  EXPECT_TRUE(client_->Write(kUnchecked, PageOf("10.0.0.1")));
  EXPECT_FALSE(fs::exists(Path("slow")));
  Write("go", "");
  asker.join();
  EXPECT_TRUE(slow) << slow.error().Text();
  EXPECT_EQ(Read("slow"), "users.shop 10.0.0.1");
}

TEST_F(SinkProcess, AHungCheckIsKilledAndItsFileStays) {
  Start(100ms);
  EXPECT_EQ(client_->Write(kSlow, PageOf("10.0.0.1")).error().code, Code::kDeadlineExceeded);
  EXPECT_FALSE(fs::exists(Path("slow")));
  // On a busy host it may not even have begun.
  if (const std::string number = Read("checking"); !number.empty()) {
    EXPECT_TRUE(confine::testing::Ends(std::stoi(number)));
  }
  Write("go", "");
  EXPECT_TRUE(client_->Write(kSlow, PageOf("10.0.0.1")));
}

TEST_F(SinkProcess, WhoHasWaitedTooLongIsToldAndNothingIsDoneForHimLater) {
  Start();
  Result<> written;
  std::thread asker([&] { written = client_->Write(kSlow, PageOf("10.0.0.1")); });
  WaitForTheCheck();
  SinkClient hasty(child_->pair(), 20ms);
  EXPECT_EQ(hasty.Settle(kSlow).error().code, Code::kUnavailable);
  Write("go", "");
  asker.join();
  EXPECT_TRUE(written) << written.error().Text();
  EXPECT_EQ(client_->Look(kSlow, PageOf("10.0.0.1")),
            (SinkState{.is_written = true, .is_untold = true}));
}

TEST_F(SinkProcess, KilledInACheckItIsFollowedByAnotherThatIsAskedAgain) {
  Start();
  Result<> written;
  std::thread asker([&] { written = client_->Write(kSlow, PageOf("10.0.0.1")); });
  WaitForTheCheck();
  const pid_t first = fairlead::testing::ChildOf(child_->keeper());
  ASSERT_GT(first, 1);
  kill(first, SIGKILL);
  WaitForTheCheck();
  Write("go", "");
  asker.join();
  EXPECT_TRUE(written) << written.error().Text();
  EXPECT_EQ(Read("slow"), "users.shop 10.0.0.1");
  EXPECT_NE(fairlead::testing::ChildOf(child_->keeper()), first);
}

TEST_F(SinkProcess, WithoutItsKeeperNothingIsDone) {
  Start();
  ASSERT_GT(child_->keeper(), 1);
  kill(child_->keeper(), SIGKILL);
  ASSERT_TRUE(confine::testing::Ends(child_->keeper()));
  EXPECT_EQ(client_->Settle(kQuick).error().code, Code::kUnavailable);
}

TEST_F(SinkProcess, AsManyBytesAsThereMayBeComeThrough) {
  sinks_[kUnchecked].template_file = Path("long");
  Write("long", "{{#services}}{{#endpoints}}{{port}}\n{{/endpoints}}{{/services}}");
  Start();
  Page page = PageOf("fd00::4");
  page.services[0].servers.assign(kPageBytesMax / 21 - 2, page.services[0].servers[0]);
  ASSERT_GT(WritePage(page)->size(), kPageBytesMax - 100);
  ASSERT_TRUE(client_->Write(kUnchecked, page));
  EXPECT_EQ(Read("unchecked").size(), 3 * page.services[0].servers.size());
  // A text above its most is refused, and what stands there stays.
  Write("long",
        "{{#services}}{{#endpoints}}{{port}} a line that is longer {{/endpoints}}{{/services}}");
  EXPECT_EQ(client_->Write(kUnchecked, page).error().code, Code::kResourceExhausted);
  EXPECT_EQ(Read("unchecked").size(), 3 * page.services[0].servers.size());
}

TEST_F(SinkProcess, AnotherFileOrServiceThanTheConfigurationsIsRefused) {
  sinks_[kQuick].services = {{.project = "shop", .service = "carts"}};
  Start();
  EXPECT_EQ(client_->Settle(sinks_.size()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(client_->Settle(255).error().code, Code::kInvalidArgument);
  EXPECT_EQ(client_->Write(kQuick, PageOf("10.0.0.1")).error().code, Code::kPermissionDenied);
  EXPECT_FALSE(fs::exists(Path("quick")));
  EXPECT_EQ(client_->TellReader(kQuick).error().code, Code::kFailedPrecondition)
      << "it has no pid_file";
}

TEST_F(SinkProcess, NobodyIsSignalledWhoIsNoNginx) {
  sinks_[kQuick].pid_file = Path("pid");
  Start();
  EXPECT_EQ(client_->FindReader(kQuick), 0);
  EXPECT_EQ(client_->TellReader(kQuick).error().code, Code::kAlreadyExists);
  for (const std::string& number : {std::to_string(getpid()), std::string("1"), std::string("x")}) {
    Write("pid", number);
    EXPECT_EQ(client_->FindReader(kQuick).error().code, Code::kFailedPrecondition) << number;
    EXPECT_EQ(client_->TellReader(kQuick).error().code, Code::kFailedPrecondition) << number;
  }
  // A process of that name ends of it.
  const pid_t nginx = fork();
  if (nginx == 0) {
    prctl(PR_SET_NAME, "nginx", 0, 0, 0);
    (void)signal(SIGHUP, SIG_DFL);
    std::ofstream(Path("pid")) << getpid() << "\n";
    while (true) pause();
  }
  const auto deadline = runtime::Now() + 20s;
  while (client_->FindReader(kQuick) != nginx && runtime::Now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(client_->FindReader(kQuick), nginx);
  EXPECT_TRUE(client_->TellReader(kQuick));
  int status = 0;
  ASSERT_EQ(waitpid(nginx, &status, 0), nginx);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
}

TEST_F(SinkProcess, RubbishIsRefusedAndAnswersGoToUnixSocketsAlone) {
  Start();
  const auto ask = [&](const std::string& packet, const std::string& page) {
    const auto ours = runtime::SendQuestion(child_->pair(), packet);
    if (!ours) return Code::kInternal;
    EXPECT_EQ(SendPieces(ours->get(), page, runtime::Now() + 20s), runtime::Heard::kPacket);
    runtime::PassedPacket answer;
    if (runtime::WaitForPacket(ours->get(), kSinkAnswerBytesMax, runtime::Now() + 20s, answer) !=
        runtime::Heard::kPacket)
      return Code::kUnavailable;
    const auto read = ReadSinkAnswer(answer.bytes);
    return read ? read->refusal.code : Code::kDataLoss;
  };
  EXPECT_EQ(ask("rubbish", ""), Code::kInvalidArgument);
  EXPECT_EQ(ask(std::string("\6\0\0\0\0\0", 6), ""), Code::kInvalidArgument);
  const std::string look = WriteSinkQuestion({.verb = SinkVerb::kWrite, .page_bytes = 8});
  EXPECT_EQ(ask(look, "\1\1\1\1\1\1\1\1"), Code::kInvalidArgument);
  // Nobody answers to a pipe, whatever it asks.
  std::array<int, 2> ends{-1, -1};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(
      runtime::SendPacket(child_->pair(), WriteSinkQuestion({.verb = SinkVerb::kSettle}), ends[1]),
      0);
  close(ends[1]);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0);
  close(ends[0]);
  EXPECT_FALSE(fs::exists(Path("quick")));
  EXPECT_TRUE(client_->Settle(kQuick));
}

}  // namespace
}  // namespace fairlead::filesink

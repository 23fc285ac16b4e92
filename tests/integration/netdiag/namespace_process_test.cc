// The process that enters containers' networks, with all that the daemon's gives up, in real
// namespaces; and this program without the rights that it has.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "confine/capabilities.h"
#include "confine/kept_child.h"
#include "confine/syscall_filter.h"
#include "integration/netdiag/two_namespaces.h"
#include "netdiag/caller_cut.h"
#include "netdiag/container_file.h"
#include "netdiag/direct_work.h"
#include "netdiag/namespace_client.h"
#include "netdiag/namespace_server.h"
#include "netdiag/namespace_socket.h"
#include "netdiag/reach.h"
#include "netdiag/socket_table.h"
#include "support/cgroups.h"
#include "support/child_of.h"
#include "unit/confine/in_a_child.h"

namespace fairlead::netdiag::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kServerIp = "10.9.1.2";
constexpr SocketKind kTcp = {AF_INET, SOCK_STREAM, 0};
const std::string kContainer = std::string(48, 'd') + "0123456789abcdef";

// As EnterNamespaces() of the daemon.
int Enter(int pair) {
  if (!confine::ForbidNewPrivileges() ||
      !confine::KeepOnlyCapabilities({CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_NET_ADMIN}))
    return 1;
  DirectWork work;
  if (!confine::Install(confine::NamespaceFilter())) return 1;
  ServeNamespaceQuestions(pair, work);
  return 0;
}

confine::KeptChild StartHelper() {
  return *confine::KeptChild::Start(
      {.name = "namespaces", .work = Enter, .died = [](const std::string&, Duration) {}});
}

// Runs in a process that has what the daemon keeps, and returns with its status. What it opens is
// no socket of this program's.
int AsTheDaemon(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    const bool is_confined =
        confine::ForbidNewPrivileges() &&
        confine::KeepOnlyCapabilities(
            {CAP_NET_BIND_SERVICE, CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL}) &&
        confine::Install(confine::NetworkFilter());
    _exit(is_confined ? work() : 100);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

class NamespaceProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!both_.obstacle().empty()) GTEST_SKIP() << both_.obstacle();
    if (!group_.is_there()) GTEST_SKIP() << "no cgroup can be made here: run as root";
    group_.Add(both_.pid());
    ASSERT_TRUE(both_.Join());
    helper_.emplace(StartHelper());
    client_.emplace(helper_->pair(), 10s);
    place_ = {.container = ContainerId(kContainer),
              .pid = both_.pid(),
              .start_ticks = StartTicks(both_.pid())};
  }

  // A server in the container.
  std::uint16_t Listen(const FileDescriptor& socket) {
    sockaddr_in address = At(kServerIp, 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket.get(), 8), 0);
    EXPECT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
  }

  fairlead::testing::ContainerGroup group_{kContainer};
  TwoNamespaces both_;
  std::optional<confine::KeptChild> helper_;
  std::optional<NamespaceClient> client_;
  spec::NetworkNamespace place_;
};

TEST_F(NamespaceProcess, LooksAndResetsForOneThatHasNoRightsForIt) {
  const auto listener = client_->SocketIn(place_, kTcp);
  ASSERT_TRUE(listener) << listener.error().Text();
  const std::uint16_t port = Listen(*listener);
  // Somebody else's connection, as this program's own are never reset.
  std::array<int, 2> told{};
  ASSERT_EQ(pipe(told.data()), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    const FileDescriptor made(socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = At(kServerIp, port);
    if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        write(told[1], "c", 1) != 1)
      _exit(1);
    char byte = 0;
    _exit(recv(made.get(), &byte, 1, 0) < 0 && errno == ECONNRESET ? 0 : 2);
  }
  char word = 0;
  ASSERT_EQ(read(told[0], &word, 1), 1);
  EXPECT_EQ(AsTheDaemon([&] {
              if (SocketIn(place_, kTcp)) return 1;  // it has no right to do it itself
              if (!client_->CanReset()) return 2;
              ContainerFacts facts = both_.Facts({kServerIp});
              facts.id = place_.container;
              NoteReach(*client_, facts);
              if (!facts.namespace_obstacle.empty()) return 3;
              const auto seen = ConnectionsTo(*client_, place_.container, place_.pid, port);
              if (!seen || seen->size() != 1) return 4;
              WaitingCallers callers(0s);
              const auto look = ResetWaitingCallers(*client_,
                                                    {.container = place_.container,
                                                     .pid = place_.pid,
                                                     .port = port,
                                                     .checked_ip = kServerIp},
                                                    callers, TimePoint{});
              return look && look->reset == 1 ? 0 : 5;
            }),
            0);
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the caller saw no reset";
  for (const int end : told) close(end);
}

TEST_F(NamespaceProcess, ASocketFromInsideReachesWhatTheHostDoesNot) {
  ASSERT_TRUE(both_.OnHost("addr del 10.9.1.1/24 dev host1"));
  const auto listener = client_->SocketIn(place_, kTcp);
  ASSERT_TRUE(listener) << listener.error().Text();
  const std::uint16_t port = Listen(*listener);
  const auto inside = client_->SocketIn(place_, kTcp);
  ASSERT_TRUE(inside) << inside.error().Text();
  const sockaddr_in address = At(kServerIp, port);
  EXPECT_EQ(connect(inside->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto callers = ConnectionsTo(*client_, place_.container, place_.pid, port);
  ASSERT_TRUE(callers) << callers.error().Text();
  EXPECT_TRUE(callers->empty()) << "our own, whoever made its socket";
}

TEST_F(NamespaceProcess, AReusedPidAndAnotherContainersGetNothing) {
  spec::NetworkNamespace reused = place_;
  ++reused.start_ticks;
  spec::NetworkNamespace strange = place_;
  strange.container = ContainerId(std::string(64, 'f'));
  spec::NetworkNamespace ours = place_;
  ours.pid = getpid();
  ours.start_ticks = 0;
  for (const spec::NetworkNamespace& place : {reused, strange, ours}) {
    EXPECT_EQ(client_->SocketIn(place, kTcp).error().code, Code::kNotFound);
    EXPECT_EQ(client_->Read(place, ContainerFile::kResolvConf).error().code, Code::kNotFound);
    const std::vector<KernelConnection> some(1, KernelConnection{.family = AF_INET});
    EXPECT_EQ(client_->Reset(place, some).error().code, Code::kNotFound);
  }
}

TEST_F(NamespaceProcess, ASocketOfTheRoutingTableLooksAndChangesNothing) {
  const auto routing = client_->SocketIn(place_, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE});
  ASSERT_TRUE(routing) << routing.error().Text();
  // Takes the container's loopback down, for who may: the maker of the socket may, its user not.
  struct {
    nlmsghdr head;
    ifinfomsg info;
  } down{};
  down.head.nlmsg_len = sizeof down;
  down.head.nlmsg_type = RTM_NEWLINK;
  down.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  down.info.ifi_index = 1;
  down.info.ifi_change = IFF_UP;
  const auto errno_of = [&] {
    if (send(routing->get(), &down, sizeof down, 0) < 0) return 200;
    struct {
      nlmsghdr head;
      nlmsgerr error;
      std::array<char, 512> rest;
    } answer{};
    if (recv(routing->get(), &answer, sizeof answer, 0) < 0) return 201;
    return -answer.error.error;
  };
  EXPECT_EQ(AsTheDaemon(errno_of), EPERM);
}

TEST_F(NamespaceProcess, KilledItIsFollowedByAnotherAndNobodyNotices) {
  ASSERT_TRUE(client_->SocketIn(place_, kTcp));
  const pid_t first = fairlead::testing::ChildOf(helper_->keeper());
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fairlead::testing::ChildOf(helper_->keeper());
    ASSERT_GT(child, 1);
    kill(child, SIGKILL);
    const auto made = client_->SocketIn(place_, kTcp);
    ASSERT_TRUE(made) << i << ": " << made.error().Text();
  }
  EXPECT_NE(fairlead::testing::ChildOf(helper_->keeper()), first);
}

TEST_F(NamespaceProcess, StoppedItIsSilentAndGoesOnAfterwards) {
  NamespaceClient hasty(helper_->pair(), 20ms);
  ASSERT_TRUE(client_->SocketIn(place_, kTcp));
  const pid_t child = fairlead::testing::ChildOf(helper_->keeper());
  ASSERT_GT(child, 1);
  kill(child, SIGSTOP);
  EXPECT_EQ(hasty.SocketIn(place_, kTcp).error().code, Code::kUnavailable);
  kill(child, SIGCONT);
  EXPECT_TRUE(client_->SocketIn(place_, kTcp));
}

TEST_F(NamespaceProcess, WithoutItsKeeperNothingIsDoneAndItIsKnown) {
  EXPECT_TRUE(helper_->IsKept());
  ASSERT_GT(helper_->keeper(), 1);
  kill(helper_->keeper(), SIGKILL);
  ASSERT_TRUE(confine::testing::Ends(helper_->keeper()));
  pollfd end{.fd = helper_->pair(), .events = 0, .revents = 0};
  ASSERT_EQ(poll(&end, 1, 10'000), 1) << "somebody holds the other end";
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(client_->SocketIn(place_, kTcp).error().code, Code::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_FALSE(helper_->IsKept());
}

TEST_F(NamespaceProcess, ReadsTheContainersOwnFile) {
  std::ifstream ours("/etc/resolv.conf");
  if (!ours) GTEST_SKIP() << "there is no /etc/resolv.conf";
  const std::string text{std::istreambuf_iterator<char>(ours), {}};
  const auto read = client_->Read(place_, ContainerFile::kResolvConf);
  ASSERT_TRUE(read) << read.error().Text();
  EXPECT_EQ(*read, text);
}

// --- files below a root ---

// A directory that stands for a container's root: that of a child of this program.
class Root {
 public:
  Root() {
    std::string path = ::testing::TempDir() + "fairlead-root-XXXXXX";
    path_ = mkdtemp(path.data());
    std::filesystem::create_directories(path_ / "etc");
    std::filesystem::create_directories(path_ / "run/dns");
    std::array<int, 2> ready{};
    std::array<int, 2> keep{};
    if (pipe(ready.data()) != 0 || pipe(keep.data()) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      close(keep[1]);
      char word = chroot(path_.c_str()) == 0 && chdir("/") == 0 ? 'y' : 'n';
      if (write(ready[1], &word, 1) != 1) _exit(1);
      while (read(keep[0], &word, 1) > 0) {
      }
      _exit(0);
    }
    close(keep[0]);
    close(ready[1]);
    keep_ = keep[1];
    char word = 'n';
    is_there_ = read(ready[0], &word, 1) == 1 && word == 'y';
    close(ready[0]);
  }
  ~Root() {
    close(keep_);
    waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(path_);
  }

  bool is_there() const { return is_there_; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  void Link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, path_ / name);
  }
  // The text, or the code of the error.
  std::string Read(const std::string& name, std::size_t bytes_max = 100) const {
    const auto read = ReadInside(child_, name, bytes_max);
    return read ? *read : std::string(CodeName(read.error().code));
  }

 private:
  std::filesystem::path path_;
  pid_t child_ = -1;
  int keep_ = -1;
  bool is_there_ = false;
};

TEST(ReadInside, ReadsRegularFilesWithinTheirLimit) {
  const Root root;
  if (!root.is_there()) GTEST_SKIP() << "it takes root to have another one";
  root.Write("etc/resolv.conf", "nameserver 127.0.0.11\n");
  EXPECT_EQ(root.Read("/etc/resolv.conf"), "nameserver 127.0.0.11\n");
  EXPECT_EQ(root.Read("etc//./resolv.conf"), "nameserver 127.0.0.11\n");
  EXPECT_EQ(root.Read("/etc/resolv.conf", 5), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(root.Read("/etc"), "INVALID_ARGUMENT");
  EXPECT_EQ(root.Read("/etc/hosts"), "NOT_FOUND");
  EXPECT_EQ(root.Read("/etc/resolv.conf/x"), "FAILED_PRECONDITION");
  EXPECT_EQ(root.Read("/"), "FAILED_PRECONDITION");
}

TEST(ReadInside, FollowsLinksAndNoneOutOfTheRoot) {
  const Root root;
  if (!root.is_there()) GTEST_SKIP() << "it takes root to have another one";
  root.Write("run/dns/stub.conf", "stub");
  root.Link("/run/dns/stub.conf", "etc/absolute");
  root.Link("../run/dns/stub.conf", "etc/relative");
  root.Link("../../../../../../run/dns/stub.conf", "etc/above");
  root.Link("/run/dns", "etc/folder");
  root.Link("folder/stub.conf", "etc/through");
  root.Link("../../../../../../../../etc/hostname", "etc/outside");
  root.Link("round", "etc/round");
  for (const char* name :
       {"absolute", "relative", "above", "folder/stub.conf", "through", "folder/../dns/stub.conf"})
    EXPECT_EQ(root.Read(std::string("/etc/") + name), "stub") << name;
  EXPECT_EQ(root.Read("/etc/outside"), "NOT_FOUND");
  EXPECT_EQ(root.Read("/etc/round"), "FAILED_PRECONDITION");
  std::string deep;
  for (int i = 0; i < kNamesMax; ++i) deep += "/etc/..";
  EXPECT_EQ(root.Read(deep + "/etc/absolute"), "FAILED_PRECONDITION");
}

TEST(ReadInside, OfTheMagicLinksOfProcNoneIsFollowed) {
  // Its text is a path on the host, which is looked for below the root; here both are the same.
  EXPECT_FALSE(ReadInside(getpid(), "/proc/self/fd/0", 100));
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(ReadInside(getpid(), "/proc/self/fd/" + std::to_string(ends[0]), 100).error().code,
            Code::kNotFound);
  for (const int end : ends) close(end);
}

}  // namespace
}  // namespace fairlead::netdiag::testing

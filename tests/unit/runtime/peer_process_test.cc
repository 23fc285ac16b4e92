#include "runtime/peer_process.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/peer_groups.h"

namespace fairlead::runtime {
namespace {

const std::string kOuter(64, 'a');
const std::string kInner = std::string(32, '0') + std::string(32, 'f');

TEST(ContainerIn, FindsTheIdInEveryFormThatEnginesWrite) {
  const auto forms = std::to_array<std::string>({
      "12:pids:/docker/" + kInner + "\n11:cpu:/docker/" + kInner + "\n",  // cgroup v1, cgroupfs
      "0::/system.slice/docker-" + kInner + ".scope\n",                   // cgroup v2, systemd
      "0::/docker/" + kInner + "\n",                                      // cgroup v2, cgroupfs
      "0::/../docker-" + kInner + ".scope\n",                             // private namespace
      "0::/machine.slice/libpod-" + kInner + ".scope/container\n",        // Podman
      "0::/kubepods.slice/cri-containerd-" + kInner + ".scope",           // no newline
      "0::/docker/" + kInner + "/init.scope\n",                           // systemd inside
  });
  for (const std::string& form : forms) EXPECT_EQ(ContainerIn(form), kInner) << form;
}

TEST(ContainerIn, TakesTheInnermostOfNestedContainers) {
  EXPECT_EQ(ContainerIn("0::/docker/" + kOuter + "/docker/" + kInner + "\n"), kInner);
}

TEST(ContainerIn, FindsNothingWhereNoWholeIdStands) {
  for (const std::string& none :
       {std::string(), std::string("0::/user.slice/user-0.slice/session-1.scope\n"),
        "0::/docker/" + kInner.substr(1) + "\n", "0::/docker/" + kInner + "0\n",
        "0::/docker/" + std::string(64, 'A') + "\n", std::string("0::/\n")}) {
    EXPECT_EQ(ContainerIn(none), "") << none;
  }
}

TEST(ContainerInMounts, FindsOurOwnByTheFilesThatTheEngineGaveUs) {
  for (const std::string& root :
       {"/var/lib/docker/containers/" + kInner + "/hostname", "/containers/" + kInner + "/hostname",
        "/containers/storage/overlay-containers/" + kInner + "/userdata/hostname"}) {
    const std::string text = "1 0 0:39 / / ro,relatime - overlay overlay rw\n228 1 254:0 " + root +
                             " /etc/hostname ro,relatime - ext4 /dev/vda rw\n";
    EXPECT_EQ(ContainerInMounts(text), kInner) << root;
  }
}

TEST(ContainerInMounts, TakesNoOtherContainersMountsForItsOwn) {
  // What the host shows of a container with shareable memory, and of the root file system of one.
  EXPECT_EQ(ContainerInMounts("99 28 0:53 / /var/lib/docker/containers/" + kInner +
                              "/mounts/shm rw - tmpfs shm rw\n"
                              "98 28 0:54 /containers/" +
                              kOuter + "/x /mnt/" + kInner +
                              " rw - ext4 /dev/vda rw\n"
                              "97 28 254:0 /etc/hosts /etc/hosts rw - ext4 /dev/vda rw"),
            "");
  for (const std::string text : {"", "\n\n", "1 2 3", " /etc/hostname", "1 2 3 4 /etc/hostname"}) {
    EXPECT_EQ(ContainerInMounts(text), "") << text;
  }
}

TEST(PeerOf, TellsTheProcessBehindAUnixSocketAndNothingElse) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  EXPECT_EQ(PeerOf(pair[0]), (PeerProcess{.pid = getpid(), .uid = getuid()}));
  close(pair[0]);
  close(pair[1]);
  EXPECT_EQ(PeerOf(pair[0]), std::nullopt);
}

// In a process of its own, for it changes its groups. More of them than one look has room for.
int LookAtGroups() {
  std::vector<gid_t> wanted;
  for (gid_t gid = 5000; gid < 5100; ++gid) wanted.push_back(gid);
  if (setgroups(wanted.size(), wanted.data()) != 0) return 77;  // takes root
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return 1;
  std::vector<std::uint32_t> expected = {getgid()};
  expected.insert(expected.end(), wanted.begin(), wanted.end());
  return PeerGroupsOf(pair[0]) == expected ? 0 : 2;
}

TEST(PeerGroupsOf, TellsTheFirstAndAllFurtherGroups) {
  const pid_t child = fork();
  if (child == 0) _exit(LookAtGroups());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "it takes root to have other groups";
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(PeerGroupsOf(STDIN_FILENO).empty());
}

TEST(ReadLife, TellsNameAndStartOfALivingProcessAndRefusesOneThatIsNotThere) {
  const Result<ProcessLife> ours = ReadLife(getpid());
  ASSERT_TRUE(ours);
  EXPECT_FALSE(ours->name.empty());
  EXPECT_GT(ours->start_ticks, 0U);
  EXPECT_EQ(ReadLife(getpid())->start_ticks, ours->start_ticks);
  for (const std::int32_t pid : {0, -1, 0x7fffffff}) EXPECT_FALSE(ReadLife(pid)) << pid;
}

TEST(ParseLife, FindsTheStartBehindANameThatLooksLikeMoreFields) {
  const std::string fields = " S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 4711 888 99";
  const Result<ProcessLife> life = ParseLife("7 (a) R (b 1 2) 3)" + fields);
  ASSERT_TRUE(life);
  EXPECT_EQ(life->name, "a) R (b 1 2) 3");
  EXPECT_EQ(life->start_ticks, 4711U);
}

TEST(ParseLife, RefusesWhatIsNoStat) {
  for (const std::string_view none :
       {"", "7", "7 )dockerd(", "7 (dockerd) S 1 2",
        "7 (dockerd) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 x"})
    EXPECT_FALSE(ParseLife(none)) << none;
}

// A stat of process 7 with these words in place of the usual, by place.
std::string Stat(const std::map<std::size_t, std::string>& words) {
  std::string text = "7 (server)";
  for (std::size_t place = 3; place <= 52; ++place) {
    const auto word = words.find(place);
    text += " " + (word == words.end() ? (place == 3 ? "S" : "0") : word->second);
  }
  return text + "\n";
}

TEST(ParseLife, OneThatWasKilledOrRunsToItsEndIsDying) {
  const auto is_dying = [](const std::map<std::size_t, std::string>& words) {
    const Result<ProcessLife> life = ParseLife(Stat(words));
    return life && life->is_dying;
  };
  EXPECT_FALSE(is_dying({{20, "1"}}));
  EXPECT_TRUE(is_dying({{31, "256"}})) << "SIGKILL pends";
  EXPECT_TRUE(is_dying({{20, "9"}, {31, "16640"}})) << "SIGTERM beside it";
  EXPECT_FALSE(is_dying({{31, "16384"}})) << "SIGTERM alone may be handled";
  EXPECT_TRUE(is_dying({{9, "4194564"}, {20, "1"}})) << "the only thread is exiting";
  EXPECT_FALSE(is_dying({{9, "4194564"}, {20, "9"}})) << "the first of nine left, the others run";
  EXPECT_TRUE(is_dying({{9, "4194564"}, {20, "9"}, {52, "9"}})) << "all nine by SIGKILL";
  EXPECT_FALSE(ReadLife(getpid())->is_dying);
}

TEST(ReadCgroup, ReadsALivingProcessAndRefusesOneThatIsNotThere) {
  EXPECT_TRUE(ReadCgroup(getpid()));
  for (const std::int32_t pid : {0, -1, 0x7fffffff}) {
    const Result<std::string> none = ReadCgroup(pid);
    ASSERT_FALSE(none) << pid;
    EXPECT_EQ(none.error().code, Code::kNotFound);
  }
}

}  // namespace
}  // namespace fairlead::runtime

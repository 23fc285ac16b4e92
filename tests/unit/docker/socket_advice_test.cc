#include "docker/socket_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace fairlead::docker {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPath = "/var/run/docker.sock";

TEST(SocketAdvice, AMountedSocketFileThatRefusesIsStaleForEver) {
  const SocketSurroundings seen{.kind = PathKind::kSocket, .is_mount_point = true};
  EXPECT_THAT(SocketAdvice(ECONNREFUSED, kPath, seen),
              HasSubstr("mount the directory /var/run instead of the file"));
}

TEST(SocketAdvice, ASocketInAMountedDirectoryThatRefusesMeansAnEngineThatIsDown) {
  const SocketSurroundings seen{.kind = PathKind::kSocket};
  EXPECT_EQ(SocketAdvice(ECONNREFUSED, kPath, seen),
            "the engine is down: its socket is there, and nobody answers");
}

TEST(SocketAdvice, ADirectoryInTheSocketsPlaceIsToldAsOne) {
  const SocketSurroundings seen{.kind = PathKind::kDirectory, .is_mount_point = true};
  EXPECT_THAT(SocketAdvice(ECONNREFUSED, kPath, seen), HasSubstr("it is a directory"));
  EXPECT_THAT(SocketAdvice(ECONNREFUSED, kPath, {.kind = PathKind::kOther}),
              HasSubstr("it is no socket"));
}

TEST(SocketAdvice, AMissingSocketNamesWhereAnotherEngineIs) {
  EXPECT_THAT(SocketAdvice(ENOENT, kPath, {}), HasSubstr("is the engine installed and running"));
  const SocketSurroundings seen{
      .other_sockets = {"/run/user/1000/docker.sock", "/run/podman/p.sock"}};
  EXPECT_THAT(SocketAdvice(ENOENT, kPath, seen),
              HasSubstr("set engine.endpoint to unix:///run/user/1000/docker.sock"));
}

TEST(SocketAdvice, AForbiddenSocketSaysWhoWeAreAndWhichGroupMayUseIt) {
  SocketSurroundings seen{.kind = PathKind::kSocket,
                          .mode = 0660,
                          .owner = 0,
                          .group = 998,
                          .group_name = "docker",
                          .our_user = 1000,
                          .our_groups = {1000, 27}};
  const std::string advice = SocketAdvice(EACCES, kPath, seen);
  EXPECT_THAT(advice, HasSubstr("we are user 1000 in groups 1000, 27"));
  EXPECT_THAT(advice, HasSubstr("group docker (998)"));
  EXPECT_THAT(advice, HasSubstr("--group-add 998"));
  seen.group_name = "\x1b[2J";
  EXPECT_EQ(SocketAdvice(EACCES, kPath, seen).find('\x1b'), std::string::npos);
}

TEST(SocketAdvice, AGroupThatMayNotWriteIsNoAdvice) {
  const SocketSurroundings seen{.kind = PathKind::kSocket,
                                .mode = 0600,
                                .owner = 1001,
                                .group = 998,
                                .our_user = 1000,
                                .our_groups = {1000}};
  const std::string advice = SocketAdvice(EACCES, kPath, seen);
  EXPECT_THAT(advice, HasSubstr("belongs to user 1001 with mode 600"));
  EXPECT_EQ(advice.find("group-add"), std::string::npos);
  EXPECT_THAT(SocketAdvice(EACCES, kPath, {}), HasSubstr("a directory above it is closed to us"));
}

TEST(SocketAdvice, SaysNothingWhereTheKernelsWordIsEnough) {
  EXPECT_EQ(SocketAdvice(ECONNRESET, kPath, {}), "");
}

TEST(IsMountPoint, FindsThePathItselfAndNoDirectoryAboveIt) {
  constexpr std::string_view kMounts =
      "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "36 21 0:23 /docker.sock /run/docker.sock rw,nosuid - tmpfs tmpfs rw\n"
      "37 21 0:23 / /run/with\\040blank rw - tmpfs tmpfs rw\n"
      "38 21";
  EXPECT_TRUE(IsMountPoint(kMounts, "/run/docker.sock"));
  EXPECT_TRUE(IsMountPoint(kMounts, "/run/with blank"));
  EXPECT_FALSE(IsMountPoint(kMounts, "/run"));
  EXPECT_FALSE(IsMountPoint(kMounts, "/docker.sock"));
  EXPECT_FALSE(IsMountPoint("", "/run"));
}

TEST(GroupName, IsThatOfTheId) {
  constexpr std::string_view kGroups = "root:x:0:\ndocker:x:998:ann,bob\nbroken\n:::\nlast:x:5";
  EXPECT_EQ(GroupName(kGroups, 998), "docker");
  EXPECT_EQ(GroupName(kGroups, 5), "last");
  EXPECT_EQ(GroupName(kGroups, 99), "");
}

}  // namespace
}  // namespace fairlead::docker

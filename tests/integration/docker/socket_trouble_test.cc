// A unix socket that will not open: the kernel's word, what stands behind it, and that it heals.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "docker/http_engine.h"
#include "support/engine_driver.h"
#include "support/fake_engine.h"
#include "support/no_descriptor.h"

namespace fairlead::docker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SocketTrouble : public ::testing::Test {
 protected:
  SocketTrouble() { std::filesystem::create_directories(folder_); }
  ~SocketTrouble() override { std::filesystem::remove_all(folder_); }

  // "OK", or the code and the message.
  std::string Ping(const std::string& path) {
    const auto engine = *MakeHttpEngine(driver_.context(), "unix://" + path);
    const auto pong = driver_.Run(engine->Ping());
    return pong ? "OK" : pong.error().Text();
  }

  // What an engine leaves behind that ends without a word: a socket that nobody listens on.
  void LeaveSocketOfTheDead() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof address.sun_path - 1);
    const int file = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(file);
  }

  const std::string folder_ = fmt::format("{}fairlead-dial-{}/", ::testing::TempDir(), ::getpid());
  const std::string socket_ = folder_ + "docker.sock";
  test::EngineDriver driver_;
};

TEST_F(SocketTrouble, ThatIsNotThereAsksWhetherTheEngineRuns) {
  EXPECT_THAT(Ping(socket_), AllOf(HasSubstr("UNAVAILABLE: ping the engine: connect to unix://"),
                                   HasSubstr("is the engine")));
  const test::FakeEngine fake(driver_.context(), socket_);
  EXPECT_EQ(Ping(socket_), "OK");
}

TEST_F(SocketTrouble, ThatNobodyListensOnMeansAnEngineThatIsDown) {
  LeaveSocketOfTheDead();
  EXPECT_THAT(Ping(socket_), AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("the engine is down")));
}

TEST_F(SocketTrouble, ThatIsADirectoryOrAFileIsToldAsOne) {
  EXPECT_THAT(Ping(folder_.substr(0, folder_.size() - 1)),
              AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("it is a directory")));
  std::ofstream(socket_) << "x";
  EXPECT_THAT(Ping(socket_), AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("it is no socket")));
}

// A socket file that is mounted stays the old one for ever when its engine makes a new one.
TEST_F(SocketTrouble, ThatIsMountedAsAFileIsKnownToBeStale) {
  if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "needs root to mount";
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  const std::string mounted = folder_ + "mounted.sock";
  std::ofstream(mounted) << "";
  LeaveSocketOfTheDead();
  ASSERT_EQ(::mount(socket_.c_str(), mounted.c_str(), nullptr, MS_BIND, nullptr), 0);
  std::filesystem::remove(socket_);
  const test::FakeEngine second(driver_.context(), socket_);
  EXPECT_EQ(Ping(socket_), "OK");
  EXPECT_THAT(Ping(mounted),
              AllOf(HasSubstr("UNAVAILABLE"), HasSubstr("instead of the file"),
                    HasSubstr("mount the directory " + folder_.substr(0, folder_.size() - 1))));
  EXPECT_EQ(::umount(mounted.c_str()), 0);
}

TEST_F(SocketTrouble, ThatIsForbiddenSaysWhoWeAreAndHealsWithTheRight) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a right up";
  const test::FakeEngine fake(driver_.context(), socket_);
  ASSERT_EQ(::chmod(socket_.c_str(), 0600), 0);
  ASSERT_EQ(::seteuid(65534), 0);
  const std::string forbidden = Ping(socket_);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_THAT(forbidden, AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr("we are user 65534")));
  EXPECT_EQ(Ping(socket_), "OK");
}

TEST_F(SocketTrouble, WithoutAFileDescriptorTheLimitIsNamedAndItHeals) {
  const test::FakeEngine fake(driver_.context(), socket_);
  EXPECT_EQ(Ping(socket_), "OK");
  {
    const test::NoDescriptor none;
    EXPECT_THAT(Ping(socket_), AllOf(HasSubstr("RESOURCE_EXHAUSTED"), HasSubstr("LimitNOFILE")));
  }
  EXPECT_EQ(Ping(socket_), "OK");
}

}  // namespace
}  // namespace fairlead::docker

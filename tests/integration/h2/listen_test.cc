// Where a server may listen, and what it does with what is already there.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "h2/socket_address.h"
#include "integration/h2/echo_router.h"

namespace fairlead::h2::testing {
namespace {

class Listen : public ::testing::Test {
 protected:
  Listen() {
    char made[] = "/tmp/fairlead-listen-XXXXXX";
    directory_ = mkdtemp(made);
    path_ = directory_ + "/s.sock";
  }
  ~Listen() override {
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }
  Code ListenCode(Server& server, const std::string& path) {
    const Result<> result = server.ListenUnix(path, 0640);
    return result ? Code::kOk : result.error().code;
  }

  std::string directory_;
  std::string path_;
  runtime::EventLoop context_;
  EchoRouter router_;
};

TEST_F(Listen, ASocketHasThePermissionsAskedForAndGoesWithItsServer) {
  {
    Server server(context_, {}, router_);
    ASSERT_EQ(ListenCode(server, path_), Code::kOk);
    struct stat about{};
    ASSERT_EQ(stat(path_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0640U);
  }
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(Listen, TheSocketFileOfADeadProcessIsReplaced) {
  const auto address = SocketAddress::Unix(path_);
  const int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(dead, address->get(), address->size()), 0);
  close(dead);
  Server server(context_, {}, router_);
  EXPECT_EQ(ListenCode(server, path_), Code::kOk);
}

TEST_F(Listen, ALivingProcessKeepsItsSocket) {
  Server first(context_, {}, router_);
  ASSERT_EQ(ListenCode(first, path_), Code::kOk);
  Server second(context_, {}, router_);
  EXPECT_EQ(ListenCode(second, path_), Code::kAlreadyExists);
}

TEST_F(Listen, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  Server server(context_, {}, router_);
  EXPECT_EQ(ListenCode(server, path_), Code::kAlreadyExists);
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
}

TEST_F(Listen, BadPlacesAreRefusedWithTheirReason) {
  Server server(context_, {}, router_);
  EXPECT_EQ(ListenCode(server, ""), Code::kInvalidArgument);
  EXPECT_EQ(ListenCode(server, directory_ + "/" + std::string(120, 'x')), Code::kInvalidArgument);
  EXPECT_EQ(ListenCode(server, directory_ + "/none/s.sock"), Code::kNotFound);
  EXPECT_EQ(server.ListenTcp("localhost", 0).error().code, Code::kInvalidArgument);
  EXPECT_EQ(server.ListenTcp("192.0.2.1", 0).error().code, Code::kInvalidArgument);
  const std::uint16_t taken = server.ListenTcp("127.0.0.1", 0).value();
  EXPECT_EQ(server.ListenTcp("127.0.0.1", taken).error().code, Code::kAlreadyExists);
}

}  // namespace
}  // namespace fairlead::h2::testing

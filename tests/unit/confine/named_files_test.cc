#include "confine/named_files.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "runtime/passed_packet.h"

namespace fairlead::confine {
namespace {

namespace fs = std::filesystem;
using runtime::FileDescriptor;

class NamedFilesTest : public ::testing::Test {
 protected:
  NamedFilesTest() {
    std::string pattern = fs::temp_directory_path() / "fairlead-named-XXXXXX";
    root_ = mkdtemp(pattern.data());
    std::ofstream(root_ / "key") << "secret";
    std::ofstream(root_ / "other") << "not named";
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()),
              0);
    ours_ = FileDescriptor(ends[0]);
    server_ = std::thread([this, theirs = ends[1]] {
      ServeNamedFiles(theirs, {root_ / "key", root_ / "gone", root_, "/dev/null"});
      close(theirs);
    });
  }
  ~NamedFilesTest() override {
    ours_ = FileDescriptor();
    server_.join();
    fs::remove_all(root_);
  }
  int Open(const std::string& path, FileDescriptor& file) const {
    return NamedFilesClient(ours_.get(), std::chrono::seconds(10)).Open(path, file);
  }

  fs::path root_;
  FileDescriptor ours_;
  std::thread server_;
};

TEST_F(NamedFilesTest, OneThatIsNamedIsOpenedForReading) {
  FileDescriptor file;
  ASSERT_EQ(Open(root_ / "key", file), 0);
  std::array<char, 16> text{};
  EXPECT_EQ(read(file.get(), text.data(), text.size()), 6);
  EXPECT_EQ(std::string(text.data()), "secret");
  EXPECT_EQ(write(file.get(), "x", 1), -1);
}

TEST_F(NamedFilesTest, WhatTheNameMeansNowIsOpened) {
  fs::rename(root_ / "other", root_ / "key");
  FileDescriptor file;
  ASSERT_EQ(Open(root_ / "key", file), 0);
  struct stat facts{};
  ASSERT_EQ(fstat(file.get(), &facts), 0);
  EXPECT_EQ(facts.st_size, 9);
}

TEST_F(NamedFilesTest, NothingElseIsOpenedHoweverItIsWritten) {
  FileDescriptor file;
  for (const std::string& path :
       {(root_ / "other").string(), root_.string() + "/./key", std::string("/etc/shadow"),
        std::string(), (root_ / "key").string() + std::string(1, '\0'),
        (root_ / "key").string() + std::string(10'000, '/')})
    EXPECT_EQ(Open(path, file), EPERM) << path;
  EXPECT_FALSE(file.valid());
}

TEST_F(NamedFilesTest, WhatIsNoFileOrGoneIsSaid) {
  FileDescriptor file;
  EXPECT_EQ(Open(root_ / "gone", file), ENOENT);
  EXPECT_EQ(Open(root_, file), EISDIR);
  EXPECT_EQ(Open("/dev/null", file), ENXIO);
  EXPECT_FALSE(file.valid());
}

TEST_F(NamedFilesTest, AQuestionWithoutAWayToAnswerIsDroppedAndTheNextAnswered) {
  EXPECT_EQ(runtime::SendPacket(ours_.get(), "anything", -1), 0);
  std::array<int, 2> pipes{};
  ASSERT_EQ(pipe(pipes.data()), 0);
  EXPECT_EQ(runtime::SendPacket(ours_.get(), root_.string() + "/key", pipes[1]), 0);
  FileDescriptor file;
  EXPECT_EQ(Open(root_ / "key", file), 0);
  close(pipes[1]);
  char byte = 0;
  EXPECT_EQ(read(pipes[0], &byte, 1), 0) << "something was written to what is no socket";
  close(pipes[0]);
}

TEST(NamedFilesClient, WithNobodyThereItIsAnErrorInTimeAndTheNextAtOnce) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  FileDescriptor file;
  NamedFilesClient client(ends[0], Duration::zero());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.Open("/x", file), ETIMEDOUT);
  EXPECT_EQ(client.unanswered(), 100U);
  runtime::PassedPacket packet;
  EXPECT_EQ(runtime::ReceivePacket(ends[1], kPathBytesMax, packet),
            runtime::PacketReceived::kPacket);
  EXPECT_EQ(runtime::ReceivePacket(ends[1], kPathBytesMax, packet),
            runtime::PacketReceived::kNothing)
      << "asked again within its silence";
  close(ends[1]);
  EXPECT_EQ(NamedFilesClient(ends[0], Duration::zero()).Open("/x", file), ECONNRESET);
  close(ends[0]);
}

}  // namespace
}  // namespace fairlead::confine

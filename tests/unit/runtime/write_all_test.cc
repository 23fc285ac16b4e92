#include "runtime/write_all.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

namespace fairlead::runtime {
namespace {

TEST(WriteAll, WritesWhatTheKernelTakesInParts) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const std::string text(1 << 20, 'x');  // a pipe holds 64 KiB
  std::string read;
  std::thread reader([&] {
    std::array<char, 4096> bytes{};
    ssize_t count = 0;
    while ((count = ::read(ends[0], bytes.data(), bytes.size())) > 0)
      read.append(bytes.data(), static_cast<std::size_t>(count));
  });
  EXPECT_TRUE(WriteAll(ends[1], text));
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(read.size(), text.size());
}

TEST(WriteAll, SaysWhatIsNotTaken) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_FALSE(WriteAll(full, "text"));
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_TRUE(WriteAll(full, "")) << "nothing to write";
  close(full);
}

TEST(WriteAll, StopsWhereNothingMoreFits) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  EXPECT_FALSE(WriteAll(ends[1], std::string(1 << 20, 'x')));
  EXPECT_EQ(errno, EAGAIN);
  for (const int end : ends) close(end);
}

}  // namespace
}  // namespace fairlead::runtime

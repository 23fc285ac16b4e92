// Callers of a server that fell silent are reset, and nobody else, between two network namespaces.
#include "netdiag/caller_cut.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "integration/netdiag/two_namespaces.h"
#include "netdiag/namespace_socket.h"
#include "netdiag/socket_table.h"

namespace fairlead::netdiag::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kServerIp = "10.9.1.2";

sockaddr_in At(const char* ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

FileDescriptor ConnectTo(std::uint16_t port) {
  FileDescriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = At(kServerIp, port);
  EXPECT_EQ(connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return made;
}

// What became of a connection within `patience`: 0 = nothing, else the errno of its end.
int EndOf(int socket, std::chrono::milliseconds patience) {
  pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return 0;
  char byte = 0;
  return recv(socket, &byte, 1, MSG_PEEK) < 0 ? errno : 0;
}

// Callers that belong to another process, as those of a replica do: what this program opens itself
// would be taken for checks of ours.
class Callers {
 public:
  Callers(std::uint16_t port, int count) {
    if (pipe(told_.data()) != 0 || pipe(keep_.data()) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      close(keep_[1]);
      Live(port, count);
    }
    close(told_[1]);
    close(keep_[0]);
  }
  ~Callers() {
    close(keep_[1]);
    close(told_[0]);
    if (child_ > 0) waitpid(child_, nullptr, 0);
  }
  bool AreConnected() const { return Word() == 'c'; }
  // 'r' = all were reset within the second, 'q' = none was; else something between.
  char Fate() const { return Word(); }

 private:
  char Word() const {
    char word = '?';
    return read(told_[0], &word, 1) == 1 ? word : '?';
  }
  [[noreturn]] void Live(std::uint16_t port, int count) const {
    std::vector<FileDescriptor> sockets;
    for (int i = 0; i < count; ++i) {
      sockets.push_back(ConnectTo(port));
      if (send(sockets.back().get(), "ask", 3, 0) != 3) _exit(1);
    }
    if (write(told_[1], "c", 1) != 1) _exit(1);
    int reset = 0;
    for (const FileDescriptor& socket : sockets) reset += EndOf(socket.get(), 1s) == ECONNRESET;
    const char fate = reset == count ? 'r' : reset == 0 ? 'q' : 's';
    if (write(told_[1], &fate, 1) != 1) _exit(1);
    char word = 0;
    while (read(keep_[0], &word, 1) > 0) {
    }
    _exit(0);
  }

  std::array<int, 2> told_{-1, -1};
  std::array<int, 2> keep_{-1, -1};
  pid_t child_ = -1;
};

class CallerCut : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!both_.obstacle().empty()) GTEST_SKIP() << both_.obstacle();
    ASSERT_TRUE(both_.OnHost("link add host1 type veth peer name eth1 netns " +
                             std::to_string(both_.pid())));
    ASSERT_TRUE(both_.OnHost("addr add 10.9.1.1/24 dev host1"));
    ASSERT_TRUE(both_.OnHost("link set host1 up"));
    ASSERT_TRUE(both_.InContainer("addr add 10.9.1.2/24 dev eth1"));
    ASSERT_TRUE(both_.InContainer("link set eth1 up"));
    auto made = SocketIn(both_.place(), {AF_INET, SOCK_STREAM, 0});
    ASSERT_TRUE(made) << made.error().Text();
    listener_ = std::move(*made);
    sockaddr_in address = At(kServerIp, 0);
    socklen_t size = sizeof address;
    ASSERT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(listen(listener_.get(), 8), 0);
    ASSERT_EQ(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    place_ = {.container = both_.place().container,
              .pid = both_.pid(),
              .port = ntohs(address.sin_port),
              .checked_ip = kServerIp};
  }

  FileDescriptor Accept() { return FileDescriptor(accept(listener_.get(), nullptr, nullptr)); }

  CutLook Cut(Duration silent_for, const Queues& earlier = {}) {
    const Result<CutLook> look = ResetWaitingCallers(place_, silent_for, earlier);
    EXPECT_TRUE(look) << look.error().Text();
    return look.value_or(CutLook{});
  }

  TwoNamespaces both_;
  FileDescriptor listener_;
  ServerPlace place_;
};

TEST_F(CallerCut, CallersThatGotNoByteAreResetWhetherAcceptedOrNot) {
  const Callers callers(place_.port, 3);
  ASSERT_TRUE(callers.AreConnected());
  const FileDescriptor accepted = Accept();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Cut(1s).reset, 3);
  EXPECT_EQ(callers.Fate(), 'r');
  EXPECT_LT(std::chrono::steady_clock::now() - began, 200ms);
  EXPECT_TRUE(ConnectionsTo(place_.container, place_.pid, place_.port)->empty());
}

TEST_F(CallerCut, ACallerThatWasAnsweredInTimeIsLeftAlone) {
  const Callers callers(place_.port, 1);
  ASSERT_TRUE(callers.AreConnected());
  const FileDescriptor accepted = Accept();
  std::array<char, 8> asked{};
  ASSERT_EQ(recv(accepted.get(), asked.data(), asked.size(), 0), 3);
  ASSERT_EQ(send(accepted.get(), "answer", 6, 0), 6);
  const CutLook look = Cut(1min);
  EXPECT_EQ(look.reset, 0);
  EXPECT_EQ(look.left, 1);
  EXPECT_TRUE(look.queues.empty());
  EXPECT_EQ(callers.Fate(), 'q');
  EXPECT_EQ(ConnectionsTo(place_.container, place_.pid, place_.port)->size(), 1U);
}

TEST_F(CallerCut, AQueueThatNobodyTakesFromIsResetAtTheSecondLook) {
  const Callers callers(place_.port, 1);
  ASSERT_TRUE(callers.AreConnected());
  const FileDescriptor accepted = Accept();
  ASSERT_EQ(send(accepted.get(), "hello", 5, 0), 5);
  const CutLook first = Cut(1min);
  EXPECT_EQ(first.reset, 0);
  ASSERT_EQ(first.queues.size(), 1U);
  EXPECT_EQ(Cut(1min, first.queues).reset, 1);
}

TEST_F(CallerCut, AConnectionOfOurOwnIsNeverReset) {
  const FileDescriptor check = ConnectTo(place_.port);
  ASSERT_EQ(send(check.get(), "check", 5, 0), 5);
  auto inside = SocketIn(both_.place(), {AF_INET, SOCK_STREAM, 0});
  ASSERT_TRUE(inside);
  const sockaddr_in address = At(kServerIp, place_.port);
  ASSERT_EQ(connect(inside->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const CutLook look = Cut(0s);
  EXPECT_EQ(look.reset, 0);
  EXPECT_EQ(look.left, 0);
  EXPECT_EQ(EndOf(check.get(), 50ms), 0);
  EXPECT_EQ(EndOf(inside->get(), 50ms), 0);
}

TEST_F(CallerCut, OnlyTheServingPortIsTouched) {
  const Callers callers(place_.port, 1);
  ASSERT_TRUE(callers.AreConnected());
  ++place_.port;
  EXPECT_EQ(Cut(0s).reset, 0);
  EXPECT_EQ(callers.Fate(), 'q');
}

TEST_F(CallerCut, AProcessOfAnotherContainerIsRefused) {
  place_.container = ContainerId(std::string(64, 'f'));
  EXPECT_EQ(ResetWaitingCallers(place_, 0s, {}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fairlead::netdiag::testing

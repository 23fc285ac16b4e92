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
#include <string>

#include "integration/netdiag/two_namespaces.h"
#include "netdiag/direct_work.h"
#include "netdiag/namespace_socket.h"
#include "netdiag/socket_table.h"

namespace fairlead::netdiag::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kServerIp = "10.9.1.2";

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
    ASSERT_TRUE(both_.Join());
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

  // One look, `later` than the first by the clock of the judgement.
  CutLook Cut(WaitingCallers& callers, Duration later = {}) {
    const Result<CutLook> look = ResetWaitingCallers(work_, place_, callers, TimePoint(later));
    EXPECT_TRUE(look) << look.error().Text();
    return look.value_or(CutLook{});
  }
  CutLook Cut(Duration unanswered_for) {
    WaitingCallers callers(unanswered_for);
    return Cut(callers);
  }

  TwoNamespaces both_;
  DirectWork work_;
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
  EXPECT_TRUE(ConnectionsTo(work_, place_.container, place_.pid, place_.port)->empty());
}

// The server's end of a call that is answered.
void Answer(int accepted) {
  std::array<char, 8> asked{};
  ASSERT_EQ(recv(accepted, asked.data(), asked.size(), MSG_DONTWAIT | MSG_PEEK), 3);
  const std::string answer(kAnswerBytesMin, 'a');
  ASSERT_EQ(send(accepted, answer.data(), answer.size(), 0), static_cast<ssize_t>(answer.size()));
}

TEST_F(CallerCut, ACallerThatIsAnsweredIsLeftAloneHoweverLongOneLooks) {
  const Callers callers(place_.port, 1);
  ASSERT_TRUE(callers.AreConnected());
  const FileDescriptor accepted = Accept();
  Answer(accepted.get());
  WaitingCallers waiting(1min);
  for (int look = 0; look < 5; ++look) {
    const CutLook seen = Cut(waiting, look * 100ms);
    EXPECT_EQ(seen.reset, 0);
    EXPECT_EQ(seen.undecided, 1);
    Answer(accepted.get());
  }
  EXPECT_EQ(callers.Fate(), 'q');
  EXPECT_EQ(ConnectionsTo(work_, place_.container, place_.pid, place_.port)->size(), 1U);
}

TEST_F(CallerCut, AServerThatSendsLessThanAnAnswerIsOneThatHangs) {
  const Callers callers(place_.port, 1);
  ASSERT_TRUE(callers.AreConnected());
  const FileDescriptor accepted = Accept();
  Answer(accepted.get());
  WaitingCallers waiting(1min);
  EXPECT_EQ(Cut(waiting).undecided, 1);
  // As the HTTP/2 library of a hung server does: the acknowledgement of a PING.
  ASSERT_EQ(send(accepted.get(), "17 bytes of PING.", 17, 0), 17);
  EXPECT_EQ(Cut(waiting, kAnswerWindow - 1ms).undecided, 1);
  EXPECT_EQ(Cut(waiting, kAnswerWindow).reset, 1);
}

TEST_F(CallerCut, ACallerThatTakesNothingIsLeftAlone) {
  const Callers callers(place_.port, 1);
  ASSERT_TRUE(callers.AreConnected());
  const FileDescriptor accepted = Accept();
  // More than the caller's own buffers take while he does not read.
  const std::string much(64 * 1024, 'm');
  while (send(accepted.get(), much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  WaitingCallers waiting(0s);
  for (int seconds = 0; seconds < 3; ++seconds) {
    const CutLook look = Cut(waiting, seconds * 1s);
    EXPECT_EQ(look.reset, 0);
    EXPECT_EQ(look.undecided, 1);
  }
}

TEST_F(CallerCut, WhetherThisHostCanIsTriedOnAConnectionOfOurOwn) {
  const Result<> can = work_.CanReset();
  EXPECT_TRUE(can) << can.error().Text();
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
  WaitingCallers callers(0s);
  EXPECT_EQ(ResetWaitingCallers(work_, place_, callers, TimePoint{}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fairlead::netdiag::testing

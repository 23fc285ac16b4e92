// Question and answer between the two processes, on one pair, with work that does nothing but what
// a test says.
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "netdiag/namespace_client.h"
#include "netdiag/namespace_message.h"
#include "netdiag/namespace_server.h"
#include "runtime/passed_packet.h"

namespace fairlead::netdiag {
namespace {

using namespace std::chrono_literals;

constexpr SocketKind kTcp = {AF_INET, SOCK_STREAM, 0};

spec::NetworkNamespace Place() {
  return {.container = ContainerId(std::string(64, 'e')), .pid = 7, .start_ticks = 1};
}

// What a test has prepared; and how often it was asked.
class FakeWork final : public NamespaceWork {
 public:
  Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind) override {
    ++asked;
    if (place != Place()) return Fail(Code::kNotFound, "another place");
    return FileDescriptor(socket(kind.family, kind.type, kind.protocol));
  }
  Result<int> Reset(const spec::NetworkNamespace&,
                    std::span<const KernelConnection> connections) override {
    ++asked;
    if (connections.front().id.idiag_if == kRefused)
      return Fail(Code::kPermissionDenied, "needs NET_ADMIN");
    return static_cast<int>(connections.size());
  }
  Result<> CanReset() override { return Fail(Code::kUnimplemented, "an old kernel"); }
  Result<std::string> Read(const spec::NetworkNamespace&, ContainerFile) override {
    ++reads;
    if (read_waits) read_waits();
    return "nameserver 127.0.0.11\n";
  }

  static constexpr std::uint32_t kRefused = 99;
  std::atomic<int> asked = 0;
  std::atomic<int> reads = 0;
  std::function<void()> read_waits;
};

class NamespacePair : public ::testing::Test {
 public:
  NamespacePair() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair_.data()),
              0);
  }
  ~NamespacePair() override {
    close(pair_[0]);
    if (server_.joinable()) server_.join();
    close(pair_[1]);
  }

 protected:
  void Serve() {
    server_ = std::thread([this] { ServeNamespaceQuestions(pair_[1], work_); });
  }
  // Any bytes, with any descriptor.
  void Send(const std::string& packet, int descriptor) {
    ASSERT_EQ(runtime::SendPacket(pair_[0], packet, descriptor), 0);
  }

  std::array<int, 2> pair_{-1, -1};
  FakeWork work_;
  std::thread server_;
};

KernelConnection SomeConnection(std::uint32_t number) {
  KernelConnection connection{.family = AF_INET};
  connection.id.idiag_cookie[0] = number;
  connection.id.idiag_if = number;
  return connection;
}

TEST_F(NamespacePair, BringsSocketsNumbersTextsAndRefusals) {
  Serve();
  NamespaceClient client(pair_[0], 10s);
  const auto made = client.SocketIn(Place(), {AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0});
  ASSERT_TRUE(made) << made.error().Text();
  int type = 0;
  socklen_t size = sizeof type;
  ASSERT_EQ(getsockopt(made->get(), SOL_SOCKET, SO_TYPE, &type, &size), 0);
  EXPECT_EQ(type, SOCK_DGRAM);
  spec::NetworkNamespace other = Place();
  ++other.pid;
  EXPECT_EQ(client.SocketIn(other, kTcp).error(), (Error{Code::kNotFound, "another place"}));
  EXPECT_EQ(client.CanReset().error(), (Error{Code::kUnimplemented, "an old kernel"}));
  EXPECT_EQ(client.Read(Place(), ContainerFile::kResolvConf).value_or("?"),
            "nameserver 127.0.0.11\n");
  EXPECT_EQ(client.unanswered(), 0U);
}

TEST_F(NamespacePair, WhatTheTableDoesNotHaveIsNotEvenAsked) {
  Serve();
  NamespaceClient client(pair_[0], 10s);
  EXPECT_EQ(client.SocketIn(Place(), {AF_UNIX, SOCK_STREAM, 0}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(client.SocketIn(Place(), {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(work_.asked, 0);
}

TEST_F(NamespacePair, ManyConnectionsAreResetBySeveralQuestions) {
  Serve();
  NamespaceClient client(pair_[0], 10s);
  std::vector<KernelConnection> many;
  many.reserve(3 * kResetsMax + 1);
  for (std::uint32_t i = 0; i < 3 * kResetsMax + 1; ++i) many.push_back(SomeConnection(i));
  EXPECT_EQ(client.Reset(Place(), many).value_or(-1), static_cast<int>(many.size()));
  EXPECT_EQ(work_.asked, 4);
  // The error counts when nothing was reset before it.
  many.back() = SomeConnection(FakeWork::kRefused);
  EXPECT_EQ(client.Reset(Place(), many).value_or(-1), static_cast<int>(many.size()) - 1);
  EXPECT_EQ(client.Reset(Place(), std::span(many).last(1)).error().code, Code::kPermissionDenied);
}

TEST_F(NamespacePair, SeveralThreadsAskAtOnceAndEachGetsItsOwn) {
  Serve();
  NamespaceClient client(pair_[0], 10s);
  std::atomic<int> wrong = 0;
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const std::vector<KernelConnection> some(static_cast<std::size_t>(thread) + 1,
                                                 SomeConnection(1));
        if (client.Reset(Place(), some).value_or(-1) != thread + 1) ++wrong;
        if (!client.SocketIn(Place(), kTcp)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(NamespacePair, AFileThatHangsHoldsUpNoSocketAndNoSecondIsBegun) {
  std::atomic<bool> may_end = false;
  work_.read_waits = [&] {
    while (!may_end) std::this_thread::yield();
  };
  Serve();
  NamespaceClient client(pair_[0], 10s);
  std::thread reader([&] { EXPECT_TRUE(client.Read(Place(), ContainerFile::kResolvConf)); });
  while (work_.reads == 0) std::this_thread::yield();
  EXPECT_TRUE(client.SocketIn(Place(), kTcp));
  EXPECT_EQ(client.Read(Place(), ContainerFile::kResolvConf).error().code,
            Code::kResourceExhausted);
  may_end = true;
  reader.join();
  EXPECT_EQ(work_.reads, 1);
}

TEST_F(NamespacePair, SilenceIsToldInTimeAndTheNextQuestionsWaitForNothing) {
  NamespaceClient client(pair_[0], 20ms);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(client.SocketIn(Place(), kTcp).error().code, Code::kUnavailable);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(client.SocketIn(Place(), kTcp).error().code, Code::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 900ms);
  EXPECT_EQ(client.unanswered(), 101U);
  // Nobody waits for it any more: it is not done when somebody comes at last.
  Serve();
  NamespaceClient another(pair_[0], 10s);
  EXPECT_TRUE(another.SocketIn(Place(), kTcp));
  EXPECT_EQ(work_.asked, 1);
}

// --- one that has been taken over ---

// The code of what comes back; -1: nothing does.
int CodeOf(const std::string& packet, int pair) {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0);
  EXPECT_EQ(runtime::SendPacket(pair, packet, ends[1]), 0);
  close(ends[1]);
  pollfd waited{.fd = ends[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&waited, 1, 10'000), 1);
  runtime::PassedPacket answer;
  const auto received = runtime::ReceivePacket(ends[0], kNamespaceAnswerBytesMax, answer);
  close(ends[0]);
  if (received != runtime::PacketReceived::kPacket) return -1;
  const auto read = ReadNamespaceAnswer(answer.bytes);
  return read ? static_cast<int>(read->refusal.code) : -1;
}

TEST_F(NamespacePair, RubbishIsRefusedAndNothingIsDone) {
  Serve();
  for (const std::string& packet :
       {std::string(1, 'x'), std::string(5000, '\1'), std::string("\2")})
    EXPECT_EQ(CodeOf(packet, pair_[0]), static_cast<int>(Code::kInvalidArgument));
  EXPECT_EQ(work_.asked, 0);
}

TEST_F(NamespacePair, AnswersGoToUnixSocketsAlone) {
  Serve();
  const std::string packet =
      *WriteNamespaceQuestion({.verb = NamespaceVerb::kSocket, .place = Place(), .kind = kTcp});
  // A netlink socket that was made where it has rights would take the answer for an order.
  const FileDescriptor netlink(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  const FileDescriptor udp(socket(AF_INET, SOCK_DGRAM, 0));
  std::array<int, 2> stream{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, stream.data()), 0);
  for (const int descriptor : {netlink.get(), udp.get(), stream[1], -1}) Send(packet, descriptor);
  close(stream[1]);
  // The questions are taken in order, so the others are done with.
  EXPECT_EQ(CodeOf(packet, pair_[0]), 0);
  EXPECT_EQ(work_.asked, 1);
  char byte = 0;
  EXPECT_EQ(read(stream[0], &byte, 1), 0) << "a descriptor was kept";
  close(stream[0]);
}

}  // namespace
}  // namespace fairlead::netdiag

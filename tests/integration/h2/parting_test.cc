// Who is refused and goes on talking still reads why, within limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "h2/frames.h"
#include "h2/socket_address.h"
#include "h2/tls_transport.h"
#include "integration/h2/echo_router.h"
#include "integration/h2/frames.h"
#include "integration/h2/raw_client.h"
#include "support/certificates.h"

namespace fairlead::h2::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A PING of one byte, which HTTP/2 forbids: FRAME_SIZE_ERROR.
std::string Breach() {
  return Frame(frame::kPing, 0, 0, "x");
}

// A socket that was closed refuses the second of these, if not the first.
bool GoesOnTalking(RawClient& client) {
  return client.Send("more") && client.Send("and more");
}

TEST(Parting, WhoIsRefusedGoesOnTalkingAndStillReadsWhy) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.SendRequest(1, "/echo/Echo"));
  ASSERT_TRUE(client.Send(Breach()));
  ASSERT_TRUE(client.WaitForLastWord());
  EXPECT_TRUE(GoesOnTalking(client));
  ASSERT_TRUE(client.WaitForFrame(frame::kGoAway));
  EXPECT_EQ(client.last_payload().substr(4), std::string("\0\0\0\6", 4));
  EXPECT_TRUE(server.Eventually([&] { return server.router().closed == 1; }));
}

TEST(Parting, TakesAPlaceAndEndsOfItself) {
  ServerLimits limits;
  limits.connections_per_peer_max = 1;
  limits.handshake_timeout = std::chrono::milliseconds(100);  // so that time is looked at often
  EchoServer server(limits);
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.Send(Breach()));
  ASSERT_TRUE(client.WaitForLastWord());
  EXPECT_EQ(server.counters().connections_open, 1U);
  RawClient other(server.port());
  EXPECT_TRUE(other.WaitForClose());
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
}

TEST(Parting, EndsForWhoSaysMoreThanWasUnderWay) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.Send(Breach()));
  ASSERT_TRUE(client.WaitForLastWord());
  constexpr std::size_t kFarTooMuch = 64 * 1024 * 1024;  // far above what sockets hold
  const std::string piece(64 * 1024, 'x');
  std::size_t sent = 0;
  while (sent < kFarTooMuch && client.Send(piece)) sent += piece.size();
  EXPECT_LT(sent, kFarTooMuch);
}

TEST(Parting, IsForSoManyAtATime) {
  ServerLimits limits;
  limits.connections_parting_max = 1;
  EchoServer server(limits);
  RawClient first(server.port());
  RawClient second(server.port());
  for (RawClient* client : {&first, &second}) {
    ASSERT_TRUE(client->SendPreface());
    ASSERT_TRUE(client->Send(Breach()));
    ASSERT_TRUE(client->WaitForLastWord());
  }
  EXPECT_TRUE(GoesOnTalking(first));
  EXPECT_FALSE(GoesOnTalking(second));
  EXPECT_EQ(server.counters().limit_hits, 1U);
}

class TlsParting : public ::testing::Test {
 protected:
  TlsParting() {
    fs::create_directories(folder_);
    const test::KeyPair authority = test::MakeAuthority("root");
    const test::KeyPair pair = test::Issue(authority, {.alternative = "DNS:server.corp"});
    Write("ca", authority.cert);
    Write("cert", pair.cert);
    Write("key", pair.key);
  }
  ~TlsParting() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name) << text;
    chmod((folder_ + name).c_str(), 0600);
  }
  tls::Profile Serves(tls::ClientAuth auth) const {
    return {.name = "s",
            .cert = folder_ + "cert",
            .key = folder_ + "key",
            .ca = folder_ + "ca",
            .client_auth = auth};
  }
  // A client that shows no certificate, with its handshake done.
  std::unique_ptr<Transport> Dial(std::uint16_t port) const {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = SocketAddress::Ip("127.0.0.1", port);
    EXPECT_EQ(connect(descriptor, address->get(), address->size()), 0);
    auto client = MakeTlsTransports(
        std::make_shared<tls::LiveProfile>(tls::Profile{.name = "c", .ca = folder_ + "ca"},
                                           tls::LiveProfile::Tell{}),
        {.host = "server.corp"})(descriptor);
    while (client->Establish().state == IoState::kWouldBlock) WaitFor(*client, POLLIN);
    return client;
  }
  static void WaitFor(const Transport& client, short what) {
    pollfd watched{.fd = client.descriptor(), .events = what, .revents = 0};
    EXPECT_EQ(poll(&watched, 1, 10'000), 1);
  }
  static bool Say(Transport& client, std::string text) {
    const iovec piece{.iov_base = text.data(), .iov_len = text.size()};
    return client.Write(std::span(&piece, 1)).state == IoState::kDone;
  }
  // What its connection ends with, for people.
  static std::string LastWord(Transport& client) {
    std::array<std::byte, 4096> heard;
    for (;;) {
      const IoOutcome read = client.Read(heard);
      if (read.state == IoState::kWouldBlock) {
        WaitFor(client, POLLIN);
      } else if (read.state != IoState::kDone) {
        return read.state == IoState::kEnd ? "goodbye" : client.trouble();
      }
    }
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-parting-" + std::to_string(getpid()) + "/";
};

// TLS 1.3 is done for the client before the server has seen that it shows none.
TEST_F(TlsParting, WhoShowsNoCertificateReadsThatWhileItTalks) {
  EchoServer server({}, Serves(tls::ClientAuth::kRequire));
  const std::unique_ptr<Transport> client = Dial(server.port());
  WaitFor(*client, POLLRDHUP);
  EXPECT_TRUE(Say(*client, "PRI * HTTP/2.0"));
  EXPECT_TRUE(Say(*client, "SM"));
  EXPECT_THAT(LastWord(*client), HasSubstr("certificate"));
}

TEST_F(TlsParting, WhoBreaksHttp2IsToldAndHearsAGoodbye) {
  EchoServer server({}, Serves(tls::ClientAuth::kNone));
  const std::unique_ptr<Transport> client = Dial(server.port());
  ASSERT_TRUE(Say(*client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Settings() + Breach()));
  WaitFor(*client, POLLRDHUP);
  EXPECT_TRUE(Say(*client, "more"));
  EXPECT_TRUE(Say(*client, "and more"));
  EXPECT_EQ(LastWord(*client), "goodbye");
}

}  // namespace
}  // namespace fairlead::h2::testing

// The server over TLS, as the stock gRPC C++ client sees it, and as those who mean it ill do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "h2/tls_server_transport.h"
#include "integration/h2/echo_router.h"
#include "integration/h2/grpc_call.h"
#include "integration/h2/raw_client.h"
#include "support/certificates.h"

namespace fairlead::h2::testing {
namespace {

namespace fs = std::filesystem;
using test::Issue;
using test::KeyPair;
using ::testing::Contains;
using ::testing::HasSubstr;
using tls::ClientAuth;

class TlsServer : public ::testing::Test {
 protected:
  TlsServer() {
    fs::create_directories(folder_);
    Write("ca", authority_.cert);
    WritePair(NewPair(authority_));
  }
  ~TlsServer() override { fs::remove_all(folder_); }

  static KeyPair NewPair(const KeyPair& authority) {
    return Issue(authority, {.name = "server", .alternative = "IP:127.0.0.1"});
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name + ".new") << text;
    chmod((folder_ + name + ".new").c_str(), 0600);
    fs::rename(folder_ + name + ".new", folder_ + name);
  }
  void WritePair(const KeyPair& pair) const {
    Write("cert", pair.cert);
    Write("key", pair.key);
  }
  tls::Profile Serves(ClientAuth auth = ClientAuth::kNone) const {
    return {.name = "corp",
            .cert = folder_ + "cert",
            .key = folder_ + "key",
            .ca = folder_ + "ca",
            .client_auth = auth};
  }
  static std::shared_ptr<grpc::Channel> DialTls(const EchoServer& server, const KeyPair& authority,
                                                const KeyPair& ours = {}) {
    return Dial("127.0.0.1:" + std::to_string(server.port()),
                grpc::SslCredentials({.pem_root_certs = authority.cert,
                                      .pem_private_key = ours.key,
                                      .pem_cert_chain = ours.cert}));
  }
  static bool Echoes(GrpcCall& call, const std::string& text) {
    return call.Send(text) && call.Receive() == text + "#";
  }
  static grpc::StatusCode Fate(const std::shared_ptr<grpc::Channel>& channel) {
    GrpcCall call(channel, "/echo/Echo", {}, false);
    if (Echoes(call, "x")) return grpc::StatusCode::OK;
    return call.End().error_code();
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-tls-server-" + std::to_string(getpid()) + "/";
  const KeyPair authority_ = test::MakeAuthority("root");
};

TEST_F(TlsServer, MessagesOfAllSizesComeBack) {
  EchoServer server({}, Serves());
  const auto channel = DialTls(server, authority_);
  GrpcCall call(channel, "/echo/Echo");
  for (const std::size_t size : {0U, 1U, 16'000U, 17'000U, 4'000'000U})
    ASSERT_TRUE(Echoes(call, std::string(size, 'm'))) << size;
  // More than one turn reads, so that the rest of it is in OpenSSL's hands at times. All together
  // within kTlsServerBytesPerSecondMax.
  for (std::size_t size = 250'000; size < 280'000; size += 2'222)
    ASSERT_TRUE(Echoes(call, std::string(size, 'm'))) << size;
  GrpcCall push(channel, "/echo/Push");
  ASSERT_TRUE(push.Send("5000000"));
  EXPECT_EQ(push.Receive(), std::string(5'000'000, 'x'));
  EXPECT_EQ(push.Receive(), std::nullopt);
  EXPECT_TRUE(push.End().ok());
}

TEST_F(TlsServer, WhoHasToShowACertificateAndHasNoneIsRefusedWithAReason) {
  EchoServer server({}, Serves(ClientAuth::kRequire));
  const KeyPair ours = Issue(authority_, {.name = "a", .alternative = "DNS:client.corp"});
  const KeyPair stranger = Issue(test::MakeAuthority("elsewhere"), {.name = "a"});
  EXPECT_EQ(Fate(DialTls(server, authority_, ours)), grpc::StatusCode::OK);
  EXPECT_EQ(Fate(DialTls(server, authority_)), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Fate(DialTls(server, authority_, stranger)), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Fate(Dial("127.0.0.1:" + std::to_string(server.port()))),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(server.Eventually([&] {
    const auto all = server.router().troubles();
    const auto has = [&](const char* words) {
      return std::ranges::any_of(all, [&](const auto& one) { return one.contains(words); });
    };
    return has("shows no certificate") && has("not signed by") && has("speaks no TLS");
  })) << ::testing::PrintToString(server.router().troubles());
  EXPECT_EQ(server.router().opened, 1);
}

// gRPC's C-core hangs up without an alert.
TEST_F(TlsServer, AClientThatDoesNotBelieveUsComesToNothingAndWeSayWhatItsSilenceMeans) {
  EchoServer server({}, Serves());
  EXPECT_EQ(Fate(DialTls(server, test::MakeAuthority("elsewhere"))), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.router().opened, 0);
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
  EXPECT_THAT(server.router().troubles(),
              Contains(HasSubstr("it hung up on our certificate " + folder_ + "cert")));
}

// Nor does it when the name is another: it looks at that after the handshake.
TEST_F(TlsServer, AClientThatDialsANameThatIsNotOursIsToldOf) {
  EchoServer server({}, Serves());
  const auto dial = [&](const std::string& host) {
    return Dial("127.0.0.1:" + std::to_string(server.port()),
                grpc::SslCredentials({.pem_root_certs = authority_.cert}), host);
  };
  EXPECT_EQ(Fate(dial("localhost")), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(server.Eventually([&] { return !server.router().troubles().empty(); }));
  EXPECT_THAT(server.router().troubles(), Contains(HasSubstr("it dials localhost, which our")));
  WritePair(Issue(authority_, {.name = "server", .alternative = "DNS:localhost"}));
  EXPECT_EQ(Fate(dial("localhost")), grpc::StatusCode::OK);
}

// A port that is only looked at, and a caller who is done before it has begun, are no trouble.
TEST_F(TlsServer, WhoLeavesWithoutAReasonIsNotToldOf) {
  EchoServer server({}, Serves());
  {
    const RawClient looks(server.port());
  }
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
  GrpcCall call(DialTls(server, authority_), "/echo/Echo");
  ASSERT_TRUE(Echoes(call, "x"));
  EXPECT_THAT(server.router().troubles(), ::testing::IsEmpty());
}

// A hundred new pairs of a hundred authorities: who is connected notices nothing, and who comes
// finds the newest.
TEST_F(TlsServer, NewFilesAreForNewConnectionsAndDropNobody) {
  EchoServer server({}, Serves());
  GrpcCall standing(DialTls(server, authority_), "/echo/Echo");
  ASSERT_TRUE(Echoes(standing, "before"));
  for (int i = 0; i < 100; ++i) {
    const KeyPair next = test::MakeAuthority("next root " + std::to_string(i));
    WritePair(NewPair(next));
    ASSERT_TRUE(Echoes(standing, std::to_string(i)));
    ASSERT_EQ(Fate(DialTls(server, next)), grpc::StatusCode::OK) << i;
  }
  EXPECT_EQ(Fate(DialTls(server, authority_)), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Echoes(standing, "after"));
}

TEST_F(TlsServer, WithoutAGoodPairNobodyIsServedUntilThereIsOne) {
  Write("cert", "nothing");
  EchoServer server({}, Serves());
  EXPECT_EQ(Fate(DialTls(server, authority_)), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(server.router().troubles(), Contains(HasSubstr("holds no PEM certificate")));
  WritePair(NewPair(authority_));
  EXPECT_EQ(Fate(DialTls(server, authority_)), grpc::StatusCode::OK);
}

TEST_F(TlsServer, WhoSaysNothingOrRubbishIsHungUpOn) {
  ServerLimits limits;
  limits.handshake_timeout = std::chrono::milliseconds(100);
  EchoServer server(limits, Serves());
  RawClient silent(server.port());
  EXPECT_TRUE(silent.WaitForClose());
  RawClient half(server.port());
  ASSERT_TRUE(half.Send(std::string("\x16\x03\x01\x02\x00\x01", 6)));  // a record's beginning
  EXPECT_TRUE(half.WaitForClose());
  RawClient plain(server.port());
  ASSERT_TRUE(plain.SendPreface());
  EXPECT_TRUE(plain.WaitForClose());
  RawClient browser(server.port());
  ASSERT_TRUE(browser.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(browser.WaitForClose());
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
  EXPECT_EQ(Fate(DialTls(server, authority_)), grpc::StatusCode::OK);
}

TEST_F(TlsServer, RubbishAllTheTimeIsHeardAtAPaceAndLeavingIsNoOffence) {
  ServerLimits limits;
  limits.arrivals.offences_per_second_max = 1;
  limits.arrivals.offender_term = std::chrono::seconds(60);
  limits.arrivals.offender_pace = std::chrono::milliseconds(300);
  EchoServer server(limits, Serves());
  const auto leaves = Dial("127.0.0.1:" + std::to_string(server.port()),
                           grpc::SslCredentials({.pem_root_certs = authority_.cert}), "localhost");
  EXPECT_EQ(Fate(leaves), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(server.Eventually([&] { return !server.router().troubles().empty(); }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(server.counters().connections_paced, 0U);
    RawClient rubbish(server.port());
    ASSERT_TRUE(rubbish.Send("no TLS at all"));
    EXPECT_TRUE(rubbish.WaitForClose());
  }
  const RawClient first(server.port());
  const RawClient second(server.port());
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_paced > 0; }));
  EXPECT_EQ(Fate(DialTls(server, authority_)), grpc::StatusCode::OK);
}

TEST_F(TlsServer, AReaderThatStopsKeepsAStreamWithinItsWindow) {
  EchoServer server({}, Serves());
  const auto channel = DialTls(server, authority_);
  {
    GrpcCall flood(channel, "/echo/Flood");
    ASSERT_TRUE(flood.Send("go"));
    for (int i = 0; i < 50; ++i) {
      const auto message = flood.Receive();
      ASSERT_TRUE(message);
      ASSERT_EQ(message->size(), 65'536U);
    }
    flood.Cancel();
  }
  EXPECT_EQ(Fate(channel), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace fairlead::h2::testing

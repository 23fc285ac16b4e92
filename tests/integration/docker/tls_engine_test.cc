// An engine over TCP with TLS: who believes whom, and what is said when one does not.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <unistd.h>
#include <algorithm>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "docker/http_engine.h"
#include "integration/docker/tls_front.h"
#include "support/certificates.h"
#include "support/engine_driver.h"
#include "support/fake_engine.h"

namespace fairlead::docker {
namespace {

using namespace std::chrono_literals;
using test::CertificateRequest;
using test::Issue;
using test::KeyPair;
using ::testing::AllOf;
using ::testing::HasSubstr;

const CertificateRequest kOnLoopback{.name = "engine", .alternative = "IP:127.0.0.1"};

class TlsEngine : public ::testing::Test {
 protected:
  TlsEngine() { std::filesystem::create_directories(folder_); }
  ~TlsEngine() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = folder_ + name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(0600));
    return path;
  }

  void Listen(const KeyPair& identity, int version_max = 0) {
    front_ = std::make_unique<test::TlsFront>(
        driver_.context(), socket_,
        test::TlsFrontOptions{
            .identity = identity, .client_authority = authority_.cert, .version_max = version_max});
  }

  // Ours as it should be; tests put one thing out of order.
  tls::Profile Good() {
    const KeyPair ours = Issue(authority_, {.name = "fairlead"});
    return {.name = "corp",
            .cert = File("cert.pem", ours.cert),
            .key = File("key.pem", ours.key),
            .ca = File("ca.pem", authority_.cert),
            .server_name = ""};
  }

  // How Hello ends: "OK", or the code and the message.
  std::string Hello(const tls::Profile& identity) {
    const auto engine = MakeHttpEngine(driver_.context(), front_->endpoint(), {}, identity);
    if (!engine) return engine.error().Text();
    const auto hello = driver_.Run((*engine)->Hello());
    return hello ? "OK" : hello.error().Text();
  }

  const std::string folder_ = fmt::format("{}fairlead-tls-{}/", ::testing::TempDir(), ::getpid());
  const std::string socket_ =
      fmt::format("{}fairlead-tls-{}.sock", ::testing::TempDir(), ::getpid());
  const KeyPair authority_ = test::MakeAuthority("ours");
  test::EngineDriver driver_;
  test::FakeEngine fake_{driver_.context(), socket_};
  std::unique_ptr<test::TlsFront> front_;
};

TEST_F(TlsEngine, CallsAndEventsGoOverIt) {
  Listen(Issue(authority_, kOnLoopback));
  const ContainerId id(fake_.Add("aa", {{"fairlead.enable", "true"}}));
  const auto engine = *MakeHttpEngine(driver_.context(), front_->endpoint(), {}, Good());
  ASSERT_TRUE(driver_.Run(engine->Hello()));
  bool is_open = false;
  std::vector<std::string> actions;
  const auto stream = driver_.Begin(engine->Events(
      0, [&] { is_open = true; }, [&](const EngineEvent& e) { actions.push_back(e.action); }));
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open; }));
  ASSERT_TRUE(driver_.Run(engine->Start(id)));
  EXPECT_TRUE(driver_.RunUntil([&] { return std::ranges::count(actions, "start") == 1; }));
  EXPECT_EQ(driver_.Run(engine->Inspect(id))->status, EngineStatus::kRunning);
  fake_.EndStreams();
  EXPECT_TRUE(driver_.RunUntil([&] { return stream->is_done; }));
}

TEST_F(TlsEngine, ARotatedPairIsUsedByTheNextConnection) {
  Listen(Issue(authority_, kOnLoopback));
  const tls::Profile identity = Good();
  const auto engine = *MakeHttpEngine(driver_.context(), front_->endpoint(), {}, identity);
  ASSERT_TRUE(driver_.Run(engine->Hello()));
  const KeyPair stale =
      Issue(authority_, {.name = "a", .valid_from_hours = -2, .valid_to_hours = -1});
  File("cert.pem", stale.cert);
  File("key.pem", stale.key);
  EXPECT_EQ(driver_.Run(engine->Hello()).error().code, Code::kUnauthenticated);
  const KeyPair fresh = Issue(authority_, {.name = "b"});
  File("cert.pem", fresh.cert);
  File("key.pem", fresh.key);
  EXPECT_TRUE(driver_.Run(engine->Hello()));
}

TEST_F(TlsEngine, AnEngineOfAnotherAuthorityIsNotAsked) {
  Listen(Issue(test::MakeAuthority("theirs"), kOnLoopback));
  EXPECT_THAT(Hello(Good()), AllOf(HasSubstr("UNAUTHENTICATED"), HasSubstr("is not signed by"),
                                   HasSubstr("set ca of TLS profile corp")));
  EXPECT_TRUE(fake_.requests().empty());
  tls::Profile of_system = Good();
  of_system.ca.clear();
  EXPECT_THAT(Hello(of_system), HasSubstr("an authority of this system"));
}

TEST_F(TlsEngine, AnEngineWithAnotherNameIsNotAskedUnlessItIsTheExpectedOne) {
  Listen(Issue(authority_, {.name = "x", .alternative = "DNS:docker.example"}));
  tls::Profile identity = Good();
  EXPECT_THAT(Hello(identity), AllOf(HasSubstr("UNAUTHENTICATED"),
                                     HasSubstr("is not for 127.0.0.1"), HasSubstr("server_name")));
  identity.server_name = "docker.example";
  EXPECT_EQ(Hello(identity), "OK");
  identity.server_name = "docker.example.evil";
  EXPECT_THAT(Hello(identity), HasSubstr("UNAUTHENTICATED"));
}

TEST_F(TlsEngine, AnEngineWhoseCertificateIsOutOfItsTimeIsNotAsked) {
  CertificateRequest request = kOnLoopback;
  request.valid_from_hours = -2;
  request.valid_to_hours = -1;
  Listen(Issue(authority_, request));
  EXPECT_THAT(Hello(Good()), AllOf(HasSubstr("UNAUTHENTICATED"), HasSubstr("has expired")));
  request.valid_from_hours = 1;
  request.valid_to_hours = 2;
  Listen(Issue(authority_, request));
  EXPECT_THAT(Hello(Good()), AllOf(HasSubstr("UNAUTHENTICATED"), HasSubstr("not valid yet")));
}

TEST_F(TlsEngine, ItsRefusalOfOurCertificateIsToldAsOne) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Listen(Issue(authority_, kOnLoopback), version);
    tls::Profile identity = Good();
    identity.cert.clear();
    identity.key.clear();
    EXPECT_THAT(Hello(identity), AllOf(HasSubstr("UNAUTHENTICATED"),
                                       HasSubstr("refuses us without a client certificate")))
        << version;
    identity = Good();
    const KeyPair foreign = Issue(test::MakeAuthority("theirs"), {.name = "fairlead"});
    File("cert.pem", foreign.cert);
    File("key.pem", foreign.key);
    EXPECT_THAT(Hello(identity), AllOf(HasSubstr("UNAUTHENTICATED"), HasSubstr("refuses us with"),
                                       HasSubstr("TLS profile corp")))
        << version;
  }
  EXPECT_TRUE(fake_.requests().empty());
}

TEST_F(TlsEngine, FilesThatAreNoGoodAreToldByNameAndNothingIsSent) {
  Listen(Issue(authority_, kOnLoopback));
  const tls::Profile good = Good();
  const auto with = [&](auto change) {
    tls::Profile identity = good;
    change(identity);
    const std::string outcome = Hello(identity);
    EXPECT_THAT(outcome, HasSubstr("UNAUTHENTICATED"));
    return outcome;
  };
  const std::string empty = File("empty.pem", "");
  const std::string other = File("other.pem", Issue(authority_, {}).key);
  const std::string locked = File("locked.pem", test::Encrypted(Issue(authority_, {}).key));
  EXPECT_THAT(with([&](auto& i) { i.cert = "/nonexistent"; }),
              HasSubstr("certificate /nonexistent"));
  EXPECT_THAT(with([&](auto& i) { i.cert = folder_; }), HasSubstr("it is no file"));
  EXPECT_THAT(with([&](auto& i) { i.cert = empty; }), HasSubstr("holds no PEM certificate"));
  EXPECT_THAT(with([&](auto& i) { i.key = "/nonexistent"; }), HasSubstr("key /nonexistent"));
  EXPECT_THAT(with([&](auto& i) { i.key = empty; }), HasSubstr("no PEM key"));
  EXPECT_THAT(with([&](auto& i) { i.key = other; }), HasSubstr("certificate's"));
  EXPECT_THAT(with([&](auto& i) { i.key = locked; }), HasSubstr("needs a passphrase"));
  EXPECT_THAT(with([&](auto& i) { i.ca = "/nonexistent"; }), HasSubstr("authorities /nonexistent"));
  EXPECT_THAT(with([&](auto& i) { i.ca = empty; }), HasSubstr("holds no PEM certificate"));
  EXPECT_EQ(front_->handshakes(), 0);
  EXPECT_EQ(Hello(good), "OK");
}

TEST_F(TlsEngine, BelowTls12NothingIsSpoken) {
  Listen(Issue(authority_, kOnLoopback), TLS1_1_VERSION);
  EXPECT_THAT(Hello(Good()), AllOf(HasSubstr("UNAUTHENTICATED"), HasSubstr("TLS 1.2")));
}

TEST_F(TlsEngine, APeerThatSpeaksNoTlsIsUnavailable) {
  asio::ip::tcp::acceptor plain(driver_.context(), {asio::ip::address_v4::loopback(), 0});
  const std::string words = "HTTP/1.0 400 Bad Request\r\n\r\n";
  asio::ip::tcp::socket peer(driver_.context());
  plain.async_accept(peer, [&](const boost::system::error_code& error) {
    if (!error) peer.write_some(asio::buffer(words));
  });
  const auto engine =
      *MakeHttpEngine(driver_.context(),
                      fmt::format("tcp://127.0.0.1:{}", plain.local_endpoint().port()), {}, Good());
  const auto hello = driver_.Run(engine->Hello());
  ASSERT_FALSE(hello);
  EXPECT_EQ(hello.error().code, Code::kUnavailable);
  EXPECT_THAT(hello.error().message, HasSubstr("speaks no TLS on this port"));
}

TEST_F(TlsEngine, AHandshakeWithoutAnAnswerEndsAtItsDeadline) {
  asio::ip::tcp::acceptor silent(driver_.context(), {asio::ip::address_v4::loopback(), 0});
  EngineLimits limits;
  limits.connect_timeout = 100ms;
  const auto engine = *MakeHttpEngine(
      driver_.context(), fmt::format("tcp://127.0.0.1:{}", silent.local_endpoint().port()), limits,
      Good());
  EXPECT_EQ(driver_.Run(engine->Hello()).error().code, Code::kDeadlineExceeded);
}

TEST_F(TlsEngine, AUnixSocketHasNone) {
  const auto engine = MakeHttpEngine(driver_.context(), fake_.endpoint(), {}, Good());
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fairlead::docker

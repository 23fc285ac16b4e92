// Checks over TLS against servers that a test scripts: who believes whom, what is said when one
// does not, and what a reconnect costs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>

#include "integration/h2/frames.h"
#include "integration/health/flood_server.h"
#include "integration/health/recording_sink.h"
#include "integration/health/scripted_server.h"
#include "integration/health/tls_files.h"
#include "integration/health/tls_server.h"

namespace fairlead::health::testing {
namespace {

using h2::testing::Field;
using h2::testing::Frame;
using h2::testing::Settings;
using spec::CheckClass;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ServingReply() {
  return Settings() +
         Frame(1, 4, 1, Field(":status", "200") + Field("content-type", "application/grpc")) +
         Frame(0, 0, 1, std::string("\0\0\0\0\2\x08\1", 7)) +
         Frame(1, 5, 1, Field("grpc-status", "0"));
}

spec::CheckTarget SecureOn(std::uint16_t port, const std::string& id = "c1") {
  spec::CheckTarget target = TargetOn(port, id);
  target.health.timeout = 5s;
  target.health.tls_profile = "corp";
  return target;
}

class TlsChecks : public ::testing::Test {
 protected:
  TlsScript Script() const {
    return {.identity = files_.Server(),
            .client_authority = files_.authority().cert,
            .reply = ServingReply()};
  }
  // The first outcome of a target with a prober of its own.
  spec::CheckOutcome Ask(const spec::CheckTarget& target, const std::string& server_name = "") {
    ProberLimits limits;
    limits.lateness_max = 1h;  // a busy machine shall not change what is found
    ProberUnderTest under_test(limits, {}, {.profiles = {files_.Profile(server_name)}});
    under_test.prober().Begin(target);
    return under_test.sink().Outcome(target.generation.id.value, 0);
  }

  TlsFiles files_;
};

TEST_F(TlsChecks, AServerThatShowsItsAddressIsServing) {
  TlsServer server(Script());
  const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
  EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
  EXPECT_EQ(server.told_name(), "") << "an address is no name to tell";
}

TEST_F(TlsChecks, TheProfilesServerNameIsToldAndExpected) {
  TlsScript script = Script();
  script.identity = files_.Server("DNS:user-service");
  TlsServer server(script);
  EXPECT_EQ(Ask(SecureOn(server.port()), "user-service").check_class, CheckClass::kServing);
  EXPECT_EQ(server.told_name(), "user-service");
  const spec::CheckOutcome other = Ask(SecureOn(server.port()), "billing");
  EXPECT_EQ(other.check_class, CheckClass::kTls);
  EXPECT_THAT(other.detail, AllOf(HasSubstr("is not for billing"), HasSubstr("DNS:user-service")));
}

TEST_F(TlsChecks, BothVersionsAreSpokenAndNothingOlder) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsScript script = Script();
    script.version_max = version;
    TlsServer server(script);
    const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
    EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
  }
  TlsScript old = Script();
  old.version_max = TLS1_1_VERSION;
  TlsServer server(old);
  const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
  EXPECT_EQ(outcome.check_class, CheckClass::kTls);
  EXPECT_THAT(outcome.detail, HasSubstr("TLS 1.2"));
}

TEST_F(TlsChecks, ACertificateThatIsNotBelievedIsMisconfigurationWithWhatWasPresented) {
  const test::KeyPair theirs =
      Issue(test::MakeAuthority("elsewhere"), {.name = "server", .alternative = "IP:127.0.0.1"});
  const std::pair<test::KeyPair, const char*> rows[] = {
      {theirs, "is not signed by"},
      {theirs, "elsewhere"},
      {files_.Server("IP:127.0.0.9"), "IP Address:127.0.0.9"},
      {files_.Server("DNS:user-service"), "set server_name of TLS profile corp"},
      {files_.Server("IP:127.0.0.1", -2, -1), "has expired"},
      {files_.Server("IP:127.0.0.1", 1, 2), "not valid yet"}};
  for (const auto& [identity, expected] : rows) {
    TlsScript script = Script();
    script.identity = identity;
    TlsServer server(script);
    const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
    EXPECT_EQ(outcome.check_class, CheckClass::kTls) << expected;
    EXPECT_TRUE(spec::IsMisconfiguration(outcome.check_class));
    EXPECT_THAT(outcome.detail, HasSubstr(expected));
  }
}

TEST_F(TlsChecks, ARefusalOfOurCertificateIsToldAsOne) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsScript script = Script();
    script.client_authority = test::MakeAuthority("elsewhere").cert;
    script.version_max = version;
    TlsServer server(script);
    const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
    EXPECT_EQ(outcome.check_class, CheckClass::kTls) << version;
    EXPECT_THAT(outcome.detail,
                AllOf(HasSubstr("refuses us with"), HasSubstr("see cert and key of TLS profile")));
  }
}

// As gRPC's C-core does: no alert, the socket just ends.
TEST_F(TlsChecks, WhoAsksForOurCertificateAndThenHangsUpRefusesUs) {
  for (const bool asks : {true, false}) {
    TlsScript script = Script();
    if (!asks) script.client_authority.clear();
    script.hangs_up = true;
    TlsServer server(script);
    const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
    EXPECT_EQ(outcome.check_class == CheckClass::kTls, asks);
    EXPECT_EQ(spec::IsLivenessClass(outcome.check_class), !asks);
    EXPECT_EQ(outcome.detail.contains("refuses us with"), asks) << outcome.detail;
  }
}

TEST_F(TlsChecks, AServerWithoutH2ByAlpnIsToldSo) {
  for (const char* alpn : {"", "spdy/1"}) {
    TlsScript script = Script();
    script.alpn = alpn;
    TlsServer server(script);
    const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
    EXPECT_EQ(outcome.check_class, CheckClass::kTls) << alpn;
    EXPECT_THAT(outcome.detail, HasSubstr("ALPN"));
  }
}

TEST_F(TlsChecks, APlaintextServerIsToldSo) {
  for (const std::string& reply : {Settings(), std::string("HTTP/1.0 400 Bad Request\r\n\r\n")}) {
    ScriptedServer server(reply, Then::kClose);
    const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
    EXPECT_EQ(outcome.check_class, CheckClass::kTls) << outcome.detail;
    EXPECT_THAT(outcome.detail, HasSubstr("speaks no TLS on this port"));
  }
}

TEST_F(TlsChecks, WhatHappensToTheSocketDuringTheHandshakeStaysWhatItIs) {
  const ClosedPort closed;
  EXPECT_EQ(Ask(SecureOn(closed.port())).check_class, CheckClass::kRefused);
  ScriptedServer resets("", Then::kReset);
  const spec::CheckOutcome reset = Ask(SecureOn(resets.port()));
  EXPECT_EQ(reset.check_class, CheckClass::kReset);
  EXPECT_THAT(reset.detail, HasSubstr("during the TLS handshake"));
  ScriptedServer closes("", Then::kClose);
  EXPECT_EQ(Ask(SecureOn(closes.port())).check_class, CheckClass::kClosed);
  ScriptedServer silent("", Then::kHold);
  spec::CheckTarget impatient = SecureOn(silent.port());
  impatient.health.timeout = 100ms;
  EXPECT_EQ(Ask(impatient).check_class, CheckClass::kTimeout);
}

// It hangs up on plaintext without a word, as servers on OpenSSL do.
TEST_F(TlsChecks, AServerOfTlsThatIsAskedInPlaintextIsToldWithTheLabelThatIsMissing) {
  for (const auto protocol : {spec::HealthProtocol::kGrpc, spec::HealthProtocol::kHttp}) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsScript script = Script();
      script.version_max = version;
      TlsServer server(script);
      spec::CheckTarget target = SecureOn(server.port());
      target.health.protocol = protocol;
      target.health.tls_profile.clear();
      const spec::CheckOutcome outcome = Ask(target);
      EXPECT_EQ(outcome.check_class, CheckClass::kTls) << outcome.detail;
      EXPECT_THAT(outcome.detail, HasSubstr("fairlead.health.tls"));
    }
  }
}

TEST_F(TlsChecks, WhoHangsUpOnPlaintextAndOnTlsIsWhatItWas) {
  for (const auto& [then, expected] :
       {std::pair(Then::kClose, CheckClass::kClosed), {Then::kReset, CheckClass::kReset}}) {
    ScriptedServer server("", then);
    spec::CheckTarget target = SecureOn(server.port());
    target.health.tls_profile.clear();
    EXPECT_EQ(Ask(target).check_class, expected);
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_F(TlsChecks, AProfileThatIsOfNoUseIsToldAndTakenWhenItIsMended) {
  TlsServer server(Script());
  const std::string key = files_.Path("key");
  std::filesystem::rename(key, key + ".away");
  ProberUnderTest under_test({}, {}, {.profiles = {files_.Profile()}});
  under_test.prober().Begin(SecureOn(server.port()));
  const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(outcome.check_class, CheckClass::kTls);
  EXPECT_THAT(outcome.detail, AllOf(HasSubstr(key), HasSubstr("No such file")));
  std::filesystem::rename(key + ".away", key);
  under_test.prober().CheckSoon(SecureOn(server.port()).generation, 0ms);
  EXPECT_EQ(under_test.sink().Outcome("c1", 1).check_class, CheckClass::kServing);
}

TEST_F(TlsChecks, AProfileThatDoesNotExistIsTold) {
  TlsServer server(Script());
  spec::CheckTarget target = SecureOn(server.port());
  target.health.tls_profile = "other";
  const spec::CheckOutcome outcome = Ask(target);
  EXPECT_EQ(outcome.check_class, CheckClass::kTls);
  EXPECT_THAT(outcome.detail, HasSubstr("no TLS profile other"));
}

TEST_F(TlsChecks, AReconnectResumesTheSession) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsScript script = Script();
    script.version_max = version;
    script.closes = true;
    TlsServer server(script);
    ProberUnderTest under_test({}, {}, {.profiles = {files_.Profile()}});
    under_test.prober().Begin(SecureOn(server.port()));
    for (std::size_t i = 0; i < 4; ++i) {
      const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", i);
      ASSERT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
    }
    EXPECT_GE(server.resumed(), 3) << version;
    EXPECT_LE(server.handshakes() - server.resumed(), 1) << version;
  }
}

TEST_F(TlsChecks, ANewPairOfOursIsShownWholeAndNotByAnOldSession) {
  TlsScript script = Script();
  script.closes = true;
  TlsServer server(script);
  ProberUnderTest under_test({}, {}, {.profiles = {files_.Profile()}});
  spec::CheckTarget target = SecureOn(server.port());
  under_test.prober().Begin(target);
  ASSERT_EQ(under_test.sink().Outcome("c1", 0).check_class, CheckClass::kServing);
  files_.Show({.name = "fairlead, the next"});
  const int before = server.handshakes() - server.resumed();
  // One that began before the new pair may be among them.
  const std::size_t seen = under_test.sink().count();
  ASSERT_EQ(under_test.sink().Outcome("c1", seen + 2).check_class, CheckClass::kServing);
  EXPECT_GE(server.handshakes() - server.resumed(), before + 1);
}

TEST_F(TlsChecks, AnHttpCheckGoesOverItAndNeedsNoAlpn) {
  for (const char* alpn : {"", "http/1.1"}) {
    TlsScript script = Script();
    script.alpn = alpn;
    script.reply = "HTTP/1.1 200 OK\r\n\r\n";
    TlsServer server(script);
    spec::CheckTarget target = SecureOn(server.port());
    target.health.protocol = spec::HealthProtocol::kHttp;
    const spec::CheckOutcome outcome = Ask(target);
    EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
  }
}

TEST_F(TlsChecks, AnHttpCheckSaysWhatStandsBetween) {
  spec::CheckTarget target = SecureOn(0);
  target.health.protocol = spec::HealthProtocol::kHttp;
  TlsScript script = Script();
  script.identity = files_.Server("DNS:user-service");
  TlsServer distrusted(script);
  target.port = distrusted.port();
  EXPECT_EQ(Ask(target).check_class, CheckClass::kTls);
  script = Script();
  script.alpn = "";
  script.client_authority = test::MakeAuthority("elsewhere").cert;
  TlsServer distrusting(script);
  target.port = distrusting.port();
  const spec::CheckOutcome refused = Ask(target);
  EXPECT_EQ(refused.check_class, CheckClass::kTls) << refused.detail;
  EXPECT_THAT(refused.detail, HasSubstr("refuses us"));
  ScriptedServer closes("", Then::kClose);
  target.port = closes.port();
  EXPECT_EQ(Ask(target).check_class, CheckClass::kClosed);
  ScriptedServer silent("", Then::kHold);
  target.port = silent.port();
  target.health.timeout = 100ms;
  EXPECT_EQ(Ask(target).check_class, CheckClass::kTimeout);
}

// The TLS half of a flood: bytes that no frame shows.
TEST_F(TlsChecks, AnAnswerWithoutEndCostsItTheConnection) {
  TlsScript script = Script();
  script.reply = Settings() + std::string(4'000'000, '\0');
  TlsServer server(script);
  const spec::CheckOutcome outcome = Ask(SecureOn(server.port()));
  EXPECT_TRUE(spec::IsMisconfiguration(outcome.check_class)) << outcome.detail;
}

// Each of its bytes is a wake-up of ours, long before there is a frame to count.
TEST_F(TlsChecks, AHandshakeOfOneByteAfterAnotherIsOverTheLimit) {
  const std::string head_of_a_record("\x16\x03\x03\x40\x00\x02", 6);
  for (const spec::HealthProtocol protocol :
       {spec::HealthProtocol::kGrpc, spec::HealthProtocol::kHttp}) {
    FloodServer server("", head_of_a_record + std::string(16'000, '\0'), 1, 1ms);
    spec::CheckTarget target = SecureOn(server.port());
    target.health.protocol = protocol;
    const spec::CheckOutcome outcome = Ask(target);
    EXPECT_EQ(outcome.check_class, CheckClass::kProtocol) << outcome.detail;
    EXPECT_TRUE(outcome.is_over_limit) << outcome.detail;
  }
}

}  // namespace
}  // namespace fairlead::health::testing

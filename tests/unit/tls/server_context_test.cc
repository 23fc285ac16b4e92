// What a server's context agrees to, with clients of all kinds, over a pair of buffers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "support/certificates.h"
#include "tls/client_context.h"
#include "tls/pem.h"
#include "tls/server_context.h"

namespace fairlead::tls {
namespace {

using test::Issue;
using test::KeyPair;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Side = std::unique_ptr<SSL, void (*)(SSL*)>;

struct Outcome {
  std::string client;  // why the client gave up; empty: it did not
  std::string server;  // the same, in our words
  std::string protocol;
  std::string version;
  bool is_resumed = false;
  std::string names;                     // the client's
  std::optional<std::string> objection;  // to its session
  std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session{nullptr, SSL_SESSION_free};
};

class ServerContext : public ::testing::Test {
 protected:
  Result<Context> Make(ClientAuth auth, ServerProtocol protocol = ServerProtocol::kHttp2) const {
    const Profile profile = ProfileWith(auth);
    return MakeServerContext(profile, Texts(), protocol);
  }
  ProfileTexts Texts() const {
    return {.cert = ours_.cert, .key = ours_.key, .authorities = authority_.cert};
  }
  static Profile ProfileWith(ClientAuth auth) {
    return {.name = "corp", .cert = "/c/cert", .key = "/c/key", .ca = "/c/ca", .client_auth = auth};
  }

  struct Client {
    const KeyPair* pair = nullptr;
    std::string offers = std::string("\x02h2");
    int version_max = 0;
    SSL_SESSION* session = nullptr;
    std::string believes = {};        // instead of our authority
    bool is_believed_always = false;  // as if it had been checked when it was good
  };

  Outcome Meet(const Context& server_context, const Client& client,
               ClientAuth auth = ClientAuth::kNone) const {
    const Result<Context> context = MakeClientContext(
        {.name = "client", .ca = "/d/ca"},
        {.authorities = client.believes.empty() ? authority_.cert : client.believes});
    EXPECT_TRUE(context) << context.error().message;
    const Side caller(SSL_new(context->get()), SSL_free);
    const Side server(SSL_new(server_context.get()), SSL_free);
    SSL_set_connect_state(caller.get());
    if (client.pair != nullptr) {
      SSL_use_certificate(caller.get(), PemReader(client.pair->cert).Next().get());
      SSL_use_PrivateKey(caller.get(), PemReader(client.pair->key).ReadKey().get());
    }
    SSL_set_accept_state(server.get());
    SSL_set_alpn_protos(caller.get(), reinterpret_cast<const unsigned char*>(client.offers.data()),
                        static_cast<unsigned>(client.offers.size()));
    // Older versions need a lower security level to be tried at all.
    if (client.version_max != 0) {
      SSL_set_security_level(caller.get(), 0);
      SSL_set_min_proto_version(caller.get(), 0);
      SSL_set_max_proto_version(caller.get(), client.version_max);
    }
    if (client.session != nullptr) SSL_set_session(caller.get(), client.session);
    if (client.is_believed_always)
      SSL_set_verify(server.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    std::string distrusted;
    NoteDistrusted(server.get(), distrusted);
    BIO* one = nullptr;
    BIO* other = nullptr;
    BIO_new_bio_pair(&one, 1 << 17, &other, 1 << 17);
    SSL_set_bio(caller.get(), one, one);
    SSL_set_bio(server.get(), other, other);

    Outcome outcome;
    std::string byte(1, 'x');
    for (int round = 0; round < 20 && (outcome.client + outcome.server).empty(); ++round) {
      Step(caller.get(), outcome.client,
           [](SSL*, unsigned long error) { return std::string(ERR_reason_error_string(error)); });
      Step(server.get(), outcome.server, [&](SSL* connection, unsigned long error) {
        return ClientTrouble(connection, error, ProfileWith(auth), distrusted);
      });
      // What TLS 1.3 tells in place of the first byte, tickets among it.
      if (SSL_is_init_finished(caller.get()) != 0 && SSL_is_init_finished(server.get()) != 0) {
        std::size_t moved = 0;
        SSL_write_ex(server.get(), byte.data(), 1, &moved);
        if (SSL_read_ex(caller.get(), byte.data(), 1, &moved) == 1) break;
      }
    }
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(caller.get(), &name, &length);
    if (length > 0) outcome.protocol.assign(reinterpret_cast<const char*>(name), length);
    outcome.version = SSL_get_version(caller.get());
    outcome.names = ClientNames(server.get());
    outcome.objection = ExpiredSince(server.get());
    outcome.is_resumed = SSL_session_reused(server.get()) == 1;
    outcome.session.reset(SSL_get1_session(caller.get()));
    SSL_set_shutdown(caller.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return outcome;
  }

  template <class Words>
  static void Step(SSL* side, std::string& why, Words words) {
    ERR_clear_error();
    const int result = SSL_do_handshake(side);
    if (result == 1) return;
    const int kind = SSL_get_error(side, result);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return;
    why = words(side, ERR_peek_error());
  }

  const KeyPair authority_ = test::MakeAuthority("corp root");
  const KeyPair ours_ = Issue(authority_, {.name = "server", .alternative = "DNS:server.corp"});
  const KeyPair theirs_ = Issue(authority_, {.name = "client", .alternative = "DNS:client.corp"});
};

TEST_F(ServerContext, AgreesOnTheNewestVersionAndOnItsProtocol) {
  const auto http2 = Make(ClientAuth::kNone);
  ASSERT_TRUE(http2) << http2.error().message;
  const Outcome newest = Meet(*http2, {.offers = std::string("\x08http/1.1\x02h2")});
  EXPECT_EQ(newest.client + newest.server, "");
  EXPECT_EQ(newest.version, "TLSv1.3");
  EXPECT_EQ(newest.protocol, "h2");
  EXPECT_EQ(Meet(*http2, {.version_max = TLS1_2_VERSION}).version, "TLSv1.2");

  const auto http1 = Make(ClientAuth::kNone, ServerProtocol::kHttp1);
  EXPECT_EQ(Meet(*http1, {.offers = std::string("\x02h2\x08http/1.1")}).protocol, "http/1.1");
}

TEST_F(ServerContext, WhatIsOlderThanTls12IsRefusedOnBothSides) {
  const auto context = Make(ClientAuth::kNone);
  const Outcome old = Meet(*context, {.version_max = TLS1_1_VERSION});
  EXPECT_THAT(old.server, HasSubstr("no TLS 1.2 or newer"));
}

TEST_F(ServerContext, WhoOffersOnlyOtherProtocolsIsRefused) {
  const auto context = Make(ClientAuth::kNone);
  EXPECT_THAT(Meet(*context, {.offers = std::string("\x08http/1.1")}).server,
              HasSubstr("nothing that is spoken here"));
}

TEST_F(ServerContext, AskingForACertificateIsThreefold) {
  const KeyPair stranger =
      Issue(test::MakeAuthority("elsewhere"), {.name = "a", .alternative = "DNS:stranger.corp"});
  const KeyPair stale = Issue(
      authority_,
      {.name = "a", .alternative = "DNS:stale.corp", .valid_from_hours = -2, .valid_to_hours = -1});
  const KeyPair early =
      Issue(authority_, {.name = "a", .valid_from_hours = 1, .valid_to_hours = 2});
  const KeyPair server_only = Issue(authority_, {.name = "a", .usage = "serverAuth"});
  struct Row {
    ClientAuth auth;
    const KeyPair* shown;
    ::testing::Matcher<const std::string&> refusal;
  };
  const Row rows[] = {
      {ClientAuth::kNone, nullptr, IsEmpty()},
      {ClientAuth::kNone, &stranger, IsEmpty()},
      {ClientAuth::kRequest, nullptr, IsEmpty()},
      {ClientAuth::kRequest, &theirs_, IsEmpty()},
      {ClientAuth::kRequest, &stranger,
       AllOf(HasSubstr("not signed by /c/ca"), HasSubstr("stranger.corp"))},
      {ClientAuth::kRequire, &theirs_, IsEmpty()},
      {ClientAuth::kRequire, nullptr, HasSubstr("shows no certificate")},
      {ClientAuth::kRequire, &stranger, HasSubstr("issuer CN = elsewhere")},
      {ClientAuth::kRequire, &stale, AllOf(HasSubstr("has expired"), HasSubstr("stale.corp"))},
      {ClientAuth::kRequire, &early, HasSubstr("not valid yet")},
      {ClientAuth::kRequire, &server_only, HasSubstr("unsuitable certificate purpose")},
  };
  for (const Row& row : rows) {
    const auto context = Make(row.auth);
    ASSERT_TRUE(context) << context.error().message;
    for (const int version : {0, TLS1_2_VERSION}) {
      EXPECT_THAT(Meet(*context, {.pair = row.shown, .version_max = version}, row.auth).server,
                  row.refusal);
    }
  }
}

TEST_F(ServerContext, AClientThatDoesNotBelieveUsIsToldOf) {
  const auto context = Make(ClientAuth::kNone);
  Outcome met = Meet(*context, {.believes = test::MakeAuthority("elsewhere").cert});
  EXPECT_THAT(met.client, HasSubstr("certificate verify failed"));
}

TEST_F(ServerContext, ASessionIsTakenUpAgainByTheContextThatGaveItAlone) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const ClientAuth auth : {ClientAuth::kNone, ClientAuth::kRequire}) {
      const auto context = Make(auth);
      const Outcome first = Meet(*context, {.pair = &theirs_, .version_max = version}, auth);
      ASSERT_EQ(first.client + first.server, "");
      EXPECT_FALSE(first.is_resumed);
      const Client again{.pair = &theirs_, .version_max = version, .session = first.session.get()};
      EXPECT_TRUE(Meet(*context, again, auth).is_resumed) << version;
      const auto next = Make(auth);
      const Outcome other = Meet(*next, again, auth);
      EXPECT_EQ(other.client + other.server, "");
      EXPECT_FALSE(other.is_resumed) << version;
    }
  }
}

TEST_F(ServerContext, AClientIsKnownByTheNamesOfItsCertificate) {
  const auto context = Make(ClientAuth::kRequest);
  EXPECT_EQ(Meet(*context, {}).names, "");
  const Outcome shown = Meet(*context, {.pair = &theirs_}, ClientAuth::kRequest);
  EXPECT_EQ(shown.names, "DNS:client.corp");
  EXPECT_EQ(shown.objection, std::nullopt);
}

TEST_F(ServerContext, ASessionOfACertificateThatHasExpiredSinceIsObjectedTo) {
  const KeyPair stale = Issue(
      authority_,
      {.name = "a", .alternative = "DNS:stale.corp", .valid_from_hours = -2, .valid_to_hours = -1});
  const auto context = Make(ClientAuth::kRequest);
  const Outcome met = Meet(*context, {.pair = &stale, .is_believed_always = true});
  ASSERT_TRUE(met.objection);
  EXPECT_THAT(*met.objection, AllOf(HasSubstr("has expired since"), HasSubstr("stale.corp")));
}

TEST_F(ServerContext, AProfileThatCannotServeIsRefusedByWhatItLacks) {
  Profile profile = ProfileWith(ClientAuth::kNone);
  profile.cert = profile.key = "";
  auto made = MakeServerContext(profile, Texts(), ServerProtocol::kHttp2);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kInvalidArgument);
  EXPECT_THAT(made.error().message, HasSubstr("no cert and key"));

  profile = ProfileWith(ClientAuth::kRequest);
  profile.ca = "";
  made = MakeServerContext(profile, Texts(), ServerProtocol::kHttp2);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kInvalidArgument);
  EXPECT_THAT(made.error().message, HasSubstr("set ca"));
}

}  // namespace
}  // namespace fairlead::tls

// PEM texts to a context: what is taken, and what is found to be wrong before anybody is connected
// to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>

#include "support/certificates.h"
#include "tls/client_context.h"

namespace fairlead::tls {
namespace {

using test::Issue;
using test::KeyPair;
using ::testing::HasSubstr;

const Profile kProfile{.name = "corp", .cert = "/c/cert", .key = "/c/key", .ca = "/c/ca"};

class ClientContext : public ::testing::Test {
 protected:
  ProfileTexts Good() const {
    return {.cert = ours_.cert, .key = ours_.key, .authorities = authority_.cert};
  }
  // Why it is refused; empty when it is taken.
  static std::string Refusal(const ProfileTexts& texts, const Profile& profile = kProfile) {
    const Result<Context> made = MakeClientContext(profile, texts);
    if (made) return "";
    EXPECT_EQ(made.error().code, Code::kUnauthenticated);
    return made.error().message;
  }

  const KeyPair authority_ = test::MakeAuthority("corp root");
  const KeyPair ours_ = Issue(authority_, {.name = "fairlead"});
};

TEST_F(ClientContext, APairAndItsAuthoritiesMakeOneThatVerifiesAndSpeaksNothingOld) {
  const Result<Context> made = MakeClientContext(kProfile, Good());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(SSL_CTX_get_verify_mode(made->get()), SSL_VERIFY_PEER);
  EXPECT_EQ(SSL_CTX_get_min_proto_version(made->get()), TLS1_2_VERSION);
  EXPECT_NE(SSL_CTX_get0_certificate(made->get()), nullptr);
}

TEST_F(ClientContext, WithoutOwnCertificateNoneIsShown) {
  const Profile profile{.name = "corp", .ca = "/c/ca"};
  const Result<Context> made = MakeClientContext(profile, {.authorities = authority_.cert});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(SSL_CTX_get0_certificate(made->get()), nullptr);
}

TEST_F(ClientContext, AKeyThatEveryUserMayReadIsRefusedByTheDaemonAndTakenByTheProbe) {
  ProfileTexts texts = Good();
  for (const unsigned mode : {0600U, 0640U, 0400U}) {
    texts.key_mode = mode;
    EXPECT_TRUE(MakeKeptClientContext(kProfile, texts)) << mode;
  }
  texts.key_mode = 0644;
  const Result<Context> made = MakeKeptClientContext(kProfile, texts);
  ASSERT_FALSE(made);
  EXPECT_EQ(
      made.error().message,
      "read key /c/key of TLS profile corp: its mode 0644 lets every user read it; chmod 0600 "
      "it (0640 for a group; defaultMode 0400 for a Secret)");
  EXPECT_TRUE(MakeClientContext(kProfile, texts));
}

TEST_F(ClientContext, AChainIsShownWhole) {
  ProfileTexts texts = Good();
  texts.cert += authority_.cert;
  const Result<Context> made = MakeClientContext(kProfile, texts);
  ASSERT_TRUE(made) << made.error().message;
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(made->get(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 1);
}

TEST_F(ClientContext, WhatDoesNotFitIsRefusedByNameAndWithWhatToDo) {
  const KeyPair stale =
      Issue(authority_, {.name = "a", .valid_from_hours = -2, .valid_to_hours = -1});
  const auto half = [](const std::string& text) { return text.substr(0, text.size() / 2); };
  ProfileTexts texts = Good();
  texts.cert = "";
  EXPECT_THAT(Refusal(texts),
              HasSubstr("certificate /c/cert of TLS profile corp: it holds no PEM"));
  texts.cert = half(ours_.cert);
  EXPECT_THAT(Refusal(texts), HasSubstr("half of one"));
  texts.cert = ours_.cert + half(authority_.cert);
  EXPECT_THAT(Refusal(texts), HasSubstr("half of one"));
  texts = Good();
  texts.key = {};
  EXPECT_THAT(Refusal(texts), HasSubstr("key /c/key of TLS profile corp: it is no PEM key"));
  texts.key = half(ours_.key);
  EXPECT_THAT(Refusal(texts), HasSubstr("it is no PEM key"));
  texts.key = Issue(authority_, {}).key;
  EXPECT_THAT(Refusal(texts), HasSubstr("it is not the certificate's key"));
  texts.key = test::Encrypted(ours_.key);
  EXPECT_THAT(Refusal(texts), HasSubstr("needs a passphrase"));
  texts = {.cert = stale.cert, .key = stale.key, .authorities = authority_.cert};
  EXPECT_THAT(Refusal(texts), HasSubstr("it has expired"));
  texts = Good();
  texts.authorities = "nothing";
  EXPECT_THAT(Refusal(texts), HasSubstr("authorities /c/ca of TLS profile corp: it holds no PEM"));
  texts.authorities = authority_.cert + half(authority_.cert);
  EXPECT_THAT(Refusal(texts), HasSubstr("half of one"));
  EXPECT_EQ(Refusal(Good()), "");
}

}  // namespace
}  // namespace fairlead::tls

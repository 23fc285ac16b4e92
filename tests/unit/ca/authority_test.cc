// Roots and intermediates: made, written, read, and refused each with its sentence.
#include "ca/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "ca/leaf.h"
#include "support/certificates.h"

namespace fairlead::ca {
namespace {

using std::chrono::hours;
using test::Issue;
using test::KeyPair;
using ::testing::HasSubstr;

Wall Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

TEST(MakeRoot, SignsLeavesAndNoOtherAuthority) {
  const Wall now = Now();
  const Result<Authority> root = MakeRoot(now);
  ASSERT_TRUE(root) << root.error().message;
  X509* const certificate = root->certificate.get();
  EXPECT_EQ(X509_check_ca(certificate), 1);
  EXPECT_EQ(X509_get_pathlen(certificate), 0);
  EXPECT_EQ(X509_get_key_usage(certificate), unsigned{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
  EXPECT_EQ(EVP_PKEY_get_bits(root->key.get()), 256);
  EXPECT_EQ(SpanOf(certificate), root->span);
  EXPECT_TRUE(root->span.Holds(now - hours(23)));
  EXPECT_TRUE(root->span.Holds(now + kRootLife - hours(1)));
  EXPECT_FALSE(root->span.Holds(now + kRootLife));
  const Result<Authority> next = MakeRoot(now);
  ASSERT_TRUE(next);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(certificate),
                             X509_get0_serialNumber(next->certificate.get())),
            0);
}

TEST(ReadRoots, ReadsWhatWasWritten) {
  std::vector<Authority> roots;
  roots.push_back(*MakeRoot(Now() - hours(24 * 3600)));
  roots.push_back(*MakeRoot(Now()));
  const Result<std::vector<Authority>> read = ReadRoots(TextOfRoots(roots));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].span, roots[0].span);
  EXPECT_TRUE(
      IssueLeaf((*read)[1], {.common_name = "a", .uri = "spiffe://d/a/b"}, hours(1), Now()));
}

TEST(ReadRoots, RefusesEachDamageWithItsSentence) {
  const Authority one = *MakeRoot(Now());
  const Authority other = *MakeRoot(Now());
  const std::string cert = TextOf(one.certificate.get());
  const std::string key = TextOf(one.key.get());
  const KeyPair leaf = Issue({.cert = cert, .key = key}, {.name = "leaf"});
  std::string many;
  for (int i = 0; i < 5; ++i) many += cert + key;
  const std::pair<std::string, std::string> damages[] = {
      {"", "it holds no certificate"},
      {"garbage", "it holds no certificate"},
      {cert + key.substr(0, key.size() / 2), "it ends in the middle"},
      {cert, "a certificate in it has no key"},
      {key, "it holds no certificate"},
      {cert + TextOf(other.key.get()), "not that of the certificate before it"},
      {cert + key + TextOf(other.key.get()), "a key without a certificate"},
      {leaf.cert + leaf.key, "no authority's"},
      {many, "more than 4"},
  };
  for (const auto& [text, why] : damages) {
    const Result<std::vector<Authority>> read = ReadRoots(text);
    ASSERT_FALSE(read) << why;
    EXPECT_EQ(read.error().code, Code::kDataLoss);
    EXPECT_THAT(read.error().message, HasSubstr(why));
  }
}

// A root kept elsewhere, and an intermediate that it has signed.
class IssuerTest : public ::testing::Test {
 protected:
  IssuerTexts Texts(const KeyPair& pair) const {
    return {.who = "TLS profile host-7", .cert = pair.cert, .key = pair.key, .roots = root_.cert};
  }
  std::string WhyNot(const IssuerTexts& texts, Wall now = Now()) {
    const Result<Authority> read = ReadIssuer(texts, now);
    EXPECT_FALSE(read);
    return read ? "" : read.error().message;
  }

  const KeyPair root_ = test::MakeAuthority("offline root");
  const KeyPair intermediate_ = Issue(root_, {.name = "host-7", .is_authority = true});
};

TEST_F(IssuerTest, AnIntermediateSignsWhatItsRootsBelieversBelieve) {
  const Result<Authority> issuer = ReadIssuer(Texts(intermediate_), Now());
  ASSERT_TRUE(issuer) << issuer.error().message;
  const Result<Pair> pair = IssueLeaf(
      *issuer, {.common_name = "users", .uri = "spiffe://d/shop/users"}, hours(24), Now());
  ASSERT_TRUE(pair) << pair.error().message;
  EXPECT_EQ(pair->span.end, issuer->span.end) << "an hour, and no more";
  const std::vector<Certificate> chain = CertificatesIn(pair->cert);
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_TRUE(Verify(chain[0].get(), {.roots = root_.cert, .between = pair->cert, .now = Now()}));
  EXPECT_FALSE(Verify(chain[0].get(), {.roots = root_.cert, .between = "", .now = Now()}));
}

TEST_F(IssuerTest, ARootThatComesAlongIsNotHandedOn) {
  IssuerTexts texts = Texts(intermediate_);
  texts.cert += root_.cert;
  const Result<Authority> issuer = ReadIssuer(texts, Now());
  ASSERT_TRUE(issuer) << issuer.error().message;
  EXPECT_EQ(CertificatesIn(issuer->between).size(), 1U);
}

TEST_F(IssuerTest, EachMistakeHasItsSentence) {
  const KeyPair leaf = Issue(root_, {.name = "leaf", .alternative = "DNS:leaf"});
  EXPECT_THAT(WhyNot(Texts(leaf)), HasSubstr("read cert of TLS profile host-7 to sign with: it is "
                                             "no authority's"));
  EXPECT_THAT(WhyNot(Texts({.cert = intermediate_.cert, .key = leaf.key})),
              HasSubstr("it is not the key of the first certificate"));
  EXPECT_THAT(WhyNot(Texts({.cert = intermediate_.cert, .key = "x"})), HasSubstr("no PEM key"));
  EXPECT_THAT(
      WhyNot(Texts({.cert = intermediate_.cert, .key = test::Encrypted(intermediate_.key)})),
      HasSubstr("a passphrase"));
  EXPECT_THAT(WhyNot(Texts({.cert = "x", .key = intermediate_.key})), HasSubstr("no PEM cert"));
  EXPECT_THAT(WhyNot(Texts(intermediate_), Now() + hours(2)), HasSubstr("it has expired"));
  EXPECT_THAT(WhyNot(Texts(intermediate_), Now() - hours(2)), HasSubstr("not valid yet"));
  IssuerTexts foreign = Texts(intermediate_);
  foreign.roots = test::MakeAuthority("another").cert;
  EXPECT_THAT(WhyNot(foreign), HasSubstr("who believes ca would not believe what it signs"));
  foreign.roots = "x";
  EXPECT_THAT(WhyNot(foreign), HasSubstr("read ca of TLS profile host-7"));
  // It may sign, but only what it is not made for.
  const KeyPair narrow =
      Issue(root_, {.name = "host-7", .usage = "serverAuth", .is_authority = true});
  EXPECT_THAT(WhyNot(Texts(narrow)), HasSubstr("would not believe what it signs"));
}

}  // namespace
}  // namespace fairlead::ca

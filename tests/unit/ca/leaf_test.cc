// Leaves on a clock of the test's own: what they hold, who believes them, when they are due.
#include "ca/leaf.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <set>

#include "tls/peer_words.h"

namespace fairlead::ca {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Wall kNow{hours(24 * 20'000)};
const Identity kUsersLeaf{.common_name = "users",
                          .dns_names = {"users", "users.shop"},
                          .uri = "spiffe://fairlead.internal/shop/users"};

class LeafTest : public ::testing::Test {
 protected:
  Pair Issued(seconds lifetime, Wall now = kNow) {
    Result<Pair> pair = IssueLeaf(root_, kUsersLeaf, lifetime, now);
    EXPECT_TRUE(pair);
    return pair ? *std::move(pair) : Pair{};
  }
  RenewalReason Why(const std::string& cert, Wall now, const Identity& identity = kUsersLeaf,
                    seconds lifetime = hours(24)) {
    return WhyRenew({.cert = cert,
                     .bundle = bundle_,
                     .identity = identity,
                     .lifetime = lifetime,
                     .issuer_end = root_.span.end},
                    now);
  }

  const Authority root_ = *MakeRoot(kNow);
  const std::string bundle_ = TextOf(root_.certificate.get());
};

TEST_F(LeafTest, IsForServersAndClientsOfOneService) {
  const Pair pair = Issued(hours(24));
  const std::vector<Certificate> chain = CertificatesIn(pair.cert);
  ASSERT_EQ(chain.size(), 1U) << "who believes a root has it";
  X509* const leaf = chain[0].get();
  EXPECT_EQ(tls::ExactNamesOf(leaf),
            "DNS:users\nDNS:users.shop\nURI:spiffe://fairlead.internal/shop/users");
  EXPECT_EQ(X509_check_host(leaf, "users.shop", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf, "carts", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ca(leaf), 0);
  EXPECT_EQ(X509_get_key_usage(leaf), unsigned{KU_DIGITAL_SIGNATURE});
  EXPECT_EQ(X509_get_extended_key_usage(leaf), unsigned{XKU_SSL_SERVER | XKU_SSL_CLIENT});
  EXPECT_TRUE(Verify(leaf, {.roots = bundle_, .between = "", .now = kNow}));
  const Authority other = *MakeRoot(kNow);
  EXPECT_FALSE(
      Verify(leaf, {.roots = TextOf(other.certificate.get()), .between = "", .now = kNow}));
  std::string key_text = pair.key;
  const Key key = tls::PemReader(key_text).ReadKey();
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(X509_check_private_key(leaf, key.get()), 1);
}

TEST_F(LeafTest, BeginsALittleEarlyAndEndsWithItsIssuerAtTheLatest) {
  EXPECT_EQ(Issued(hours(24)).span, (Span{kNow - minutes(5), kNow + hours(24)}));
  EXPECT_EQ(Issued(seconds(30)).span, (Span{kNow - seconds(6), kNow + seconds(30)}));
  const Wall late = root_.span.end - hours(1);
  EXPECT_EQ(Issued(hours(24), late).span.end, root_.span.end);
  EXPECT_FALSE(IssueLeaf(root_, kUsersLeaf, hours(24), root_.span.end));
  EXPECT_FALSE(IssueLeaf(root_, kUsersLeaf, hours(24), root_.span.begin - seconds(1)));
}

TEST_F(LeafTest, IsRenewedBeforeTwoThirdsOfItsLifeAreOverAndNotMuchBefore) {
  const Pair pair = Issued(hours(24));
  const Wall due = RenewalDue(pair.span, kUsersLeaf.uri);
  const seconds life = pair.span.end - pair.span.begin;
  EXPECT_LT(due, pair.span.begin + life * 2 / 3);
  EXPECT_GE(due, pair.span.begin + life * 3 / 5);
  EXPECT_EQ(Why(pair.cert, kNow), RenewalReason::kNone);
  EXPECT_EQ(Why(pair.cert, due - seconds(1)), RenewalReason::kNone);
  EXPECT_EQ(Why(pair.cert, due), RenewalReason::kAge);
}

TEST_F(LeafTest, ThoseThatWereMadeAtOnceComeAgainOneByOne) {
  const Pair pair = Issued(hours(24));
  std::set<Wall> dues;
  for (int i = 0; i < 100; ++i) dues.insert(RenewalDue(pair.span, "service-" + std::to_string(i)));
  EXPECT_GT(dues.size(), 90U);
  EXPECT_GT(*dues.rbegin() - *dues.begin(), minutes(30));
}

TEST_F(LeafTest, EachReasonIsFound) {
  const Pair pair = Issued(hours(24));
  EXPECT_EQ(Why("", kNow), RenewalReason::kMissing);
  EXPECT_EQ(Why("x", kNow), RenewalReason::kUnreadable);
  EXPECT_EQ(Why(pair.cert.substr(0, 300), kNow), RenewalReason::kUnreadable);
  Identity moved = kUsersLeaf;
  moved.uri = "spiffe://prod.corp/shop/users";
  EXPECT_EQ(Why(pair.cert, kNow, moved), RenewalReason::kIdentity);
  EXPECT_EQ(Why(pair.cert, kNow - minutes(6)), RenewalReason::kClock);
  EXPECT_EQ(Why(pair.cert, kNow - minutes(4)), RenewalReason::kNone);
  EXPECT_EQ(Why(pair.cert, kNow + hours(24)), RenewalReason::kExpired);
  EXPECT_EQ(Why(pair.cert, kNow, kUsersLeaf, hours(1)), RenewalReason::kLifetime);
  const Authority other = *MakeRoot(kNow);
  EXPECT_EQ(WhyRenew({.cert = pair.cert,
                      .bundle = TextOf(other.certificate.get()),
                      .identity = kUsersLeaf,
                      .lifetime = hours(24),
                      .issuer_end = other.span.end},
                     kNow),
            RenewalReason::kDistrusted);
}

TEST_F(LeafTest, AnIssuerThatEndsMakesNoStormOfRenewals) {
  const Wall late = root_.span.end - hours(1);
  const Pair pair = Issued(hours(24), late);
  EXPECT_EQ(Why(pair.cert, root_.span.end - seconds(1)), RenewalReason::kNone)
      << "a new one would end at the same time";
}

}  // namespace
}  // namespace fairlead::ca

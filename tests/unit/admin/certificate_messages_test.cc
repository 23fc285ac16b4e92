#include "admin/certificate_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fairlead::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kNoon = 1'790'000'000;
constexpr std::int64_t kDay = 86'400;

CertificateInUse Living(std::int64_t days, std::int64_t left_s) {
  return {.profile = "ops",
          .plane = "admin",
          .facts = {.own = tls::CertificateFacts{.names = "DNS:ops.corp",
                                                 .issuer = "CN = corp",
                                                 .begin_s = kNoon + left_s - days * kDay,
                                                 .end_s = kNoon + left_s}},
          .trouble = ""};
}

std::vector<std::string> Warnings(const CertificateInUse& one) {
  return CertificateWarnings({one}, kNoon);
}

TEST(CertificateMessages, TellWhatIsInUse) {
  CertificateInUse one = Living(90, 30 * kDay);
  one.facts.authority_count = 2;
  one.facts.authorities_end_s = kNoon + 1;
  one.trouble = "half of it";
  const auto told = RenderCertificates({one, {.profile = "bare", .plane = "checks"}});
  ASSERT_EQ(told.certificates_size(), 2);
  const v1::Certificate& first = told.certificates(0);
  EXPECT_EQ(first.profile() + " " + first.plane() + " " + first.names() + " " + first.issuer(),
            "ops admin DNS:ops.corp CN = corp");
  EXPECT_EQ(first.end_time().seconds() - first.begin_time().seconds(), 90 * kDay);
  EXPECT_EQ(first.authority_count(), 2);
  EXPECT_EQ(first.authorities_end_time().seconds(), kNoon + 1);
  EXPECT_EQ(first.trouble(), "half of it");
  EXPECT_FALSE(told.certificates(1).has_end_time());
  EXPECT_FALSE(told.certificates(1).has_authorities_end_time());
}

TEST(CertificateMessages, WarnOfWhatWhoeverRenewsIsLateWith) {
  EXPECT_THAT(Warnings(Living(90, 15 * kDay)), IsEmpty());
  EXPECT_THAT(Warnings(Living(90, 14 * kDay)),
              ElementsAre("the certificate of TLS profile ops (admin) ends in 14 days"));
  EXPECT_THAT(Warnings(Living(3, kDay + 1)), IsEmpty())
      << "it is renewed at two thirds of its life";
  EXPECT_THAT(Warnings(Living(3, kDay)),
              ElementsAre("the certificate of TLS profile ops (admin) ends in 24 hours"));
  EXPECT_THAT(Warnings(Living(3, 0)),
              ElementsAre("the certificate of TLS profile ops (admin) has expired"));
}

TEST(CertificateMessages, WarnOfAuthoritiesAndOfFilesThatAreWrong) {
  CertificateInUse one{.profile = "corp", .plane = "checks", .trouble = "it holds no PEM"};
  one.facts.authority_count = 1;
  one.facts.authorities_end_s = kNoon + 15 * kDay;
  EXPECT_THAT(Warnings(one), ElementsAre("TLS profile corp (checks): it holds no PEM"));
  one.trouble.clear();
  one.facts.authorities_end_s = kNoon + 3600;
  EXPECT_THAT(Warnings(one),
              ElementsAre("an authority of TLS profile corp (checks) ends in 1 hours"));
}

}  // namespace
}  // namespace fairlead::admin

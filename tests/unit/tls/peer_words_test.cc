// What failed between us and a TLS peer: the kind of trouble, and that the words name who has to
// act.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/certificates.h"
#include "tls/peer_words.h"

namespace fairlead::tls {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Profile kProfile{.name = "corp", .cert = "/c/cert", .key = "/c/key", .ca = "/c/ca"};
const PeerOf kServer{.who = "the server", .host = "10.0.0.1", .profile = kProfile};

unsigned long SslError(int reason) {
  return ERR_PACK(ERR_LIB_SSL, 0, reason);
}

class PeerWords : public ::testing::Test {
 protected:
  Finding After(long verify_result, int reason = SSL_R_CERTIFICATE_VERIFY_FAILED) {
    SSL_set_verify_result(connection_.get(), verify_result);
    return FindTrouble(connection_.get(), SslError(reason), kServer);
  }

  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_client_method()),
                                                              SSL_CTX_free};
  const std::unique_ptr<SSL, void (*)(SSL*)> connection_{SSL_new(context_.get()), SSL_free};
};

TEST_F(PeerWords, EachReasonForDistrustSaysAnotherThingToDo) {
  const std::pair<long, const char*> rows[] = {
      {X509_V_ERR_HOSTNAME_MISMATCH, "is not for 10.0.0.1; set server_name of TLS profile corp"},
      {X509_V_ERR_IP_ADDRESS_MISMATCH, "is not for 10.0.0.1; set server_name of TLS profile corp"},
      {X509_V_ERR_CERT_HAS_EXPIRED, "has expired; renew it"},
      {X509_V_ERR_CERT_NOT_YET_VALID, "not valid yet; compare the clocks"},
      {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "is not signed by /c/ca"},
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "set ca of TLS profile corp"}};
  for (const auto& [result, expected] : rows) {
    const Finding found = After(result);
    EXPECT_EQ(found.trouble, Trouble::kDistrust) << result;
    EXPECT_THAT(found.words, AllOf(HasSubstr("the server's certificate"), HasSubstr(expected)));
  }
}

TEST_F(PeerWords, WhatIsNotAboutCertificatesIsToldByItsReason) {
  const std::pair<int, Trouble> rows[] = {
      {SSL_R_WRONG_VERSION_NUMBER, Trouble::kNoTls},
      {SSL_R_UNSUPPORTED_PROTOCOL, Trouble::kOldTls},
      {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, Trouble::kOldTls},
      {SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL, Trouble::kNoProtocol},
      {SSL_R_TLSV1_ALERT_UNKNOWN_CA, Trouble::kRefusal},
      {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, Trouble::kRefusal},
      {SSL_R_BAD_LENGTH, Trouble::kOther}};
  for (const auto& [reason, expected] : rows) {
    const Finding found = After(X509_V_OK, reason);
    EXPECT_EQ(found.trouble, expected) << reason;
    EXPECT_THAT(found.words, HasSubstr("the server")) << reason;
  }
}

TEST_F(PeerWords, ARefusalNamesWhatWeShowed) {
  const unsigned long error = SslError(SSL_R_TLSV1_ALERT_UNKNOWN_CA);
  EXPECT_THAT(RefusalWords(error, kServer).value_or(""),
              AllOf(HasSubstr("refuses us with /c/cert"), HasSubstr("TLS profile corp")));
  const Profile bare{.name = "corp"};
  EXPECT_THAT(RefusalWords(error, {.who = "it", .host = "", .profile = bare}).value_or(""),
              HasSubstr("without a client certificate"));
  EXPECT_FALSE(RefusalWords(SslError(SSL_R_WRONG_VERSION_NUMBER), kServer));
  EXPECT_FALSE(RefusalWords(0, kServer));
}

TEST_F(PeerWords, ANameIsToldToTheServerAndAnAddressIsNot) {
  Expect(connection_.get(), kServer);
  EXPECT_EQ(SSL_get_servername(connection_.get(), TLSEXT_NAMETYPE_host_name), nullptr);
  const std::unique_ptr<char, void (*)(char*)> address(
      X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(connection_.get())),
      [](char* text) { OPENSSL_free(text); });
  EXPECT_STREQ(address.get(), "10.0.0.1");
  Profile named = kProfile;
  named.server_name = "user-service";
  const std::unique_ptr<SSL, void (*)(SSL*)> other(SSL_new(context_.get()), SSL_free);
  Expect(other.get(), {.who = "the server", .host = "10.0.0.1", .profile = named});
  EXPECT_STREQ(SSL_get_servername(other.get(), TLSEXT_NAMETYPE_host_name), "user-service");
  EXPECT_STREQ(X509_VERIFY_PARAM_get0_host(SSL_get0_param(other.get()), 0), "user-service");
}

TEST_F(PeerWords, WhatACertificateHoldsIsShownPrintableAndShort) {
  const auto shown = [](const test::KeyPair& pair) {
    const std::unique_ptr<BIO, void (*)(BIO*)> text(
        BIO_new_mem_buf(pair.cert.data(), static_cast<int>(pair.cert.size())), BIO_free_all);
    const std::unique_ptr<X509, void (*)(X509*)> one(
        PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free);
    return Presented(one.get());
  };
  const test::KeyPair authority = test::MakeAuthority("corp root");
  EXPECT_THAT(shown(Issue(authority, {.alternative = "DNS:a.b,IP:10.0.0.9"})),
              AllOf(HasSubstr("it names DNS:a.b, IP Address:10.0.0.9"), HasSubstr("corp root"),
                    HasSubstr("ends ")));
  EXPECT_THAT(shown(Issue(authority, {})), HasSubstr("nobody (no subjectAltName)"));
  std::string many = "DNS:a";
  for (int i = 0; i < 500; ++i) many += ",DNS:host-" + std::to_string(i);
  EXPECT_LT(shown(Issue(authority, {.alternative = many})).size(), 500U);
  EXPECT_THAT(shown(Issue(authority, {.alternative = "DNS:a\x1b[31mb"})), Not(HasSubstr("\x1b")));
}

// ExactNamesOf() of a certificate with these names, whatever is in them.
std::string ExactNames(const std::vector<std::pair<int, std::string>>& names) {
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> all(GENERAL_NAMES_new(),
                                                                     GENERAL_NAMES_free);
  for (const auto& [type, value] : names) {
    GENERAL_NAME* const name = GENERAL_NAME_new();
    ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, value.data(), static_cast<int>(value.size()));
    GENERAL_NAME_set0_value(name, type, text);
    sk_GENERAL_NAME_push(all.get(), name);
  }
  X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, all.get(), 0, X509V3_ADD_DEFAULT);
  return ExactNamesOf(certificate.get());
}

TEST(ExactNames, AreThoseOfTheCertificateWholeAndOneALine) {
  EXPECT_EQ(ExactNames({{GEN_DNS, "a.b"}, {GEN_URI, "spiffe://c/d"}, {GEN_EMAIL, "e@f"}}),
            "DNS:a.b\nURI:spiffe://c/d\nemail:e@f");
  EXPECT_EQ(ExactNames({}), "nobody (no subjectAltName)");
}

TEST(ExactNames, NoNamePassesForAnother) {
  // CVE-2021-44532 and its like: what looks like two names is one, and stays one.
  EXPECT_EQ(ExactNames({{GEN_URI, "x://y/,DNS:admin.corp"}}), "URI:x://y/,DNS:admin.corp");
  for (const std::string& value :
       {std::string("a\nDNS:admin.corp"), std::string("admin.corp\0.evil", 16),
        std::string("a, DNS:admin.corp"), std::string("admin.corp\xc2\xa0"), std::string()})
    EXPECT_EQ(ExactNames({{GEN_DNS, value}}), "nobody (no subjectAltName)") << value;
  EXPECT_EQ(ExactNames({{GEN_EMAIL, "e\nDNS:admin.corp"}}), "email:e\\x0aDNS:admin.corp");
}

TEST(ExactNames, AreBoundedAndNoneIsCut) {
  std::vector<std::pair<int, std::string>> many(100, {GEN_DNS, std::string(100, 'a')});
  many.insert(many.begin(), {GEN_DNS, std::string(kExactNamesBytesMax + 1, 'b')});
  const std::string names = ExactNames(many);
  EXPECT_LE(names.size(), kExactNamesBytesMax);
  EXPECT_TRUE(names.ends_with("\nDNS:" + std::string(100, 'a')));
  EXPECT_THAT(names, Not(HasSubstr("b")));
}

}  // namespace
}  // namespace fairlead::tls

#include "tls/peer_words.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

#include "base/text.h"

namespace fairlead::tls {
namespace {

// Of one part of a certificate in a message; a hostile one may hold kilobytes.
constexpr std::size_t kPresentedBytesMax = 160;

class TextSink {
 public:
  BIO* bio() { return bio_.get(); }
  std::string Take() const {
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio_.get(), &data);
    if (length <= 0) return "";
    return Printable({data, static_cast<std::size_t>(length)}, kPresentedBytesMax);
  }

 private:
  std::unique_ptr<BIO, void (*)(BIO*)> bio_{BIO_new(BIO_s_mem()), BIO_free_all};
};

std::string EndOf(const X509* certificate) {
  TextSink text;
  ASN1_TIME_print(text.bio(), X509_get0_notAfter(certificate));
  return text.Take();
}

// The certificate that came, also one that was not believed.
const X509* LeafOf(const SSL* connection) {
  const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(connection);
  return chain != nullptr && sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
}

std::string MisnamedWords(const std::string& presented, const PeerOf& peer) {
  if (peer.uri != nullptr)
    return fmt::format(
        "{}'s certificate is not for {}{}; it has to serve the pair that is written for that "
        "service",
        peer.who, *peer.uri, presented);
  std::string expected(peer.expected_name());
  if (peer.profile.server_name.empty()) {
    for (const std::string& other : peer.other_names) expected += " or " + other;
  }
  return fmt::format(
      "{}'s certificate is not for {}{}; set server_name of TLS profile {} to a name that it "
      "holds",
      peer.who, expected, presented, peer.profile.name);
}

std::string DistrustWords(long result, const X509* leaf, const PeerOf& peer) {
  const std::string presented = leaf == nullptr ? "" : " (" + Presented(leaf) + ")";
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return MisnamedWords(presented, peer);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{}'s certificate has expired{}; renew it where it is served from",
                         peer.who, presented);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{}'s certificate is not valid yet{}; compare the clocks of both sides",
                         peer.who, presented);
    default:
      return fmt::format("{}'s certificate is not signed by {}: {}{}; set ca of TLS profile {}",
                         peer.who,
                         peer.profile.ca.empty() ? "an authority of this system" : peer.profile.ca,
                         X509_verify_cert_error_string(result), presented, peer.profile.name);
  }
}

std::string ReasonText(unsigned long error) {
  const char* const reason = ERR_reason_error_string(error);
  return reason == nullptr ? "error " + std::to_string(error) : reason;
}

std::string Shown(const PeerOf& peer) {
  return peer.profile.cert.empty() ? "without a client certificate"
                                   : fmt::format("with {}", peer.profile.cert);
}

constexpr std::string_view kNobody = "nobody (no subjectAltName)";

using Names = std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)>;

Names ReadNames(const X509* certificate) {
  return {static_cast<GENERAL_NAMES*>(
              X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
          GENERAL_NAMES_free};
}

std::string_view BytesOf(const ASN1_IA5STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

bool HasUri(const X509* certificate, std::string_view uri) {
  const Names names = ReadNames(certificate);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI && BytesOf(name->d.uniformResourceIdentifier) == uri) return true;
  }
  return false;
}

// Our place among a connection's data.
int UriIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// OpenSSL compares names and addresses by itself, and no URIs. Called for each certificate of the
// chain once that is good, the peer's own the last.
int OnVerified(int is_good, X509_STORE_CTX* store) {
  if (is_good != 1 || X509_STORE_CTX_get_error_depth(store) != 0) return is_good;
  const auto* const connection = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* const uri = static_cast<const std::string*>(SSL_get_ex_data(connection, UriIndex()));
  if (HasUri(X509_STORE_CTX_get_current_cert(store), *uri)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

// Empty: it has bytes that no name of its kind has.
std::string ExactName(GENERAL_NAME* name) {
  if (name->type != GEN_DNS && name->type != GEN_URI) {
    TextSink text;
    GENERAL_NAME_print(text.bio(), name);
    return text.Take();
  }
  const std::string_view exact = BytesOf(name->d.ia5);
  const bool is_visible = std::ranges::all_of(exact, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_visible || exact.empty()) return "";
  return (name->type == GEN_DNS ? "DNS:" : "URI:") + std::string(exact);
}

// OpenSSL numbers the peer's alerts from here on.
constexpr int kNoProtocolAlert = SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL;

}  // namespace

void Expect(SSL* connection, const PeerOf& peer) {
  const std::string name(peer.expected_name());
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  const bool is_address = !error;
  if (!is_address) {
    // The macro's own cast is a C one.
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(name.c_str()));
  }
  if (peer.uri != nullptr) {
    SSL_set_ex_data(connection, UriIndex(), const_cast<std::string*>(peer.uri));
    SSL_set_verify(connection, SSL_VERIFY_PEER, OnVerified);
    return;
  }
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(connection);
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
  if (!peer.profile.server_name.empty()) return;
  for (const std::string& other : peer.other_names)
    X509_VERIFY_PARAM_add1_host(parameters, other.c_str(), other.size());
}

Finding FindTrouble(const SSL* connection, unsigned long error, const PeerOf& peer) {
  if (const long result = SSL_get_verify_result(connection); result != X509_V_OK)
    return {Trouble::kDistrust, DistrustWords(result, LeafOf(connection), peer)};
  if (auto refused = RefusalWords(error, peer)) return {Trouble::kRefusal, *std::move(refused)};
  const std::string who(peer.who);
  switch (ERR_GET_REASON(error)) {
    case SSL_R_WRONG_VERSION_NUMBER:
      return {Trouble::kNoTls, who + " speaks no TLS on this port"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return {Trouble::kOldTls, who + " speaks no TLS 1.2 or newer"};
    case kNoProtocolAlert:
      return {Trouble::kNoProtocol, who + " takes none of the protocols that we offer by ALPN"};
    default:
      return {Trouble::kOther, who + " breaks TLS: " + ReasonText(error)};
  }
}

std::optional<std::string> RefusalWords(unsigned long error, const PeerOf& peer) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return std::nullopt;
  std::string why;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      why = "it asks for one";
      break;
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      why = "it has expired";
      break;
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      why = fmt::format("its authority is not {}'s", peer.who);
      break;
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:  // TLS 1.2 says so of a missing one
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
      why = fmt::format("it is not what {} wants", peer.who);
      break;
    default:
      return std::nullopt;
  }
  return fmt::format("{} refuses us {}: {}; see cert and key of TLS profile {} ({})", peer.who,
                     Shown(peer), why, peer.profile.name, ReasonText(error));
}

std::string SilentRefusalWords(const PeerOf& peer) {
  return fmt::format(
      "{} refuses us {}: it asked for a certificate and hung up on what it got; see cert and key "
      "of "
      "TLS profile {}",
      peer.who, Shown(peer), peer.profile.name);
}

std::string IssuerOf(const X509* certificate) {
  TextSink text;
  X509_NAME_print_ex(text.bio(), X509_get_issuer_name(certificate), 0, XN_FLAG_ONELINE);
  return text.Take();
}

std::string NamesOf(const X509* certificate) {
  const Names names = ReadNames(certificate);
  TextSink text;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  if (count <= 0) return std::string(kNobody);
  for (int i = 0; i < count; ++i) {
    if (i > 0) BIO_puts(text.bio(), ", ");
    GENERAL_NAME_print(text.bio(), sk_GENERAL_NAME_value(names.get(), i));
  }
  return text.Take();
}

std::string ExactNamesOf(const X509* certificate) {
  const Names names = ReadNames(certificate);
  std::string lines;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const std::string name = ExactName(sk_GENERAL_NAME_value(names.get(), i));
    if (name.empty() || lines.size() + name.size() + 1 > kExactNamesBytesMax) continue;
    lines += (lines.empty() ? "" : "\n") + name;
  }
  return lines.empty() ? std::string(kNobody) : lines;
}

std::string Presented(const X509* certificate) {
  return fmt::format("it names {}; issuer {}; ends {}", NamesOf(certificate), IssuerOf(certificate),
                     EndOf(certificate));
}

}  // namespace fairlead::tls

#include "tls/server_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>

#include "base/text.h"
#include "tls/peer_words.h"
#include "tls/pem.h"

namespace fairlead::tls {
namespace {

constexpr std::string_view kHttp2Name("\x02h2");
constexpr std::string_view kHttp1Name("\x08http/1.1");
constexpr std::string_view kHttpNames("\x02h2\x08http/1.1");
constexpr std::size_t kDialledBytesMax = 255;  // what a name may have
// Sessions of other servers in one process are not ours.
constexpr std::string_view kSessionContext = "fairlead";

int PlaceIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int OnVerify(int is_good, X509_STORE_CTX* verifying) {
  if (is_good == 1) return 1;
  const auto* const connection = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(verifying, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const place = static_cast<std::string*>(SSL_get_ex_data(connection, PlaceIndex()));
  const X509* const leaf = X509_STORE_CTX_get0_cert(verifying);
  if (place != nullptr && leaf != nullptr) *place = Presented(leaf);
  return 0;
}

int OnChoose(SSL*, const unsigned char** out, unsigned char* out_length,
             const unsigned char* offered, unsigned offered_length, void* wanted) {
  const auto& name = *static_cast<const std::string_view*>(wanted);
  unsigned char* chosen = nullptr;
  const int how = SSL_select_next_proto(
      &chosen, out_length, reinterpret_cast<const unsigned char*>(name.data()),
      static_cast<unsigned>(name.size()), offered, offered_length);
  if (how != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool NamesSomebody(X509* certificate) {
  return X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0;
}

// Which link did not sign the one before it; 0 when each did.
int BrokenLink(X509* leaf, const STACK_OF(X509) * chain) {
  X509* before = leaf;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* const link = sk_X509_value(chain, i);
    if (X509_check_issued(link, before) != X509_V_OK) return i + 2;
    before = link;
  }
  return 0;
}

Result<> CheckOwnCertificate(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts) {
  X509* const own = SSL_CTX_get0_certificate(context);
  if (Result<> kept = CheckKeyIsKept(profile, texts); !kept) return kept;
  if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0)
    return BadCertificate(profile,
                          "it is not valid yet; compare this host's clock with the issuer's");
  if (!NamesSomebody(own))
    return BadCertificate(profile,
                          "it names nobody that clients could expect (no subjectAltName); issue "
                          "one with DNS or IP names");
  if (X509_check_purpose(own, X509_PURPOSE_SSL_SERVER, 0) != 1)
    return BadCertificate(profile,
                          "it is not for servers; issue one whose extendedKeyUsage has serverAuth");
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  if (const int link = chain == nullptr ? 0 : BrokenLink(own, chain); link != 0)
    return BadCertificate(profile,
                          fmt::format("certificate {} in it did not sign the one before it; put "
                                      "the chain in order, the server's own first",
                                      link));
  return {};
}

Result<> UseClientAuth(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts) {
  if (profile.client_auth == ClientAuth::kNone) return {};
  if (Result<> used = UseAuthorities(context, profile, texts); !used) return used;
  // Told to clients, so that one with several certificates knows which to show.
  PemReader reader(texts.authorities);
  while (const Certificate next = reader.NextTrusted()) SSL_CTX_add_client_CA(context, next.get());
  int mode = SSL_VERIFY_PEER;
  if (profile.client_auth == ClientAuth::kRequire) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, mode, OnVerify);
  return {};
}

const std::string_view& NamesOf(ServerProtocol protocol) {
  if (protocol == ServerProtocol::kHttp2) return kHttp2Name;
  return protocol == ServerProtocol::kHttp1 ? kHttp1Name : kHttpNames;
}

void SetRules(SSL_CTX* context, ServerProtocol protocol) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Tickets are kept by clients; a cache of ours would be theirs to fill.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, kSessionSecondsMax);
  SSL_CTX_set_session_id_context(context,
                                 reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 static_cast<unsigned>(kSessionContext.size()));
  SSL_CTX_set_alpn_select_cb(context, OnChoose, const_cast<std::string_view*>(&NamesOf(protocol)));
}

std::string Reason(unsigned long error) {
  const char* const reason = ERR_reason_error_string(error);
  return reason == nullptr ? "error " + std::to_string(error) : reason;
}

std::string Distrust(long result, const Profile& profile, const std::string& presented) {
  const std::string what = presented.empty() ? "" : " (" + presented + ")";
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired" + what + "; renew it where it is shown from";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet" + what + "; compare the clocks of both sides";
    default:
      return fmt::format("its certificate is not signed by {}: {}{}; see ca of TLS profile {}",
                         profile.ca, X509_verify_cert_error_string(result), what, profile.name);
  }
}

}  // namespace

Result<Context> MakeServerContext(const Profile& profile, const ProfileTexts& texts,
                                  ServerProtocol protocol) {
  if (profile.cert.empty() || profile.key.empty())
    return Fail(Code::kInvalidArgument, fmt::format("serve with TLS profile {}: it has no cert and "
                                                    "key, which a server needs; set both",
                                                    profile.name));
  if (profile.client_auth != ClientAuth::kNone && profile.ca.empty())
    return Fail(Code::kInvalidArgument,
                fmt::format("serve with TLS profile {}: its client_auth asks for certificates and "
                            "nothing says whose are believed; set ca",
                            profile.name));
  const Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return Fail(Code::kResourceExhausted, "make a TLS context: no memory");
  SetRules(context.get(), protocol);
  Result<> used = UseOwnCertificate(context.get(), profile, texts);
  if (used) used = CheckOwnCertificate(context.get(), profile, texts);
  if (used) used = UseClientAuth(context.get(), profile, texts);
  ERR_clear_error();
  if (!used) return std::unexpected(used.error());
  return context;
}

void NoteDistrusted(SSL* connection, std::string& place) {
  SSL_set_ex_data(connection, PlaceIndex(), &place);
}

std::string ClientNames(const SSL* connection) {
  const X509* const shown = SSL_get0_peer_certificate(connection);
  return shown == nullptr ? "" : ExactNamesOf(shown);
}

std::optional<std::string> ExpiredSince(const SSL* connection) {
  const X509* const shown = SSL_get0_peer_certificate(connection);
  if (shown == nullptr || X509_cmp_current_time(X509_get0_notAfter(shown)) > 0) return std::nullopt;
  return "its certificate has expired since its session began (" + Presented(shown) + ")";
}

std::string ClientTrouble(const SSL* connection, unsigned long error, const Profile& profile,
                          const std::string& distrusted) {
  const int reason = ERR_GET_REASON(error);
  if (const long result = SSL_get_verify_result(connection);
      result != X509_V_OK && reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
    return Distrust(result, profile, distrusted);
  switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return fmt::format(
          "it shows no certificate, and client_auth of TLS profile {} requires one; a client whose "
          "own is not signed by {} may show none either",
          profile.name, profile.ca);
    case SSL_R_HTTP_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
      return "it speaks no TLS; tell it to use TLS on this port";
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return "it speaks no TLS 1.2 or newer";
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return "it offers by ALPN nothing that is spoken here";
    case SSL_R_NO_SHARED_CIPHER:
      return "it has no cipher in common with us";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return fmt::format(
          "it does not believe our certificate {}: {}; give it the authority that signed it, and "
          "dial a name that it holds",
          profile.cert, Reason(error));
    default:
      return "it breaks TLS: " + Reason(error);
  }
}

std::optional<std::string> HangUpWords(const SSL* connection, const Profile& profile) {
  const bool has_been_shown = SSL_get_pending_cipher(connection) != nullptr;
  if (!has_been_shown || SSL_session_reused(connection) == 1) return std::nullopt;
  return fmt::format(
      "it hung up on our certificate {} without a word, as gRPC clients do that do not believe it; "
      "give it the authority that signed it, and dial a name that it holds",
      profile.cert);
}

std::optional<std::string> LeavingWords(const SSL* connection, const Profile& profile) {
  const char* const dialled = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
  X509* const own = SSL_get_certificate(connection);
  if (dialled == nullptr || own == nullptr) return std::nullopt;
  const std::string_view name = dialled;
  if (X509_check_host(own, name.data(), name.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                      nullptr) != 0)
    return std::nullopt;
  return fmt::format(
      "it dials {}, which our certificate {} does not hold ({}), and left without a word; dial a "
      "name that it holds, or issue one for that name",
      Printable(name, kDialledBytesMax), profile.cert, NamesOf(own));
}

}  // namespace fairlead::tls

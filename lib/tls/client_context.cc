#include "tls/client_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls/profile_files.h"
#include "tls/session_slot.h"

namespace fairlead::tls {

Result<Context> MakeClientContext(const Profile& profile, const ProfileTexts& texts) {
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) return Fail(Code::kResourceExhausted, "make a TLS context: no memory");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SessionSlot::Serve(context.get());
  Result<> used;
  if (!profile.cert.empty()) used = UseOwnCertificate(context.get(), profile, texts);
  if (used) used = UseAuthorities(context.get(), profile, texts);
  ERR_clear_error();
  if (!used) return std::unexpected(used.error());
  return context;
}

Result<Context> MakeKeptClientContext(const Profile& profile, const ProfileTexts& texts) {
  if (Result<> kept = CheckKeyIsKept(profile, texts); !kept) return std::unexpected(kept.error());
  return MakeClientContext(profile, texts);
}

Result<Context> LoadClientContext(const Profile& profile) {
  const Result<ProfileTexts> texts = ReadTexts(profile);
  if (!texts) return std::unexpected(texts.error());
  return MakeKeptClientContext(profile, *texts);
}

}  // namespace fairlead::tls

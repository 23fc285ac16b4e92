#include "admin/certificate_messages.h"

#include <fmt/format.h>

#include "admin/render_values.h"

namespace fairlead::admin {
namespace {

// "" while there is time.
std::string EndWarning(std::string_view what, std::int64_t begin_s, std::int64_t end_s,
                       std::int64_t now_s) {
  const std::int64_t left = end_s - now_s;
  if (left <= 0) return fmt::format("{} has expired", what);
  if (left > kLateSeconds || left > (end_s - begin_s) / 3) return "";
  if (left < 2 * 86'400) return fmt::format("{} ends in {} hours", what, left / 3600);
  return fmt::format("{} ends in {} days", what, left / 86'400);
}

}  // namespace

v1::ListCertificatesResponse RenderCertificates(const std::vector<CertificateInUse>& certificates) {
  v1::ListCertificatesResponse response;
  for (const CertificateInUse& one : certificates) {
    v1::Certificate& out = *response.add_certificates();
    out.set_profile(Shown(one.profile));
    out.set_plane(one.plane);
    if (one.facts.own) {
      out.set_names(Shown(one.facts.own->names));
      out.set_issuer(Shown(one.facts.own->issuer));
      out.mutable_begin_time()->set_seconds(one.facts.own->begin_s);
      out.mutable_end_time()->set_seconds(one.facts.own->end_s);
    }
    out.set_authority_count(static_cast<std::int32_t>(one.facts.authority_count));
    if (one.facts.authority_count > 0)
      out.mutable_authorities_end_time()->set_seconds(one.facts.authorities_end_s);
    out.set_trouble(Shown(one.trouble));
  }
  return response;
}

std::vector<std::string> CertificateWarnings(const std::vector<CertificateInUse>& certificates,
                                             std::int64_t now_s) {
  std::vector<std::string> warnings;
  for (const CertificateInUse& one : certificates) {
    const std::string whose = fmt::format("TLS profile {} ({})", Shown(one.profile), one.plane);
    if (!one.trouble.empty()) warnings.push_back(Shown(whose + ": " + one.trouble));
    if (one.facts.own) {
      std::string ends = EndWarning("the certificate of " + whose, one.facts.own->begin_s,
                                    one.facts.own->end_s, now_s);
      if (!ends.empty()) warnings.push_back(std::move(ends));
    }
    if (one.facts.authority_count == 0) continue;
    // Authorities live for years; when they began says nothing.
    std::string ends =
        EndWarning("an authority of " + whose, one.facts.authorities_end_s - 3 * kLateSeconds,
                   one.facts.authorities_end_s, now_s);
    if (!ends.empty()) warnings.push_back(std::move(ends));
  }
  return warnings;
}

}  // namespace fairlead::admin

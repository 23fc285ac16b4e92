// The certificates of TLS profiles as the API tells them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fairlead/admin/v1/admin.pb.h"
#include "tls/profile.h"

namespace fairlead::admin {

// A profile as one part of the daemon uses it.
struct CertificateInUse {
  std::string profile;      // of "services": whose it is, e.g. "users.shop"
  std::string plane;        // "discovery", "admin", "http", "checks", "engine", "services"
  tls::ProfileFacts facts;  // of the files in use; empty while none ever was good
  std::string trouble;      // what is wrong with the files as they are now; empty: nothing
};

// So many days before its end, and with less than a third of its life left, a certificate is in
// `status`: whoever renews at two thirds, or a month before, is late by then.
inline constexpr std::int64_t kLateSeconds = 14 * 86'400;

v1::ListCertificatesResponse RenderCertificates(const std::vector<CertificateInUse>& certificates);

// A sentence for each that ends soon, has ended or has trouble. `now_s`: since 1970.
std::vector<std::string> CertificateWarnings(const std::vector<CertificateInUse>& certificates,
                                             std::int64_t now_s);

}  // namespace fairlead::admin

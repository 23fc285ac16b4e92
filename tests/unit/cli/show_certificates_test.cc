#include "cli/show_certificates.h"

#include <gtest/gtest.h>

namespace fairlead::cli {
namespace {

constexpr std::int64_t kNoon = 1'790'000'000;

TEST(ShowCertificates, HasALinePerUserAndTellsWhatIsWrong) {
  pb::ListCertificatesResponse list;
  EXPECT_EQ(
      ShowCertificates(list, kNoon, {}),
      "no certificate is in use (tls_profiles of the daemon's configuration, fairlead.tls=auto)\n");
  pb::Certificate& ops = *list.add_certificates();
  ops.set_profile("ops");
  ops.set_plane("admin");
  ops.set_names("DNS:ops.corp");
  ops.set_issuer("CN = corp");
  ops.mutable_end_time()->set_seconds(kNoon + 3 * 86'400);
  ops.set_authority_count(2);
  ops.mutable_authorities_end_time()->set_seconds(kNoon + 400 * 86'400);
  ops.set_trouble("read key /certs/tls.key of TLS profile ops: it is no PEM key");
  pb::Certificate& old = *list.add_certificates();
  old.set_profile("page");
  old.set_plane("http");
  old.set_names("DNS:page.corp");
  old.mutable_end_time()->set_seconds(kNoon - 60);
  pb::Certificate& bare = *list.add_certificates();
  bare.set_profile("trusting");
  bare.set_plane("checks");
  EXPECT_EQ(ShowCertificates(list, kNoon, {}),
            "PROFILE   USED BY  NAMES          ISSUER     ENDS             AUTHORITIES\n"
            "ops       admin    DNS:ops.corp   CN = corp  in 3d            2, first ends in 400d\n"
            "page      http     DNS:page.corp             expired 60s ago  the system's\n"
            "trusting  checks   (none)                                     the system's\n"
            "ops (admin): read key /certs/tls.key of TLS profile ops: it is no PEM key\n");
}

}  // namespace
}  // namespace fairlead::cli

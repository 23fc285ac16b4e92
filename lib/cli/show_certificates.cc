#include "cli/show_certificates.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"
#include "cli/show.h"

namespace fairlead::cli {
namespace {

Cell EndCell(const google::protobuf::Timestamp& end, std::int64_t now) {
  const std::int64_t left = end.seconds() - now;
  if (left <= 0) return {"expired " + Age(-left) + " ago", Colour::kBad};
  return {"in " + Age(left)};
}

std::string AuthoritiesText(const pb::Certificate& one, std::int64_t now) {
  if (one.authority_count() == 0) return "the system's";
  return fmt::format("{}, first ends {}", one.authority_count(),
                     EndCell(one.authorities_end_time(), now).text);
}

}  // namespace

std::string ShowCertificates(const pb::ListCertificatesResponse& list, std::int64_t now,
                             TableStyle style) {
  if (list.certificates().empty())
    return "no certificate is in use (tls_profiles of the daemon's configuration, "
           "fairlead.tls=auto)\n";
  std::vector<std::vector<Cell>> rows;
  std::string troubles;
  for (const pb::Certificate& one : list.certificates()) {
    const bool has_own = !one.names().empty();
    rows.push_back({{one.profile()},
                    {one.plane()},
                    {has_own ? one.names() : "(none)"},
                    {one.issuer()},
                    has_own ? EndCell(one.end_time(), now) : Cell{""},
                    {AuthoritiesText(one, now)}});
    if (one.trouble().empty()) continue;
    troubles += fmt::format("{} ({}): {}\n", Printable(one.profile()), Printable(one.plane()),
                            Printable(one.trouble(), 512));
  }
  return RenderTable({"PROFILE", "USED BY", "NAMES", "ISSUER", "ENDS", "AUTHORITIES"}, rows,
                     style) +
         troubles;
}

}  // namespace fairlead::cli

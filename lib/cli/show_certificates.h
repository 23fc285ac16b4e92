// The certificates in use as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "cli/table.h"
#include "fairlead/admin/v1/config.pb.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

// One line per profile and user, and after them what is wrong with files. `now`: since 1970.
std::string ShowCertificates(const pb::ListCertificatesResponse& list, std::int64_t now,
                             TableStyle style);

}  // namespace fairlead::cli

// Clients of discovery as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/table.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

// One line each. `is_wide`: every column, as wide as it needs.
// `now`: seconds since 1970, what ages are counted from.
std::string ShowClients(const std::vector<pb::Client>& clients, std::int64_t now, bool is_wide,
                        TableStyle style);
// All of one: who it is, each name that it asked for, each version.
std::string ShowClient(const pb::Client& client, std::int64_t now, TableStyle style);

}  // namespace fairlead::cli

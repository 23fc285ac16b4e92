// Which services had certificates in an earlier life of the daemon, as a text.
//
// Why: /run is empty after a boot, and an engine starts its containers before it answers anybody.
// Whoever knows them from before can have their files there first.
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ca/roster.h"

namespace fairlead::ca {

// As fairlead.project and fairlead.service allow it: each becomes a directory's name.
bool IsFolderName(const ServiceName& name);

// "shop/users 65532 65532\n"; a group of "-" is none.
std::string TextOfKnown(const std::vector<WantedService>& services);

// A line that is not like that is left out: what is lost by it is an early start.
std::vector<WantedService> ReadKnown(std::string_view text);

}  // namespace fairlead::ca

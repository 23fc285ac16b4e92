// The address of the page at `/` of the daemon's HTTP listener, with the token that lets it act.
//
// Why in the fragment: a browser sends that part of an address to no server, so it is in no log.
#pragma once

#include <string>

#include "base/result.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::cli {

// "http://127.0.0.1:18080/#token=..."; reads the file of the token. kFailedPrecondition: the daemon
// has no TCP listener for a browser; kPermissionDenied: the token may not be read, or is not here.
// The message says what to do.
Result<std::string> DashboardUrl(const admin::v1::Status& status);

}  // namespace fairlead::cli

// LintSent: what is wrong in files that a request brings. Opens no file and asks no environment.
#pragma once

#include "base/result.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::admin {

// kInvalidArgument for no file, for more than lint takes and for two of one name, and for a project
// that Compose would not take. Takes a second at most: lint's bounds.
Result<v1::LintResponse> LintSent(const v1::LintRequest& request);

}  // namespace fairlead::admin

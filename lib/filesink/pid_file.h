// PidFile: the NGINX of this host that wrote its process number into a file.
//
// Threads: any; reads small files.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace fairlead::filesink {

// 0: it does not run. kFailedPrecondition: `path` holds no number, or somebody else's by now; an
// empty path is that of nobody.
Result<std::int32_t> FindNginx(const std::string& path);

// SIGHUP, at which NGINX reads its files again, to the process that is found just then.
// kAlreadyExists: it does not run; kUnavailable: the kernel does not let us.
Result<> TellNginx(const std::string& path);

}  // namespace fairlead::filesink

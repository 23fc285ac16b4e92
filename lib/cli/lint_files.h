// LintFiles: `fairlead lint FILE...`: reads the files, prints what lint finds. Needs no daemon.
#pragma once

#include <iosfwd>

#include "cli/args.h"
#include "cli/run.h"

namespace fairlead::cli {

// Findings go to `out`, one a line or as JSON, and their number to `err` when there are any. The
// answer is no (kExitNo) when there is an error, or with --strict a warning.
int LintFiles(const Args& args, const Environment& environment, std::ostream& out,
              std::ostream& err);

}  // namespace fairlead::cli

// The hidden verb `complete-words`: what the shells' scripts ask.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/args.h"

namespace fairlead::cli {

// Prints CompletionText of args.operands. Names are asked of the daemon at `address`, or at the
// --admin of the line, for at most half a second and in silence: who types waits for nobody.
// Returns 0.
int CompleteWords(const Args& args, const std::string& address, std::ostream& out);

}  // namespace fairlead::cli

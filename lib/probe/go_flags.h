// A command line as Go's `flag` package reads it: `-addr=x`, `--addr x`, `-tls`, `-tls=false`.
//
// Why by hand: who replaces a Go tool keeps its command lines, down to what ends the flags (`--`,
// or the first word without a dash; what follows is looked at by nobody) and to `-tls false`, which
// sets tls to true. Messages are Go's.
// Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::probe {

struct GoFlag {
  std::string_view name;
  std::string_view value_name;  // for people; empty: a boolean, whose value may be left out
  std::string_view help;
  // Takes a value; fails with what is wrong with it. A boolean is given `true` or `false`.
  std::function<Result<>(std::string_view value)> take;
};

// True, false, or nothing, as Go's strconv.ParseBool.
std::optional<bool> ParseGoBool(std::string_view text);

// "text" in Go's quotes.
std::string Quoted(std::string_view text);

// Hands every flag of `arguments` to its GoFlag. Stops at the first mistake: kInvalidArgument with
// Go's message, or kCancelled when help was asked for by -h, -help.
Result<> ParseGoFlags(std::span<const GoFlag> flags, std::span<const std::string> arguments);

}  // namespace fairlead::probe

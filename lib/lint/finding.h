// Finding: what is wrong in a file that a person wrote, where, and what to write instead.
#pragma once

#include <compare>
#include <cstddef>
#include <string>

#include "spec/diagnostic.h"

namespace fairlead::lint {

// A place in one of the files; lines and columns count from 1, columns in characters.
struct Mark {
  std::size_t file = 0;  // index into the files, in the order in which they were given or read
  std::size_t line = 1;
  std::size_t column = 1;
  auto operator<=>(const Mark&) const = default;
};

struct Finding {
  std::string file;
  std::size_t line = 1;
  std::size_t column = 1;
  spec::Severity severity = spec::Severity::kWarning;
  std::string code;     // stable: lint/codes.h, or spec/diagnostic_codes.h for a label
  std::string subject;  // the label or key that it is about
  std::string message;  // printable
  std::string hint;     // what to do; may be empty
  auto operator<=>(const Finding&) const = default;

  // "compose.yaml:7:9: error: label-bad-port: fairlead.port: ..., ..."
  std::string Text() const;
};

}  // namespace fairlead::lint

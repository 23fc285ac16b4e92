// Diagnostic: what is wrong with something a person wrote, where, and what to write instead.
#pragma once

#include <compare>
#include <string>

namespace fairlead::spec {

enum class Severity { kWarning, kError };  // error: the container is not managed because of it

struct Diagnostic {
  Severity severity = Severity::kWarning;
  std::string code;     // stable, e.g. "label-bad-duration"; listed in manifests/README.md
  std::string subject;  // the label key or config path
  std::string message;  // what is wrong, with the value made printable
  std::string hint;     // what to write instead
  auto operator<=>(const Diagnostic&) const = default;
};

}  // namespace fairlead::spec

// Diagnostic: what is wrong with something a person wrote, where, and what to write instead.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace fairlead::spec {

enum class Severity { kWarning, kError };  // error: the container is not managed because of it

// "warning", "error": as shown to people and in the API.
constexpr std::string_view SeverityName(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

struct Diagnostic {
  Severity severity = Severity::kWarning;
  std::string code;     // stable, one of spec/diagnostic_codes.h; explained in manifests/README.md
  std::string subject;  // the label key or config path
  std::string message;  // what is wrong, with the value made printable
  std::string hint;     // what to write instead
  auto operator<=>(const Diagnostic&) const = default;
};

}  // namespace fairlead::spec

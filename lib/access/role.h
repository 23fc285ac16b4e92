// Role: how much of the operators' API somebody may use. Each may what the one before it may. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace fairlead::access {

enum class Role : std::uint8_t {
  kNone,      // nothing
  kViewer,    // reads what the daemon tells
  kOperator,  // acts on services within the limits: drain, restart, evict, pause; diagnoses
  kAdmin,     // goes beyond limits by force, and changes the daemon itself
};

// "none", "viewer", "operator", "admin".
std::string_view RoleName(Role role);
// "an operator", as sentences have it.
std::string_view RoleWithArticle(Role role);
// The config key that names who has it: "access.operators". REQUIRES: not kNone.
std::string_view RoleKey(Role role);

}  // namespace fairlead::access

#include "access/role.h"

namespace fairlead::access {

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kViewer:
      return "viewer";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      return "admin";
  }
  return "none";
}

std::string_view RoleWithArticle(Role role) {
  switch (role) {
    case Role::kNone:
      return "nobody";
    case Role::kViewer:
      return "a viewer";
    case Role::kOperator:
      return "an operator";
    case Role::kAdmin:
      return "an admin";
  }
  return "nobody";
}

std::string_view RoleKey(Role role) {
  switch (role) {
    case Role::kNone:
    case Role::kViewer:
      return "access.viewers";
    case Role::kOperator:
      return "access.operators";
    case Role::kAdmin:
      return "access.admins";
  }
  return "access.admins";
}

}  // namespace fairlead::access

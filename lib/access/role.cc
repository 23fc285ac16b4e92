#include "access/role.h"

#include <array>
#include <cstddef>

namespace fairlead::access {
namespace {

struct Words {
  std::string_view name;
  std::string_view with_article;
  std::string_view key;
};

// By the number of the role.
constexpr std::array<Words, 4> kWords = {{{"none", "nobody", "access.viewers"},
                                          {"viewer", "a viewer", "access.viewers"},
                                          {"operator", "an operator", "access.operators"},
                                          {"admin", "an admin", "access.admins"}}};
static_assert(kWords.size() == static_cast<std::size_t>(Role::kAdmin) + 1);

const Words& Of(Role role) {
  return kWords.at(static_cast<std::size_t>(role));
}

}  // namespace

std::string_view RoleName(Role role) {
  return Of(role).name;
}

std::string_view RoleWithArticle(Role role) {
  return Of(role).with_article;
}

std::string_view RoleKey(Role role) {
  return Of(role).key;
}

}  // namespace fairlead::access

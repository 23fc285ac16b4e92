#include "ca/file_owner.h"

#include <charconv>
#include <limits>
#include <system_error>

namespace fairlead::ca {
namespace {

// The last number means "nobody in particular" to the kernel's calls.
std::optional<std::uint32_t> NumberIn(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number == std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return number;
}

}  // namespace

FileOwner OwnerOf(std::string_view user) {
  const std::size_t colon = user.find(':');
  const std::string_view name = user.substr(0, colon);
  const std::string_view group = colon == user.npos ? "" : user.substr(colon + 1);
  const std::optional<std::uint32_t> uid =
      name.empty() || name == "root" ? std::optional<std::uint32_t>(0) : NumberIn(name);
  if (!uid) return {.unknown_user = std::string(name)};
  return {.uid = *uid, .gid = NumberIn(group)};
}

}  // namespace fairlead::ca

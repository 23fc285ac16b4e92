// FileOwner: whose a service's key is on disk. Pure.
//
// Why numbers alone: a name means what the image's /etc/passwd says, which nobody reads before the
// container runs; and by then its key has to be there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fairlead::ca {

struct FileOwner {
  std::uint32_t uid = 0;
  std::optional<std::uint32_t> gid = {};  // who may read it beside the user
  std::string unknown_user = {};          // named without a number, so the file is root's

  bool operator==(const FileOwner&) const = default;
};

// Of a container with this Config.User: "" and "root" are root, "65532" and "65532:65532" are who
// they say; of "1000:staff" only the user is known.
FileOwner OwnerOf(std::string_view user);

}  // namespace fairlead::ca

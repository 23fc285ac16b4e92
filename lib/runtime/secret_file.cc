#include "runtime/secret_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "runtime/open_file.h"
#include "runtime/small_file.h"

namespace fairlead::runtime {

std::optional<std::string> WhyNoSecret(unsigned mode) {
  if ((mode & S_IROTH) == 0) return std::nullopt;
  return fmt::format(
      "its mode {:04o} lets every user read it; chmod 0600 it (0640 for a group; defaultMode 0400 "
      "for a Secret)",
      mode & 07777U);
}

Result<std::string> ReadSecretFile(const std::string& path, std::size_t bytes_max) {
  struct stat facts{};
  if (LookAtFile(path, facts) == 0) {
    if (auto why = WhyNoSecret(facts.st_mode))
      return Fail(Code::kPermissionDenied, *std::move(why));
  }
  return ReadSmallFile(path, bytes_max);
}

}  // namespace fairlead::runtime

#include "rest/token_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "runtime/small_file.h"
#include "runtime/write_all.h"

namespace fairlead::rest {
namespace {

std::unexpected<Error> CannotUse(const std::string& path, const std::string& why) {
  return Fail(Code::kFailedPrecondition, "use the token of " + path + ": " + why);
}

// Of root's group nobody is but root, who may have been left no right to read what is others'.
mode_t ModeOf(gid_t group) {
  return group == 0 ? 0640 : 0600;
}

Result<> Make(const std::string& path) {
  std::array<unsigned char, kTokenBytes / 2> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return CannotUse(path, "the kernel gives no random bytes");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ModeOf(getegid()));
  if (file < 0 && errno == EEXIST) return {};
  if (file < 0) return CannotUse(path, std::generic_category().message(errno));
  text += "\n";
  const bool is_written = runtime::WriteAll(file, text);
  close(file);
  if (is_written) return {};
  unlink(path.c_str());
  return CannotUse(path, "it cannot be written");
}

}  // namespace

Result<std::string> OpenToken(const std::string& path) {
  if (Result<> made = Make(path); !made) return std::unexpected(made.error());
  struct stat about{};
  if (stat(path.c_str(), &about) != 0)
    return CannotUse(path, std::generic_category().message(errno));
  if (about.st_uid == geteuid())
    chmod(path.c_str(), about.st_mode | (ModeOf(about.st_gid) & 0077U));
  if ((about.st_mode & 0077U & ~ModeOf(about.st_gid)) != 0)
    return CannotUse(path, "others may read it; delete it, and the daemon makes a new one");
  Result<std::string> text = runtime::ReadSmallFile(path, 4096);
  if (!text) return CannotUse(path, text.error().message);
  while (text->ends_with('\n')) text->pop_back();
  const bool is_token = text->size() == kTokenBytes &&
                        text->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_token)
    return CannotUse(path, "it holds no token; delete it, and the daemon makes a new one");
  return text;
}

}  // namespace fairlead::rest

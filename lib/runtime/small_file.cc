#include "runtime/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>

namespace fairlead::runtime {

Result<std::string> ReadSmallFile(const std::string& path, std::size_t bytes_max) {
  const auto failed = [] {
    return Fail(Code::kUnavailable, std::generic_category().message(errno));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return failed();
  struct stat facts{};
  std::string text(bytes_max + 1, '\0');
  const bool is_file = ::fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
  const ssize_t bytes = is_file ? ::read(file, text.data(), text.size()) : 0;
  const auto problem = bytes < 0 ? std::optional(failed()) : std::nullopt;
  ::close(file);
  if (problem) return *problem;
  if (!is_file) return Fail(Code::kUnavailable, "it is no file");
  text.resize(static_cast<std::size_t>(bytes));
  if (text.size() > bytes_max)
    return Fail(Code::kUnavailable, "over " + std::to_string(bytes_max) + " bytes");
  return text;
}

}  // namespace fairlead::runtime

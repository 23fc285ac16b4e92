#include "runtime/small_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "runtime/open_file.h"

namespace fairlead::runtime {

Result<std::string> ReadSmallFile(const std::string& path, std::size_t bytes_max) {
  const auto failed = [](int error) {
    return Fail(Code::kUnavailable, std::generic_category().message(error));
  };
  FileDescriptor file;
  if (const int error = OpenToRead(path, file); error != 0) return failed(error);
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return failed(errno);
  if (!S_ISREG(facts.st_mode)) return Fail(Code::kUnavailable, "it is no file");
  std::string text(bytes_max + 1, '\0');
  const ssize_t bytes = ::read(file.get(), text.data(), text.size());
  if (bytes < 0) return failed(errno);
  text.resize(static_cast<std::size_t>(bytes));
  if (text.size() > bytes_max)
    return Fail(Code::kUnavailable, "over " + std::to_string(bytes_max) + " bytes");
  return text;
}

}  // namespace fairlead::runtime

#include "config/load_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "runtime/open_file.h"
#include "spec/diagnostic_codes.h"

namespace fairlead::config {
namespace {

std::unexpected<Error> Failure(Code code, const std::string& path, std::string_view cause) {
  return Fail(code, fmt::format("read {}: {}", Printable(path), cause));
}

std::unexpected<Error> SystemFailure(int error, const std::string& path) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Failure(Code::kNotFound, path, "no such file");
    case EACCES:
    case EPERM:
      return Failure(Code::kPermissionDenied, path, "permission denied");
    case ELOOP:
      return Failure(Code::kInvalidArgument, path, "its symbolic links form a loop");
    case ENAMETOOLONG:
      return Failure(Code::kInvalidArgument, path, "the path is too long");
    case ENXIO:
      return Failure(Code::kInvalidArgument, path, "not a regular file, but a socket");
    default:
      return Failure(Code::kUnavailable, path, fmt::format("system error {}", error));
  }
}

std::string_view KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

Result<LoadedFile> LoadFile(const std::string& path) {
  if (path.find('\0') != std::string::npos) {
    return Failure(Code::kInvalidArgument, path, "the path holds a NUL byte");
  }
  runtime::FileDescriptor file;
  if (const int error = runtime::OpenToRead(path, file); error != 0)
    return SystemFailure(error, path);
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return SystemFailure(errno, path);
  if (!S_ISREG(info.st_mode)) {
    return Failure(Code::kInvalidArgument, path,
                   fmt::format("not a regular file, but {}", KindOf(info.st_mode)));
  }
  // Read one byte more than allowed instead of trusting the size, which may change meanwhile.
  std::string text(kConfigFileBytesMax + 1, '\0');
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const ssize_t got = read(file.get(), text.data() + bytes, text.size() - bytes);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemFailure(errno, path);
    bytes += static_cast<std::size_t>(got);
  }
  if (bytes > kConfigFileBytesMax) {
    return Failure(Code::kResourceExhausted, path,
                   fmt::format("larger than {} bytes", kConfigFileBytesMax));
  }
  text.resize(bytes);
  return LoadedFile{.text = std::move(text), .is_open = (info.st_mode & S_IROTH) != 0};
}

ConfigReading LoadConfig(std::vector<std::string> arguments,
                         std::map<std::string, std::string> environment) {
  const ConfigPath path = FindConfigPath(arguments, environment);
  ConfigSources sources{.file_path = path.path,
                        .environment = std::move(environment),
                        .arguments = std::move(arguments)};
  auto file = LoadFile(path.path);
  const bool is_fine_without = !file && file.error().code == Code::kNotFound && !path.is_explicit;
  if (file) {
    sources.file_text = std::move(file->text);
    sources.is_file_open = file->is_open;
  }
  ConfigReading reading = ReadConfig(sources);
  if (!sources.file_text && !is_fine_without) {
    reading.diagnostics.insert(
        reading.diagnostics.begin(),
        {spec::Severity::kError, std::string(spec::codes::kConfigUnreadable), Printable(path.path),
         file.error().message,
         "check the path and its permissions, or give another one with --config"});
  }
  return reading;
}

}  // namespace fairlead::config

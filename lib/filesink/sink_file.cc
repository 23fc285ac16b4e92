#include "filesink/sink_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "runtime/small_file.h"
#include "runtime/write_all.h"

namespace fairlead::filesink {
namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kFileMode = 0644;  // the reader is somebody else

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string Beside(const std::string& path, std::string_view ending) {
  const std::size_t slash = path.rfind('/');
  return fmt::format("{}/.{}.{}", path.substr(0, slash), path.substr(slash + 1), ending);
}

std::unexpected<Error> Failed(std::string_view doing, const std::string& path) {
  return Fail(Code::kUnavailable,
              fmt::format("{} {}: {}", doing, path, std::generic_category().message(errno)));
}

// A new file, whatever stood there: nobody else's link is followed. On disk when this returns, so
// that a power cut does not leave an empty one in the place of a good one.
Result<> WriteNew(const std::string& path, std::string_view text) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("replace", path);
  const int file =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
  if (file < 0) return Failed("write", path);
  // Whatever our umask is.
  const bool is_good =
      runtime::WriteAll(file, text) && ::fchmod(file, kFileMode) == 0 && ::fsync(file) == 0;
  const auto problem = is_good ? std::nullopt : std::optional(Failed("write", path));
  ::close(file);
  if (!problem) return {};
  ::unlink(path.c_str());
  return *problem;
}

}  // namespace

SinkFile::SinkFile(std::string output)
    : output_(std::move(output)),
      folder_(FolderOf(output_)),
      candidate_(Beside(output_, "new")),
      refused_(Beside(output_, "refused")),
      untold_(Beside(output_, "untold")) {}

std::optional<std::string> SinkFile::Read() const {
  Result<std::string> text = runtime::ReadSmallFile(output_, kOutputBytesMax);
  if (!text) return std::nullopt;
  return std::move(*text);
}

Result<> SinkFile::WriteCandidate(const std::string& text) const {
  if (::mkdir(folder_.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return Failed("make folder", folder_);
  return WriteNew(candidate_, text);
}

Result<> SinkFile::Place() const {
  if (Result<> marked = WriteNew(untold_, ""); !marked) return marked;
  if (std::rename(candidate_.c_str(), output_.c_str()) != 0) return Failed("replace", output_);
  return {};
}

bool SinkFile::IsUntold() const {
  return ::access(untold_.c_str(), F_OK) == 0;
}

void SinkFile::OnTold() const {
  ::unlink(untold_.c_str());
}

void SinkFile::Refuse(const std::string& text, const std::optional<std::string>& former,
                      bool is_placed) const {
  // What cannot be kept for people is no further trouble: they have been told why.
  (void)WriteNew(refused_, text);
  ::unlink(candidate_.c_str());
  if (!is_placed) return;
  if (!former) {
    ::unlink(output_.c_str());
  } else if (WriteNew(candidate_, *former)) {
    std::rename(candidate_.c_str(), output_.c_str());
  }
  OnTold();
}

}  // namespace fairlead::filesink

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

// `from` under a second name, whatever stood there: a link, or where there are none a copy. False:
// there is no `from`, or it cannot be kept.
bool KeepAs(const std::string& from, const std::string& to) {
  ::unlink(to.c_str());
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  const Result<std::string> text = runtime::ReadSmallFile(from, kOutputBytesMax);
  return text && WriteNew(to, *text);
}

}  // namespace

SinkFile::SinkFile(std::string output)
    : output_(std::move(output)),
      folder_(FolderOf(output_)),
      candidate_(Beside(output_, "new")),
      refused_(Beside(output_, "refused")),
      untold_(Beside(output_, "untold")),
      former_(Beside(output_, "former")) {}

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

void SinkFile::Refuse() const {
  // What cannot be kept for people is no further trouble: they are told why.
  if (std::rename(candidate_.c_str(), refused_.c_str()) != 0) ::unlink(candidate_.c_str());
}

Result<> SinkFile::Place() const {
  if (!IsUntold()) {
    const bool is_first = ::access(output_.c_str(), F_OK) != 0 && errno == ENOENT;
    if (is_first) {
      ::unlink(former_.c_str());
    } else if (!KeepAs(output_, former_)) {
      return Fail(Code::kUnavailable,
                  fmt::format("replace {}: what stands there cannot be kept as {}; is it a file of "
                              "ours, and is there room?",
                              output_, former_));
    }
    if (Result<> marked = WriteNew(untold_, ""); !marked) return marked;
  }
  if (std::rename(candidate_.c_str(), output_.c_str()) != 0) return Failed("replace", output_);
  return {};
}

bool SinkFile::IsUntold() const {
  return ::access(untold_.c_str(), F_OK) == 0;
}

void SinkFile::OnTold() const {
  ::unlink(untold_.c_str());
  ::unlink(former_.c_str());
}

Result<> SinkFile::TakeBack() const {
  if (!IsUntold()) return {};
  KeepAs(output_, refused_);
  const bool has_former = ::access(former_.c_str(), F_OK) == 0;
  const int failed =
      has_former ? std::rename(former_.c_str(), output_.c_str()) : ::unlink(output_.c_str());
  if (failed != 0 && errno != ENOENT) return Failed("put back", output_);
  OnTold();
  return {};
}

}  // namespace fairlead::filesink

#include "tls/profile_files.h"

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "runtime/open_file.h"
#include "runtime/small_file.h"
#include "tls/client_context.h"

namespace fairlead::tls {
namespace {

FileStamp StampOf(const std::string& path) {
  if (path.empty()) return {};
  struct stat facts{};
  if (const int error = runtime::LookAtFile(path, facts); error != 0) return {.error = error};
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {.device = facts.st_dev,
          .inode = facts.st_ino,
          .bytes = facts.st_size,
          .modified_ns = nanoseconds(facts.st_mtim),
          .changed_ns = nanoseconds(facts.st_ctim),
          .mode = facts.st_mode & 07777U};
}

Result<> ReadInto(std::string& text, const Profile& profile, std::string_view what,
                  const std::string& path) {
  if (path.empty()) return {};
  Result<std::string> read = runtime::ReadSmallFile(path, kFileBytesMax);
  if (!read) return BadFile(profile, what, path, read.error().message);
  // As large as it is, and not as it might have been.
  text.assign(*read);
  Wipe(*read);
  return {};
}

Result<SecretText> ReadKey(const Profile& profile) {
  std::string read;
  Result<> done = ReadInto(read, profile, "key", profile.key);
  SecretText key(read);
  Wipe(read);
  if (!done) return std::unexpected(done.error());
  return key;
}

}  // namespace

ProfileStamp LookAt(const Profile& profile) {
  return {StampOf(profile.cert), StampOf(profile.key), StampOf(profile.ca)};
}

Result<ProfileTexts> ReadTexts(const Profile& profile) {
  ProfileTexts texts;
  if (auto read = ReadInto(texts.cert, profile, "certificate", profile.cert); !read)
    return std::unexpected(read.error());
  Result<SecretText> key = ReadKey(profile);
  if (!key) return std::unexpected(key.error());
  texts.key = *std::move(key);
  if (auto read = ReadInto(texts.authorities, profile, "authorities", profile.ca); !read)
    return std::unexpected(read.error());
  texts.key_mode = StampOf(profile.key).mode;
  return texts;
}

}  // namespace fairlead::tls

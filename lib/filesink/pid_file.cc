#include "filesink/pid_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>

#include "base/text.h"
#include "runtime/peer_process.h"
#include "runtime/small_file.h"

namespace fairlead::filesink {
namespace {

constexpr std::size_t kPidBytesMax = 32;

}  // namespace

Result<std::int32_t> FindNginx(const std::string& path) {
  if (path.empty())
    return Fail(Code::kFailedPrecondition, "find nginx: file_sinks names no pid_file");
  const Result<std::string> text = runtime::ReadSmallFile(path, kPidBytesMax);
  // NGINX removes it when it ends.
  if (!text) return 0;
  std::int32_t process = 0;
  const auto [next, error] = std::from_chars(text->data(), text->data() + text->size(), process);
  if (error != std::errc() || process <= 1) {
    return Fail(Code::kFailedPrecondition,
                fmt::format("read {}: it holds no process number", path));
  }
  const Result<runtime::ProcessLife> life = runtime::ReadLife(process);
  if (!life) return 0;
  if (life->name != "nginx") {
    return Fail(Code::kFailedPrecondition,
                fmt::format("read {}: process {} is {} and not nginx; start nginx, or name its pid "
                            "file in file_sinks",
                            path, process, Printable(life->name, kPidBytesMax)));
  }
  return process;
}

Result<> TellNginx(const std::string& path) {
  const Result<std::int32_t> process = FindNginx(path);
  if (!process) return std::unexpected(process.error());
  if (*process == 0)
    return Fail(Code::kAlreadyExists,
                "tell nginx: it does not run and reads the file at its start");
  if (::kill(*process, SIGHUP) == 0) return {};
  return Fail(Code::kUnavailable, fmt::format("tell nginx (process {}): {}", *process,
                                              std::generic_category().message(errno)));
}

}  // namespace fairlead::filesink

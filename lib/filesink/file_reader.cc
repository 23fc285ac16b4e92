#include "filesink/file_reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "runtime/peer_process.h"
#include "runtime/small_file.h"

namespace fairlead::filesink {
namespace {

constexpr std::size_t kPidBytesMax = 32;
// Children of one process; thousands of workers are not a thing.
constexpr std::size_t kChildrenBytesMax = std::size_t{64} << 10;

}  // namespace

std::set<std::int32_t> ChildrenOf(std::int32_t process) {
  std::set<std::int32_t> children;
  const Result<std::string> text = runtime::ReadSmallFile(
      fmt::format("/proc/{}/task/{}/children", process, process), kChildrenBytesMax);
  if (!text) return children;
  const char* at = text->data();
  const char* const end = at + text->size();
  while (at < end) {
    std::int32_t child = 0;
    const auto [next, error] = std::from_chars(at, end, child);
    if (error != std::errc()) {
      ++at;
      continue;
    }
    children.insert(child);
    at = next;
  }
  return children;
}

bool IsNginx(std::int32_t process) {
  if (process <= 1) return false;
  const Result<runtime::ProcessLife> life = runtime::ReadLife(process);
  return life && life->name == "nginx" && !life->is_dying;
}

PidFileReader::PidFileReader(std::string path) : path_(std::move(path)) {}

Result<ReaderSeen> PidFileReader::Look() {
  const Result<std::string> text = runtime::ReadSmallFile(path_, kPidBytesMax);
  // NGINX removes it when it ends.
  if (!text) return ReaderSeen{};
  std::int32_t process = 0;
  const auto [next, error] = std::from_chars(text->data(), text->data() + text->size(), process);
  if (error != std::errc() || process <= 1) {
    return Fail(Code::kFailedPrecondition,
                fmt::format("read {}: it holds no process number", path_));
  }
  const Result<runtime::ProcessLife> life = runtime::ReadLife(process);
  if (!life) return ReaderSeen{};
  if (life->name != "nginx") {
    return Fail(Code::kFailedPrecondition,
                fmt::format("read {}: process {} is {} and not nginx; start nginx, or name its pid "
                            "file in file_sinks",
                            path_, process, Printable(life->name, kPidBytesMax)));
  }
  return ReaderSeen{.viewer = {}, .is_running = true, .process = process};
}

Result<> PidFileReader::Reload() {
  const Result<ReaderSeen> seen = Look();
  if (!seen) return std::unexpected(seen.error());
  if (!seen->is_running)
    return Fail(Code::kAlreadyExists,
                "tell nginx: it does not run and reads the file at its start");
  if (::kill(seen->process, SIGHUP) == 0) return {};
  return Fail(Code::kUnavailable, fmt::format("tell nginx (process {}): {}", seen->process,
                                              std::generic_category().message(errno)));
}

}  // namespace fairlead::filesink

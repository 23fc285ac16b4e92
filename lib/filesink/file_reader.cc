#include "filesink/file_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <system_error>

#include "runtime/peer_process.h"
#include "runtime/small_file.h"

namespace fairlead::filesink {
namespace {

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

Result<ReaderSeen> HostReader::Look() {
  const Result<std::int32_t> process = work_.FindReader(sink_);
  if (!process) return std::unexpected(process.error());
  return ReaderSeen{.viewer = {}, .is_running = *process != 0, .process = *process};
}

}  // namespace fairlead::filesink

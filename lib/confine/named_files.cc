#include "confine/named_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/packet_fields.h"
#include "runtime/clock.h"
#include "runtime/open_file.h"
#include "runtime/pair_question.h"
#include "runtime/passed_packet.h"

namespace fairlead::confine {
namespace {

using runtime::FileDescriptor;

// 0, or an errno.
int Open(const std::string& path, FileDescriptor& file) {
  if (const int error = runtime::OpenToRead(path, file); error != 0) return error;
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return errno;
  if (S_ISREG(facts.st_mode)) return 0;
  file = FileDescriptor();
  return S_ISDIR(facts.st_mode) ? EISDIR : ENXIO;
}

void Answer(const FileDescriptor& asker, int error, const FileDescriptor& file) {
  std::string packet;
  PutNumber(packet, static_cast<std::uint32_t>(error));
  // The asker takes it at once or has left.
  runtime::SendPacket(asker.get(), packet, file.get());
}

}  // namespace

void ServeNamedFiles(int pair, const std::set<std::string>& names) {
  runtime::ServeQuestions(pair, kPathBytesMax, [&](std::string_view packet, FileDescriptor asker) {
    FileDescriptor file;
    const std::string path(packet);
    const int error = names.contains(path) ? Open(path, file) : EPERM;
    Answer(asker, error, file);
  });
}

int NamedFilesClient::Open(const std::string& path, FileDescriptor& file) {
  const TimePoint now = runtime::Now();
  if (now.time_since_epoch().count() < silent_until_) {
    ++unanswered_;
    return ETIMEDOUT;
  }
  runtime::PassedPacket received;
  const Result<runtime::Heard> heard =
      runtime::AskOver(pair_, path, now + patience_, sizeof(std::uint32_t), received);
  if (!heard) return heard.error().code == Code::kResourceExhausted ? EMFILE : ECONNRESET;
  if (*heard != runtime::Heard::kPacket) {
    ++unanswered_;
    silent_until_ = (runtime::Now() + kFileSilenceKept).time_since_epoch().count();
    return *heard == runtime::Heard::kEnd ? ECONNRESET : ETIMEDOUT;
  }
  PacketFields fields(received.bytes);
  const auto error = static_cast<int>(fields.Take<std::uint32_t>());
  if (!fields.is_whole()) return EPROTO;
  if (error != 0) return error;
  // The kernel leaves it away where it finds no place for it.
  if (!received.descriptor.valid()) return EMFILE;
  file = std::move(received.descriptor);
  return 0;
}

}  // namespace fairlead::confine

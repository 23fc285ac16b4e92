#include "h2/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fairlead::h2 {

namespace {

IoOutcome Outcome(ssize_t moved) {
  if (moved > 0) return {.bytes = static_cast<std::size_t>(moved)};
  if (moved == 0) return {.state = IoState::kEnd};
  if (errno == EAGAIN || errno == EINTR) return {.state = IoState::kWouldBlock};
  return {.state = IoState::kFailed, .error = errno};
}

class PlainTransport : public Transport {
 public:
  explicit PlainTransport(int descriptor) : descriptor_(descriptor) {}
  ~PlainTransport() override { close(descriptor_); }

  IoOutcome Read(std::span<std::byte> buffer) override {
    return Outcome(recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT));
  }

  IoOutcome Write(std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return Outcome(sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  int descriptor() const override { return descriptor_; }

 private:
  const int descriptor_;
};

class BegunTransport final : public PlainTransport {
 public:
  BegunTransport(int descriptor, std::vector<std::byte> read)
      : PlainTransport(descriptor), read_(std::move(read)) {}

  // What was read and what the socket has in one go, since less than a buffer means: no more.
  IoOutcome Read(std::span<std::byte> buffer) override {
    if (read_.empty()) return PlainTransport::Read(buffer);
    const std::size_t size = std::min(read_.size(), buffer.size());
    std::copy_n(read_.begin(), size, buffer.begin());
    read_.erase(read_.begin(), read_.begin() + static_cast<std::ptrdiff_t>(size));
    IoOutcome outcome{.bytes = size};
    if (size < buffer.size()) {
      const IoOutcome more = PlainTransport::Read(buffer.subspan(size));
      if (more.state == IoState::kDone) outcome.bytes += more.bytes;
    }
    return outcome;
  }
  bool has_unread() const override { return !read_.empty(); }

 private:
  std::vector<std::byte> read_;
};

}  // namespace

void Transport::EndWriting() {
  shutdown(descriptor(), SHUT_WR);
}

std::unique_ptr<Transport> MakePlainTransport(int descriptor) {
  return std::make_unique<PlainTransport>(descriptor);
}

std::unique_ptr<Transport> MakeBegunTransport(int descriptor, std::vector<std::byte> read) {
  return std::make_unique<BegunTransport>(descriptor, std::move(read));
}

}  // namespace fairlead::h2

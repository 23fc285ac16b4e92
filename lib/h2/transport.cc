#include "h2/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace fairlead::h2 {

namespace {

IoOutcome Outcome(ssize_t moved) {
  if (moved > 0) return {.bytes = static_cast<std::size_t>(moved)};
  if (moved == 0) return {.state = IoState::kEnd};
  if (errno == EAGAIN || errno == EINTR) return {.state = IoState::kWouldBlock};
  return {.state = IoState::kFailed, .error = errno};
}

class PlainTransport final : public Transport {
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

}  // namespace

std::unique_ptr<Transport> MakePlainTransport(int descriptor) {
  return std::make_unique<PlainTransport>(descriptor);
}

}  // namespace fairlead::h2

#include "h2/tls_socket.h"

#include <openssl/bio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "runtime/clock.h"

namespace fairlead::h2 {

// OpenSSL's table of calls, made once.
struct TlsSocketCalls {
  static TlsSocket& Of(BIO* bio) { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

  static int Read(BIO* bio, char* data, int size) {
    bool again = false;
    BIO_clear_retry_flags(bio);
    const int moved = Of(bio).Receive(data, size, again);
    if (again) BIO_set_retry_read(bio);
    return moved;
  }

  static int Write(BIO* bio, const char* data, int size) {
    bool again = false;
    BIO_clear_retry_flags(bio);
    const int moved = Of(bio).Send(data, size, again);
    if (again) BIO_set_retry_write(bio);
    return moved;
  }

  static long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* Table() {
    static const BIO_METHOD* const table = [] {
      BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "socket");
      BIO_meth_set_read(made, Read);
      BIO_meth_set_write(made, Write);
      BIO_meth_set_ctrl(made, Control);
      return made;
    }();
    return table;
  }
};

TlsSocket::TlsSocket(int descriptor, std::uint32_t bytes_per_second_max)
    : descriptor_(descriptor), bytes_(bytes_per_second_max, std::chrono::seconds(1)) {}

TlsSocket::~TlsSocket() {
  close(descriptor_);
}

BIO* TlsSocket::NewBio() {
  BIO* const bio = BIO_new(TlsSocketCalls::Table());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

int TlsSocket::Receive(char* data, int size, bool& again) {
  if (is_drained_) {
    again = true;
    return -1;
  }
  const ssize_t got = recv(descriptor_, data, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got > 0) {
    is_drained_ = got < size;
    is_flooded_ = is_flooded_ || !bytes_.Spend(static_cast<std::uint32_t>(got), runtime::Now());
    return is_flooded_ ? -1 : static_cast<int>(got);
  }
  if (got == 0) return 0;
  again = errno == EAGAIN || errno == EINTR;
  is_drained_ = again;
  if (!again) error_ = errno;
  return -1;
}

int TlsSocket::Send(const char* data, int size, bool& again) {
  const ssize_t sent =
      send(descriptor_, data, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<int>(sent);
  again = errno == EAGAIN || errno == EINTR;
  if (!again) error_ = errno;
  return -1;
}

}  // namespace fairlead::h2

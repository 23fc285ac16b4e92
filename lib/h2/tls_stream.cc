#include "h2/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fairlead::h2 {
namespace {

// What fits into one TLS record (RFC 8446, 5.1).
constexpr std::size_t kRecordBytesMax = 16 * 1024;

// The bytes of an offer, one after another.
class Offer {
 public:
  explicit Offer(std::span<const iovec> pieces) : pieces_(pieces) {}

  // Up to `most` bytes to `out`, which may be null to leave them out.
  std::size_t Take(std::byte* out, std::size_t most) {
    std::size_t taken = 0;
    while (taken < most && !pieces_.empty()) {
      const iovec& piece = pieces_.front();
      const std::size_t some = std::min(piece.iov_len - at_, most - taken);
      if (out != nullptr)
        std::memcpy(out + taken, static_cast<const std::byte*>(piece.iov_base) + at_, some);
      taken += some;
      at_ += some;
      if (at_ < piece.iov_len) break;
      pieces_ = pieces_.subspan(1);
      at_ = 0;
    }
    return taken;
  }

 private:
  std::span<const iovec> pieces_;
  std::size_t at_ = 0;  // in the first one
};

class TroubledTransport final : public Transport {
 public:
  TroubledTransport(int descriptor, std::string trouble)
      : descriptor_(descriptor), trouble_(std::move(trouble)) {}
  ~TroubledTransport() override { close(descriptor_); }

  IoOutcome Establish() override { return {.state = IoState::kTrouble}; }
  IoOutcome Read(std::span<std::byte>) override { return {.state = IoState::kTrouble}; }
  IoOutcome Write(std::span<const iovec>) override { return {.state = IoState::kTrouble}; }
  std::string trouble() const override { return trouble_; }
  int descriptor() const override { return descriptor_; }

 private:
  const int descriptor_;
  const std::string trouble_;
};

bool IsToWait(int kind) {
  return kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE;
}

}  // namespace

void TlsStream::Free::operator()(SSL* connection) const {
  SSL_free(connection);
}

TlsStream::TlsStream(int descriptor, Connection connection, std::uint32_t bytes_per_second_max,
                     std::shared_ptr<const void> needs)
    : socket_(descriptor, bytes_per_second_max),
      needs_(std::move(needs)),
      connection_(std::move(connection)) {
  SSL_set_mode(connection_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(connection_.get(), 1);
  BIO* const bio = socket_.NewBio();
  SSL_set_bio(connection_.get(), bio, bio);
}

TlsStream::~TlsStream() {
  SayGoodbye();
  SSL_set_shutdown(connection_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ERR_clear_error();
}

IoOutcome TlsStream::Establish() {
  if (end_) return *end_;
  BeginTurn();
  const int result = SSL_do_handshake(connection_.get());
  if (result != 1) return Judge(result);
  if (std::optional<std::string> objection = Objection()) return Fail(*std::move(objection));
  is_established_ = true;
  return {};
}

IoOutcome TlsStream::Read(std::span<std::byte> buffer) {
  if (end_) return *end_;
  BeginTurn();
  std::size_t moved = 0;
  while (moved < buffer.size()) {
    std::size_t bytes = 0;
    const int result =
        SSL_read_ex(connection_.get(), buffer.data() + moved, buffer.size() - moved, &bytes);
    if (result != 1) {
      const IoOutcome why = Judge(result);
      if (moved == 0) return why;
      break;
    }
    moved += bytes;
  }
  has_heard_ = true;
  return {.bytes = moved};
}

bool TlsStream::has_unread() const {
  return !end_ && SSL_has_pending(connection_.get()) == 1;
}

IoOutcome TlsStream::Write(std::span<const iovec> pieces) {
  BeginTurn();
  std::size_t bytes = 0;
  if (!unsent_.empty()) {
    const int result = SSL_write_ex(connection_.get(), unsent_.data(), unsent_.size(), &bytes);
    if (result != 1) return JudgeWrite(result);
    ahead_ += bytes;
    unsent_ = {};
  }
  Offer offer(pieces);
  std::size_t moved = offer.Take(nullptr, ahead_);
  ahead_ -= moved;
  std::array<std::byte, kRecordBytesMax> record;
  while (const std::size_t size = offer.Take(record.data(), record.size())) {
    const int result = SSL_write_ex(connection_.get(), record.data(), size, &bytes);
    if (result != 1) {
      if (IsToWait(SSL_get_error(connection_.get(), result)))
        unsent_.assign(reinterpret_cast<const char*>(record.data()), size);
      return moved > 0 ? IoOutcome{.bytes = moved} : JudgeWrite(result);
    }
    moved += bytes;
  }
  return {.bytes = moved};
}

void TlsStream::EndWriting() {
  SayGoodbye();
  if (!end_) end_ = {.state = IoState::kEnd};
  Transport::EndWriting();
}

// A session whose connection ends without a goodbye may not be resumed.
void TlsStream::SayGoodbye() {
  if (!is_established_ || end_) return;
  BeginTurn();
  SSL_shutdown(connection_.get());
}

void TlsStream::BeginTurn() {
  ERR_clear_error();
  socket_.BeginTurn();
}

// What OpenSSL's `result` of a handshake or a read means; all but kWouldBlock is for good.
IoOutcome TlsStream::Judge(int result) {
  const int kind = SSL_get_error(connection_.get(), result);
  if (IsToWait(kind)) return {.state = IoState::kWouldBlock};
  is_peers_fault_ = socket_.is_flooded() || kind == SSL_ERROR_SSL || !is_established_;
  if (socket_.is_flooded())
    return Fail(std::string(Who()) + " sends more TLS records than allowed");
  if (kind == SSL_ERROR_SSL) return Fail(Words(ERR_peek_error()));
  std::optional<std::string> words = is_established_ ? WordsForSilence() : WordsForHangingUp();
  if (words) return Fail(*std::move(words));
  if (socket_.error() != 0)
    end_ = {.state = IoState::kFailed, .error = socket_.error()};
  else
    end_ = {.state = IoState::kEnd};
  return *end_;
}

// A write that fails leaves what the peer has said to be read.
IoOutcome TlsStream::JudgeWrite(int result) const {
  if (IsToWait(SSL_get_error(connection_.get(), result))) return {.state = IoState::kWouldBlock};
  return {.state = IoState::kFailed, .error = socket_.error() != 0 ? socket_.error() : EPIPE};
}

IoOutcome TlsStream::Fail(std::string why) {
  trouble_ = std::move(why);
  end_ = {.state = IoState::kTrouble};
  return *end_;
}

std::unique_ptr<Transport> MakeTroubledTransport(int descriptor, std::string trouble) {
  return std::make_unique<TroubledTransport>(descriptor, std::move(trouble));
}

TransportMaker MakeTroubledTransports(std::string trouble) {
  return [trouble = std::move(trouble)](int descriptor) {
    return MakeTroubledTransport(descriptor, trouble);
  };
}

}  // namespace fairlead::h2

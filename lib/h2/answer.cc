#include "h2/answer.h"

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "h2/grpc_headers.h"

namespace fairlead::h2 {

namespace {
constexpr std::size_t kFieldOverheadBytes = 32;  // RFC 9113, section 6.5.2
constexpr std::size_t kKeptBytesMax = 256;       // of any text that people will be shown
}  // namespace

CallEnd EndOfErrno(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ENOENT:
      return CallEnd::kRefused;  // ENOENT: a unix socket that is not there
    case EAGAIN:                 // a unix listener whose queue is full
    case ETIMEDOUT:
      return CallEnd::kTimeout;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return CallEnd::kNoFd;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
      return CallEnd::kNoPort;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EACCES:  // an administrator's filter
    case EPERM:
      return CallEnd::kNoRoute;
    default:
      return CallEnd::kReset;  // ECONNRESET, EPIPE
  }
}

std::optional<CallResult> SpeaksOtherwise(std::span<const std::byte> first) {
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  // A TLS record: alert or handshake, major version 3.
  if (text.size() >= 2 && (text[0] == 0x15 || text[0] == 0x16) && text[1] == 3)
    return CallResult{.end = CallEnd::kTls,
                      .detail = "the peer speaks TLS, and is asked in plaintext"};
  if (text.starts_with("HTTP/"))
    return CallResult{.end = CallEnd::kProtocol, .detail = "the peer speaks HTTP/1"};
  return {};
}

bool Answer::Fault(std::string text) {
  if (fault_.empty()) fault_ = std::move(text);
  return false;
}

bool Answer::OnField(std::string_view name, std::string_view value) {
  header_bytes_ += name.size() + value.size() + kFieldOverheadBytes;
  if (header_bytes_ > limits_.header_list_bytes_max) return Fault("more header bytes than allowed");
  const std::string_view kept = value.substr(0, kKeptBytesMax);
  if (name == ":status") {
    http_status_ = kept;
  } else if (name == "content-type") {
    is_grpc_ = IsGrpcContentType(value);
    content_type_ = kept;
  } else if (name == "grpc-status") {
    grpc_status_ = kept;
  } else if (name == "grpc-message") {
    grpc_message_ = kept;
  }
  return true;
}

bool Answer::OnData(std::span<const std::byte> data) {
  if (!is_grpc()) return true;  // an error page; only its size counts
  const MessageDecoder::Outcome outcome =
      decoder_.Feed(data, [this](std::span<const std::byte> message) {
        message_.assign(message.begin(), message.end());
        return ++messages_ == 1;
      });
  switch (outcome) {
    case MessageDecoder::Outcome::kGoOn:
      return true;
    case MessageDecoder::Outcome::kStopped:
      return Fault("more than one message");
    case MessageDecoder::Outcome::kCompressed:
      return Fault("a compressed message that was not asked for");
    case MessageDecoder::Outcome::kTooLong:
      return Fault("a message longer than allowed");
  }
  return true;
}

CallResult Answer::Conclude(std::optional<std::uint32_t> reset_code) const {
  const auto protocol = [](std::string detail) {
    return CallResult{.end = CallEnd::kProtocol, .detail = std::move(detail)};
  };
  if (!fault_.empty()) return protocol(fault_);
  if (!http_status_.empty() && http_status_ != "200") {
    return {.end = CallEnd::kHttpStatus, .detail = "HTTP status " + Printable(http_status_, 16)};
  }
  if (!http_status_.empty() && !is_grpc_)
    return protocol("content type \"" + Printable(content_type_) + "\"");
  if (grpc_status_.empty()) {
    if (reset_code) {
      return {.end = CallEnd::kReset,
              .detail = "stream reset with code " + std::to_string(*reset_code)};
    }
    return protocol("the answer has no grpc-status");
  }
  const std::optional<Code> status = ParseStatus(grpc_status_);
  if (!status) return protocol("grpc-status \"" + Printable(grpc_status_, 32) + "\"");
  if (*status != Code::kOk) {
    return {.status = *status, .detail = Printable(PercentDecode(grpc_message_))};
  }
  if (decoder_.mid_message()) return protocol("the answer ended inside a message");
  if (messages_ == 0) return protocol("an OK answer without a message");
  return {.message = message_};
}

}  // namespace fairlead::h2

#include "health/grpc_health.h"

#include <string>
#include <utility>

namespace fairlead::health {

namespace {

using spec::CheckClass;
using spec::CheckOutcome;

// grpc.health.v1.HealthCheckResponse.ServingStatus
enum ServingStatus : std::uint64_t {
  kUnknown = 0,
  kServing = 1,
  kNotServing = 2,
  kServiceUnknown = 3
};

// Reads protobuf's wire format from a span that shrinks.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }

  std::optional<std::uint64_t> Varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(rest_.front());
      rest_ = rest_.subspan(1);
      if (shift < 64) value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return {};
  }

  bool Skip(std::uint64_t bytes) {
    if (bytes > rest_.size()) return false;
    rest_ = rest_.subspan(static_cast<std::size_t>(bytes));
    return true;
  }

  // Skips a field's value of any wire type but the long dead groups.
  bool SkipValue(std::uint64_t wire_type) {
    switch (wire_type) {
      case 0:
        return Varint().has_value();
      case 1:
        return Skip(8);
      case 2: {
        const std::optional<std::uint64_t> size = Varint();
        return size && Skip(*size);
      }
      case 5:
        return Skip(4);
      default:
        return false;
    }
  }

 private:
  std::span<const std::byte> rest_;
};

CheckOutcome Outcome(CheckClass check_class, std::string detail) {
  return {.check_class = check_class, .latency = {}, .detail = std::move(detail)};
}

CheckOutcome OfMessage(std::span<const std::byte> message) {
  const std::optional<std::uint64_t> status = DecodeHealthStatus(message);
  if (!status) return Outcome(CheckClass::kProtocol, "the answer is no HealthCheckResponse");
  switch (*status) {
    case kServing:
      return Outcome(CheckClass::kServing, "");
    case kNotServing:
      return Outcome(CheckClass::kNotServing, "NOT_SERVING");
    case kUnknown:
      return Outcome(CheckClass::kNotServing, "status UNKNOWN");
    case kServiceUnknown:
      return Outcome(CheckClass::kServiceUnknown, "SERVICE_UNKNOWN");
    default:
      return Outcome(CheckClass::kProtocol, "health status " + std::to_string(*status));
  }
}

CheckClass OfStatus(Code status) {
  switch (status) {
    case Code::kNotFound:
      return CheckClass::kServiceUnknown;
    case Code::kUnimplemented:
      return CheckClass::kUnimplemented;
    case Code::kDeadlineExceeded:
      return CheckClass::kTimeout;
    case Code::kUnavailable:
    case Code::kResourceExhausted:
    case Code::kAborted:
    case Code::kCancelled:
    case Code::kInternal:
    case Code::kUnknown:
    case Code::kDataLoss:
      return CheckClass::kNotServing;
    default:
      return CheckClass::kProtocol;
  }
}

CheckClass OfEnd(h2::CallEnd end) {
  switch (end) {
    case h2::CallEnd::kAnswered:
      return CheckClass::kServing;
    case h2::CallEnd::kRefused:
      return CheckClass::kRefused;
    case h2::CallEnd::kReset:
      return CheckClass::kReset;
    case h2::CallEnd::kTimeout:
      return CheckClass::kTimeout;
    case h2::CallEnd::kClosed:
      return CheckClass::kClosed;
    case h2::CallEnd::kTls:
      return CheckClass::kTls;
    case h2::CallEnd::kProtocol:
      return CheckClass::kProtocol;
    case h2::CallEnd::kHttpStatus:
      return CheckClass::kHttpStatus;
    case h2::CallEnd::kNoFd:
      return CheckClass::kNoFd;
    case h2::CallEnd::kNoPort:
      return CheckClass::kNoPort;
    case h2::CallEnd::kNoRoute:
      return CheckClass::kNoRoute;
  }
  return CheckClass::kProtocol;
}

}  // namespace

std::vector<std::byte> EncodeHealthRequest(std::string_view service) {
  std::vector<std::byte> message;
  if (service.empty()) return message;
  message.push_back(std::byte{0x0A});  // field 1, length-delimited
  std::size_t size = service.size();
  for (; size >= 0x80; size >>= 7) message.push_back(static_cast<std::byte>(size | 0x80));
  message.push_back(static_cast<std::byte>(size));
  const auto bytes = std::as_bytes(std::span(service));
  message.insert(message.end(), bytes.begin(), bytes.end());
  return message;
}

std::optional<std::uint64_t> DecodeHealthStatus(std::span<const std::byte> message) {
  constexpr std::uint64_t kStatusTag = 1 << 3;  // field 1, varint
  WireReader reader(message);
  std::uint64_t status = kUnknown;
  while (!reader.empty()) {
    const std::optional<std::uint64_t> tag = reader.Varint();
    if (!tag || *tag >> 3 == 0) return {};
    if (*tag == kStatusTag) {
      const std::optional<std::uint64_t> value = reader.Varint();
      if (!value) return {};
      status = *value;
    } else if (!reader.SkipValue(*tag & 7)) {
      return {};
    }
  }
  return status;
}

CheckOutcome OutcomeOf(const h2::CallResult& result) {
  if (result.end != h2::CallEnd::kAnswered) {
    CheckOutcome failure = Outcome(OfEnd(result.end), result.detail);
    failure.is_over_limit = result.is_over_limit;
    return failure;
  }
  if (result.status == Code::kOk) return OfMessage(result.message);
  std::string detail(CodeName(result.status));
  if (!result.detail.empty()) detail += ": " + result.detail;
  return Outcome(OfStatus(result.status), std::move(detail));
}

spec::LivenessWord LivenessOf(const h2::WatchNews& answer) {
  const Code status = answer.end ? answer.end->code : Code::kUnknown;
  if (status == Code::kNotFound) return spec::LivenessWord::kNameUnknown;
  if (status != Code::kOk || !answer.message) return spec::LivenessWord::kNone;
  switch (DecodeHealthStatus(*answer.message).value_or(kUnknown)) {
    case kServing:
      return spec::LivenessWord::kServing;
    case kNotServing:
      return spec::LivenessWord::kNotServing;
    case kServiceUnknown:
      return spec::LivenessWord::kNameUnknown;
    default:
      return spec::LivenessWord::kNone;
  }
}

std::optional<CheckOutcome> NewsOfWatch(std::span<const std::byte> message,
                                        std::optional<CheckClass> told) {
  CheckOutcome outcome = OfMessage(message);
  const auto is_word = [](CheckClass one) {
    return one == CheckClass::kNotServing || one == CheckClass::kServiceUnknown;
  };
  const bool is_other = is_word(outcome.check_class)
                            ? told != outcome.check_class
                            : outcome.check_class == CheckClass::kServing && told && is_word(*told);
  if (!is_other) return std::nullopt;
  outcome.detail = outcome.detail.empty() ? "told by Watch" : outcome.detail + ", told by Watch";
  return outcome;
}

}  // namespace fairlead::health

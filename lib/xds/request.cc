#include "xds/request.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "envoy/config/core/v3/base.pb.h"
#include "google/rpc/status.pb.h"
#include "xds/encoding.h"

namespace fairlead::xds {
namespace {

constexpr std::uint32_t kVersionField = 1;
constexpr std::uint32_t kNodeField = 2;
constexpr std::uint32_t kNamesField = 3;
constexpr std::uint32_t kTypeUrlField = 4;
constexpr std::uint32_t kNonceField = 5;
constexpr std::uint32_t kErrorField = 6;

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kFixed64 = 1;
constexpr std::uint32_t kLengthDelimited = 2;
constexpr std::uint32_t kFixed32 = 5;

// Walks over the top-level fields of one protobuf message.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  // Reads the next field; false at the end or at an error. `value()` is set for
  // length-delimited fields and empty for others.
  bool Next() {
    if (rest_.empty()) {
      return false;
    }
    std::uint64_t tag = 0;
    if (!Varint(tag) || tag > UINT32_MAX || (tag >> 3) == 0) {
      return Bad();
    }
    number_ = static_cast<std::uint32_t>(tag >> 3);
    value_ = {};
    type_ = static_cast<std::uint32_t>(tag & 7);
    return Value();
  }

  bool is_bad() const { return is_bad_; }
  std::uint32_t number() const { return number_; }
  bool is_bytes() const { return type_ == kLengthDelimited; }
  std::string_view value() const { return value_; }

 private:
  bool Bad() {
    is_bad_ = true;
    return false;
  }

  bool Varint(std::uint64_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) {
        return false;
      }
      out |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        return true;
      }
    }
    return false;
  }

  bool Skip(std::size_t size) {
    if (rest_.size() < size) {
      return Bad();
    }
    rest_.remove_prefix(size);
    return true;
  }

  bool Value() {
    std::uint64_t number = 0;
    switch (type_) {
      case kVarint:
        return Varint(number) || Bad();
      case kFixed64:
        return Skip(8);
      case kFixed32:
        return Skip(4);
      case kLengthDelimited:
        if (!Varint(number) || number > rest_.size()) {
          return Bad();
        }
        value_ = rest_.substr(0, static_cast<std::size_t>(number));
        rest_.remove_prefix(static_cast<std::size_t>(number));
        return true;
      default:
        return Bad();  // groups: none in this API
    }
  }

  std::string_view rest_;
  std::string_view value_;
  std::uint32_t number_ = 0;
  std::uint32_t type_ = 0;
  bool is_bad_ = false;
};

void Take(Request& request, std::uint32_t field, std::string_view value) {
  switch (field) {
    case kVersionField:
      request.version_info = value;
      break;
    case kNodeField:
      request.node = value;
      break;
    case kNamesField:
      ++request.name_count;
      request.names_hash = ContentHash(value, request.names_hash + 1);
      break;
    case kTypeUrlField:
      request.type_url = value;
      break;
    case kNonceField:
      request.response_nonce = value;
      break;
    case kErrorField:
      request.error_detail = value;
      break;
    default:
      break;  // fields that we do not use
  }
}

}  // namespace

Result<Request> ReadRequest(std::span<const std::byte> message) {
  Request request;
  request.message = {reinterpret_cast<const char*>(message.data()), message.size()};
  FieldReader reader(request.message);
  while (reader.Next()) {
    if (reader.is_bytes()) {
      Take(request, reader.number(), reader.value());
    }
  }
  if (reader.is_bad()) {
    return Fail(Code::kInvalidArgument, "read discovery request: not a protobuf message");
  }
  return request;
}

std::vector<std::string_view> Request::Names() const {
  std::vector<std::string_view> names;
  names.reserve(name_count);
  FieldReader reader(message);
  while (reader.Next()) {
    if (reader.is_bytes() && reader.number() == kNamesField) {
      names.push_back(reader.value());
    }
  }
  return names;
}

Result<NodeInfo> ReadNode(std::string_view encoded) {
  envoy::config::core::v3::Node node;
  if (!node.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return Fail(Code::kInvalidArgument, "read discovery request: the node is not a Node message");
  }
  return NodeInfo{.id = node.id(),
                  .cluster = node.cluster(),
                  .user_agent = node.user_agent_name(),
                  .user_agent_version = node.user_agent_version()};
}

Flavour FlavourOf(const NodeInfo& node) {
  if (node.user_agent == "envoy") {
    return Flavour::kEnvoy;
  }
  // "gRPC C-core linux" with "C-core 29.0.0" is gRPC 1.51; 30 is the first without the crash, and
  // 28 (1.50) the first with it. Who hides its version is taken for the newest.
  constexpr std::string_view kVersionPrefix = "C-core ";
  constexpr int kFirstSoundCore = 30;
  if (node.user_agent.starts_with("gRPC C-core") &&
      node.user_agent_version.starts_with(kVersionPrefix)) {
    int core = kFirstSoundCore;
    const std::string_view version =
        std::string_view(node.user_agent_version).substr(kVersionPrefix.size());
    std::from_chars(version.data(), version.data() + version.size(), core);
    return core < kFirstSoundCore ? Flavour::kGrpcNoRing : Flavour::kGrpc;
  }
  return Flavour::kGrpc;
}

std::string ErrorDetailText(std::string_view encoded) {
  google::rpc::Status status;
  if (!status.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return "(unreadable error detail)";
  }
  constexpr std::size_t kTextBytesMax = 1'024;  // Envoy joins one message per refused resource
  return fmt::format("code {}: {}", status.code(), Printable(status.message(), kTextBytesMax));
}

}  // namespace fairlead::xds

#include "xds/delta_request.h"

#include "base/field_reader.h"

namespace fairlead::xds {
namespace {

// Field numbers of DeltaDiscoveryRequest.
enum DeltaField : std::uint32_t {
  kDeltaNode = 1,
  kDeltaTypeUrl = 2,
  kDeltaSubscribe = 3,
  kDeltaUnsubscribe = 4,
  kDeltaHeld = 5,
  kDeltaNonce = 6,
  kDeltaError = 7,
};

// One entry of a map from string to string.
bool TakeHeld(DeltaRequest& request, std::string_view entry) {
  std::pair<std::string_view, std::string_view> held;
  FieldReader reader(entry);
  while (reader.Next()) {
    if (reader.is_bytes() && reader.number() == 1) {
      held.first = reader.value();
    } else if (reader.is_bytes() && reader.number() == 2) {
      held.second = reader.value();
    }
  }
  request.held.push_back(held);
  return !reader.is_bad();
}

bool TakeField(DeltaRequest& request, std::uint32_t field, std::string_view value) {
  switch (field) {
    case kDeltaNode:
      request.node = value;
      return true;
    case kDeltaTypeUrl:
      request.type_url = value;
      return true;
    case kDeltaSubscribe:
      request.subscribe.push_back(value);
      return true;
    case kDeltaUnsubscribe:
      request.unsubscribe.push_back(value);
      return true;
    case kDeltaHeld:
      return TakeHeld(request, value);
    case kDeltaNonce:
      request.response_nonce = value;
      return true;
    case kDeltaError:
      request.error_detail = value;
      return true;
    default:
      return true;  // fields that we do not use
  }
}

}  // namespace

Result<DeltaRequest> ReadDeltaRequest(std::span<const std::byte> message) {
  DeltaRequest request;
  FieldReader reader({reinterpret_cast<const char*>(message.data()), message.size()});
  bool is_sound = true;
  while (is_sound && reader.Next()) {
    is_sound = !reader.is_bytes() || TakeField(request, reader.number(), reader.value());
  }
  if (!is_sound || reader.is_bad()) {
    return Fail(Code::kInvalidArgument, "read discovery request: not a protobuf message");
  }
  return request;
}

}  // namespace fairlead::xds

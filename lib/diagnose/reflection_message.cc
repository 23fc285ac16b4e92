#include "diagnose/reflection_message.h"

#include <cstdint>

namespace fairlead::diagnose {
namespace {

constexpr std::uint64_t kListServicesRequest = 7;   // ServerReflectionRequest.list_services
constexpr std::uint64_t kListServicesResponse = 6;  // ServerReflectionResponse
constexpr std::uint64_t kService = 1;               // ListServiceResponse.service
constexpr std::uint64_t kName = 1;                  // ServiceResponse.name
constexpr std::uint64_t kLengthDelimited = 2;

struct Field {
  std::uint64_t number = 0;
  std::optional<std::span<const std::byte>> bytes = {};  // of a length-delimited one
};

// Protobuf's wire format, field by field.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  bool is_at_end() const { return rest_.empty(); }

  // Nothing: these bytes are no message.
  std::optional<Field> Next() {
    const auto key = Varint();
    if (!key) return std::nullopt;
    Field field{.number = *key >> 3};
    std::optional<std::uint64_t> size;
    switch (*key & 7) {
      case 0:
        if (!Varint()) return std::nullopt;
        return field;
      case 1:
        size = 8;
        break;
      case kLengthDelimited:
        size = Varint();
        break;
      case 5:
        size = 4;
        break;
      default:
        return std::nullopt;
    }
    if (!size || *size > rest_.size()) return std::nullopt;
    const auto value = rest_.first(static_cast<std::size_t>(*size));
    rest_ = rest_.subspan(value.size());
    if ((*key & 7) == kLengthDelimited) field.bytes = value;
    return field;
  }

 private:
  std::optional<std::uint64_t> Varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(rest_.front());
      rest_ = rest_.subspan(1);
      if (shift < 64) value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::span<const std::byte> rest_;
};

// Hands each field `number` that holds bytes to `take`; false when these are no message, or `take`
// says so.
template <class Take>
bool EachOf(std::span<const std::byte> message, std::uint64_t number, const Take& take) {
  FieldReader reader(message);
  while (!reader.is_at_end()) {
    const std::optional<Field> field = reader.Next();
    if (!field) return false;
    if (field->number == number && field->bytes && !take(*field->bytes)) return false;
  }
  return true;
}

}  // namespace

std::vector<std::byte> EncodeListServices() {
  return {static_cast<std::byte>(kListServicesRequest << 3 | kLengthDelimited), std::byte{1},
          std::byte{'*'}};
}

std::optional<std::vector<std::string>> DecodeServiceNames(std::span<const std::byte> message) {
  std::vector<std::string> names;
  const auto take_name = [&](std::span<const std::byte> name) {
    if (names.size() < kServiceNamesMax)
      names.emplace_back(reinterpret_cast<const char*>(name.data()), name.size());
    return true;
  };
  const auto take_service = [&](std::span<const std::byte> service) {
    return EachOf(service, kName, take_name);
  };
  const bool is_message =
      EachOf(message, kListServicesResponse,
             [&](std::span<const std::byte> list) { return EachOf(list, kService, take_service); });
  if (!is_message) return std::nullopt;
  return names;
}

}  // namespace fairlead::diagnose

#include "diagnose/reflection_message.h"

#include <cstdint>
#include <string_view>

#include "base/field_reader.h"

namespace fairlead::diagnose {
namespace {

constexpr std::uint64_t kListServicesRequest = 7;   // ServerReflectionRequest.list_services
constexpr std::uint64_t kListServicesResponse = 6;  // ServerReflectionResponse
constexpr std::uint64_t kService = 1;               // ListServiceResponse.service
constexpr std::uint64_t kName = 1;                  // ServiceResponse.name
constexpr std::uint64_t kLengthDelimited = 2;

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Hands each field `number` that holds bytes to `take`; false when these are no message, or `take`
// says so.
template <class Take>
bool EachOf(std::string_view message, std::uint64_t number, const Take& take) {
  FieldReader reader(message);
  while (reader.Next()) {
    if (reader.number() == number && reader.is_bytes() && !take(reader.value())) return false;
  }
  return !reader.is_bad();
}

}  // namespace

std::vector<std::byte> EncodeListServices() {
  return {static_cast<std::byte>(kListServicesRequest << 3 | kLengthDelimited), std::byte{1},
          std::byte{'*'}};
}

std::optional<std::vector<std::string>> DecodeServiceNames(std::span<const std::byte> message) {
  std::vector<std::string> names;
  const auto take_name = [&](std::string_view name) {
    if (names.size() < kServiceNamesMax) names.emplace_back(name);
    return true;
  };
  const auto take_service = [&](std::string_view service) {
    return EachOf(service, kName, take_name);
  };
  const bool is_message =
      EachOf(TextOf(message), kListServicesResponse,
             [&](std::string_view list) { return EachOf(list, kService, take_service); });
  if (!is_message) return std::nullopt;
  return names;
}

}  // namespace fairlead::diagnose

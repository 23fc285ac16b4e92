// Texts of protobuf's well-known types, read and told. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fairlead::transcode {

// google.protobuf.Timestamp since 1970, or Duration, whose parts have one sign.
struct KnownTime {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  bool operator==(const KnownTime&) const = default;
};

// RFC 3339, "2026-01-31T12:00:00.5+02:00", within the years 1 to 9999.
std::optional<KnownTime> ReadTimestamp(std::string_view text);
// "-1.5s", within 10,000 years.
std::optional<KnownTime> ReadDuration(std::string_view text);
// Go's own words for one, "1h30m", which grpc-gateway takes in a query.
std::optional<KnownTime> ReadGoDuration(std::string_view text);

// Nothing for what those could not have been read from.
std::optional<std::string> TimestampText(KnownTime time);
std::optional<std::string> DurationText(KnownTime time);

// A path of a FieldMask as JSON has it, and back: "long_name.x" is "longName.x".
std::string CamelCase(std::string_view path);
std::string SnakeCase(std::string_view path);

}  // namespace fairlead::transcode

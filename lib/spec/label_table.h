// LabelRule: one row per fairlead label: how its value is read, its range, its default.
//
// Why a table: reading labels, checking `defaults` of the host's config, the reference for people
// (manifests/README.md) and for machines (manifests/labels.json) all come from these rows; tests
// prove that the files agree.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace fairlead::spec {

inline constexpr std::string_view kLabelPrefix = "fairlead.";

enum class LabelKind {
  kBoolean,         // bool
  kAutoOrBoolean,   // int: 0 auto, 1 true, 2 false
  kInteger,         // int
  kDuration,        // Duration
  kChoice,          // int: index into `choices`
  kPort,            // int
  kName,            // std::string: a-z 0-9 - _, 1..63
  kNetwork,         // std::string: an engine's network name
  kText,            // std::string: printable ASCII without blanks
  kPath,            // std::string: text that begins with a slash
  kPathPrefix,      // std::string: "/a/b": plain segments, and no slash at the end
  kHeader,          // std::string: an HTTP header name, made lower case
  kCountOrPercent,  // CountOrPercent
  kHostList,        // std::vector<std::string>: DNS names, made lower case
  kOriginList,      // std::vector<std::string>: "https://a.example:8443" or "*", made lower case
  kTlsSource,       // std::string: off, auto or files:NAME
  kStatusList,      // std::vector<std::string>: gRPC status names as xDS writes them
  kDurationRange,   // DurationRange
};

// "boolean", "duration range" ...: as the reference calls it.
std::string_view LabelKindName(LabelKind kind);

// Bits for LabelRule::protocols, in the order of HealthProtocol.
inline constexpr unsigned kGrpcOnly = 1U << 0;
inline constexpr unsigned kHttpOnly = 1U << 1;
inline constexpr unsigned kChecksByUs = (1U << 0) | (1U << 1) | (1U << 2);
inline constexpr unsigned kAnyCheck = kChecksByUs | (1U << 3);
inline constexpr unsigned kAlways = kAnyCheck | (1U << 4);

// Bounds of durations are in nanoseconds, as those of Duration.
inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000 * kMillisecond;
inline constexpr std::int64_t kHour = 3'600 * kSecond;

struct LabelRule {
  std::string_view key;  // without "fairlead."
  LabelKind kind;
  std::string_view fallback = {};  // the default as a label would say it; empty = no fixed one
  std::string_view fallback_words = {};  // for people, where the default is not a fixed value
  std::int64_t minimum = 0;              // kInteger, kDuration, kDurationRange
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  bool zero_is_off = false;       // kDuration: 0 is allowed below the minimum and switches off
  bool may_be_empty = false;      // an empty value is a value
  std::string_view choices = {};  // kChoice: the words, comma-separated, in the enum's order
  // True: no default could stand in safely for a bad value, so the container is not managed.
  bool is_vital = false;
  bool host_default = true;  // may stand in `defaults` of the host's config
  // Values that this version understands but does not act on: "*" = each, else comma-separated.
  std::string_view not_in_force = {};
  unsigned protocols = kAlways;  // the health protocols beside which the label has an effect
  std::string_view meaning = {};
};

// All labels, in the order of the reference.
std::span<const LabelRule> LabelTable();

// The keys of LabelTable(), same order.
std::span<const std::string_view> LabelKeys();

// The rule of `key` (without "fairlead."), or nullptr.
const LabelRule* FindLabel(std::string_view key);

}  // namespace fairlead::spec

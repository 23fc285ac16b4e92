// ParseLabelValue: the text of one label -> a value inside its rule's range, or what is wrong.
//
// Used for labels and for `defaults` of the host's config alike. Cost: linear in at most
// kLabelValueBytesMax bytes. Texts in a LabelProblem are printable whatever the value held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "spec/label_table.h"
#include "spec/service_spec.h"

namespace fairlead::spec {

// No label's value needs more; a longer one is an accident or an attack.
inline constexpr std::size_t kLabelValueBytesMax = 1024;

// What a kTlsSource begins with that names a profile.
inline constexpr std::string_view kTlsFiles = "files:";

struct DurationRange {
  Duration from{};
  Duration to{};
  bool operator==(const DurationRange&) const = default;
};

// Which alternative a kind gives is written at LabelKind.
using LabelValue = std::variant<bool, int, Duration, std::string, CountOrPercent, DurationRange,
                                std::vector<std::string>>;

struct LabelProblem {
  std::string_view code;  // one of spec/diagnostic_codes.h
  std::string message;    // `"80 80" is not a port`
  std::string hint;       // what to write instead
};

std::expected<LabelValue, LabelProblem> ParseLabelValue(const LabelRule& rule,
                                                        std::string_view text);

// The value as the label's canonical text where it has one (booleans, choices), else empty.
std::string CanonicalText(const LabelRule& rule, const LabelValue& value);

// False if this version understands the value but does not act on it.
bool IsInForce(const LabelRule& rule, const LabelValue& value);

}  // namespace fairlead::spec

// The value of a key as people are shown it: without secrets. Pure.
//
// Why by the look of it and not by key: a key that somebody adds later must not need to be
// remembered here to keep what it holds.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fairlead::config {

// A list of every listener a host may have is far below it.
inline constexpr std::size_t kShownBytesMax = 4096;

// As a flag would say it: lists comma-separated, structures as JSON, empty for an empty one.
// Printable. Of an http or https URL only scheme, host and port; what stands under a name with
// secret, token or password in it is "(hidden)", unless it names a file.
std::string ShownValue(const nlohmann::json& value);

// The same with everything, for comparing.
std::string ExactValue(const nlohmann::json& value);

}  // namespace fairlead::config

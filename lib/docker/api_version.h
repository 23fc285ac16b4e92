// The Engine API's version, and which one two sides speak.
//
// Why: engines refuse versions below their minimum (29.0: 1.44) and above their own, so a fixed
// version in the path breaks overnight. We ask without one and take the smaller of both.
// Threads: any; pure.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::docker {

struct ApiVersion {
  int major = 0;
  int minor = 0;

  std::string Text() const;  // "1.41"
  auto operator<=>(const ApiVersion&) const = default;
};

// Engine 19.03 and later; below it network events and ping headers are not what we rely on.
inline constexpr ApiVersion kApiVersionMin{1, 40};
// The newest whose changes were read: 29.0. Newer engines speak it too.
inline constexpr ApiVersion kApiVersionMax{1, 52};

// `header` is the Api-Version header of an unversioned ping; it may be empty. kUnimplemented with
// what to do when no common version exists, kDataLoss when it is no version.
Result<ApiVersion> NegotiateApiVersion(std::string_view header);

}  // namespace fairlead::docker

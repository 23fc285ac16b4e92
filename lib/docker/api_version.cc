#include "docker/api_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace fairlead::docker {
namespace {

// One to four digits: versions have two, and more would only overflow.
std::optional<int> ReadNumber(std::string_view text) {
  constexpr std::size_t kDigitsMax = 4;
  int number = 0;
  if (text.empty() || text.size() > kDigitsMax || text.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ApiVersion> ReadVersion(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = ReadNumber(text.substr(0, dot));
  const auto minor = ReadNumber(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return ApiVersion{*major, *minor};
}

}  // namespace

std::string ApiVersion::Text() const {
  return fmt::format("{}.{}", major, minor);
}

Result<ApiVersion> NegotiateApiVersion(std::string_view header) {
  if (header.empty()) {
    return Fail(
        Code::kUnimplemented,
        fmt::format("negotiate engine API: the engine tells no version; is it a Docker Engine "
                    "with API {} or newer?",
                    kApiVersionMin.Text()));
  }
  const auto theirs = ReadVersion(header);
  if (!theirs) {
    return Fail(Code::kDataLoss,
                fmt::format("negotiate engine API: \"{}\" is no version", Printable(header, 32)));
  }
  if (*theirs < kApiVersionMin) {
    return Fail(
        Code::kUnimplemented,
        fmt::format("negotiate engine API: the engine speaks {}, fairlead needs {} or newer "
                    "(Docker Engine 19.03): upgrade the engine",
                    theirs->Text(), kApiVersionMin.Text()));
  }
  if (theirs->major != kApiVersionMax.major) {
    return Fail(
        Code::kUnimplemented,
        fmt::format("negotiate engine API: the engine speaks {}, fairlead {} to {}: upgrade "
                    "fairlead",
                    theirs->Text(), kApiVersionMin.Text(), kApiVersionMax.Text()));
  }
  return std::min(*theirs, kApiVersionMax);
}

}  // namespace fairlead::docker

// HTTP/2 bytes by hand, for the tests of what reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::h2::testing {

inline std::vector<std::byte> Raw(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

inline std::string Big32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string Frame(unsigned type, unsigned flags, unsigned stream, std::string_view payload) {
  std::string frame = Big32(static_cast<std::uint32_t>(payload.size()) << 8 | type);
  frame.push_back(static_cast<char>(flags));
  return frame.append(Big32(stream)).append(payload);
}

// A literal header field that enters no table. REQUIRES: name and value under 127 bytes.
inline std::string Field(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
  out.push_back(static_cast<char>(value.size()));
  return out.append(value);
}

}  // namespace fairlead::h2::testing

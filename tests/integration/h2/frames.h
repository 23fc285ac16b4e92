// HTTP/2 as bytes, for tests that say exactly what they mean.
#pragma once

#include <string>
#include <string_view>

namespace fairlead::h2::testing {

std::string Frame(unsigned type, unsigned flags, unsigned stream, std::string_view payload);
std::string Settings();
// A header field without compression, as HPACK writes it.
std::string Field(std::string_view name, std::string_view value);

}  // namespace fairlead::h2::testing

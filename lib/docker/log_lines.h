// LogLines: what a container has written, as the engine's log answer frames it.
// Pure: bytes in, lines out.
//
// Why both forms: without a terminal the engine puts a header of eight bytes (stream, three zeros,
// length) before each piece; with one it sends what was written, and old engines name both forms
// alike.
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::docker {

// The last `lines_max` lines of both streams in their order, without their ends, each cut to
// `line_bytes_max`. What is cut short ends where it is cut.
struct LogLimits {
  std::size_t lines_max = 50;
  std::size_t line_bytes_max = 1024;
};
std::vector<std::string> LogLines(std::string_view body, LogLimits limits = {});

}  // namespace fairlead::docker

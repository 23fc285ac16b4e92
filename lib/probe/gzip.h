// gzip of one message, both ways, for servers that are asked with -gzip.
//
// Pure: bytes to bytes, by zlib.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace fairlead::probe {

std::vector<std::byte> Gzip(std::span<const std::byte> plain);

// Fails with kInternal when it is no gzip, is cut short, or holds more than `bytes_max`.
Result<std::vector<std::byte>> Gunzip(std::span<const std::byte> packed, std::size_t bytes_max);

}  // namespace fairlead::probe

// Header blocks without a header table: the request that a client sends over and over, and what a
// peer's block says. Over nghttp2's HPACK (RFC 7541).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fairlead::h2 {

struct UnaryRequest;

// The request's block; it uses no header table, so it is the same for every call.
std::vector<std::byte> RequestBlock(const UnaryRequest& request);

// Replaces `fields` by those of a block that was made without a header table. False: it is none.
bool DecodeBlock(std::span<const std::byte> block,
                 std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace fairlead::h2

// Header blocks without a header table: what we send, and what a peer's block says. Over nghttp2's
// HPACK (RFC 7541).
//
// Threads: none; pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fairlead::h2 {

struct UnaryRequest;
using FieldView = std::pair<std::string_view, std::string_view>;

// The request's block; it uses no header table, so it is the same for every call.
std::vector<std::byte> RequestBlock(const UnaryRequest& request);

// A block of these fields. It begins by giving the header table up, so it means the same wherever
// it stands.
std::vector<std::byte> EncodeBlock(std::span<const FieldView> fields);

// Replaces `fields` by those of a block that was made without a header table. False: it is none.
bool DecodeBlock(std::span<const std::byte> block,
                 std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace fairlead::h2

// Name: a domain name as its labels, from the host's outwards: {"user-service", "shop",
// "fairlead"}.
//
// Why labels: a label may hold any bytes, a dot among them, so text is no safe form of a name that
// came over the network. Bytes are kept as they came and compared without case (RFC 4343).
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::dns {

// RFC 1035, 2.3.4: of a label, and of a name as it is sent, length bytes and the root's included.
inline constexpr std::size_t kLabelBytesMax = 63;
inline constexpr std::size_t kNameBytesMax = 255;

using Name = std::vector<std::string>;  // empty: the root

// "user-service.shop.fairlead." with or without its last dot. No escapes. Nothing for what is no
// name: an empty label, one too long, the whole too long. The root is ".".
std::optional<Name> ParseName(std::string_view text);

// As it is sent.
std::size_t BytesOf(const Name& name);

// A-Z become a-z; all other bytes stay.
std::string LowerCase(std::string_view label);
Name LowerCase(const Name& name);

// What is left of `name` before `origin`, without case; nothing when it does not end in it.
std::optional<Name> Below(const Name& name, const Name& origin);

}  // namespace fairlead::dns

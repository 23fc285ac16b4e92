// JsonReader: the tolerant way into an engine's JSON. A wrong type reads like an absent field.
//
// Why: engines and look-alikes drop, null and retype fields between versions; one odd field must
// cost that field and not the container. Used only inside this module (keeps nlohmann out of
// its public headers). Of an inspect one node in four is ever read, so the others are not made;
// Boost.JSON's tokenizer reads over them, which took nlohmann's a third of a cold start.
// Threads: any; pure. Never throws.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::docker {

using Json = nlohmann::json;

// A member of an object that somebody reads.
struct Wanted {
  std::string_view key;                 // "": whatever its key
  std::span<const Wanted> inside = {};  // of it; none: all of it. A list: of each of its elements
};

// Parses `text` up to kJsonDepthMax levels. kDataLoss with `what` in the message otherwise.
// Repeated keys: the last wins. Members that are not wanted must be good JSON and are left out; of
// no `wanted` at all everything is kept.
Result<Json> ParseJson(std::string_view text, std::string_view what,
                       std::span<const Wanted> wanted = {});

// The member `key` of `object`; a shared null when it is absent or `object` is no object.
const Json& Member(const Json& object, const char* key);

// "" unless the member is text.
std::string TextMember(const Json& object, const char* key);

// False unless the member is true.
bool BoolMember(const Json& object, const char* key);

// The member if it is a whole number in [low, high], else `otherwise`.
std::int64_t NumberMember(const Json& object, const char* key, std::int64_t otherwise = 0,
                          std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                          std::int64_t high = std::numeric_limits<std::int64_t>::max());

}  // namespace fairlead::docker

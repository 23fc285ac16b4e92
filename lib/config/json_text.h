// ParseJsonText: text -> JSON, with everything that is wrong with it as a text.
//
// Why not the library alone: it lets the last of two equal keys win in silence and builds whatever
// depth it is given. A first pass here finds repeated keys and deep nesting before anything is
// built.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/diagnostic.h"

namespace fairlead::config {

// No config needs more than five; the readers below walk what is built by recursion.
inline constexpr std::size_t kJsonDepthMax = 32;
// After so many repeated keys the rest adds nothing.
inline constexpr std::size_t kJsonDuplicatesToldMax = 16;

// Where each key of an object stands: its dotted path -> its line, from 1. Of equal keys the last.
using KeyLines = std::map<std::string, std::size_t>;

// The value, or nothing if the text is no JSON (// and /* */ comments and a byte order mark are
// allowed) or nests too deep. Repeated keys are reported, and the value is given all the same.
// `subject` stands for the text in diagnostics: the file's path, a flag, a variable. `lines` is
// filled if there is one.
std::optional<nlohmann::json> ParseJsonText(std::string_view text, const std::string& subject,
                                            std::vector<spec::Diagnostic>& diagnostics,
                                            KeyLines* lines = nullptr);

}  // namespace fairlead::config

// The value of a key as a flag or a variable says it, as the JSON that a file would hold.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "config/key_table.h"
#include "spec/diagnostic.h"

namespace fairlead::config {

// Lists are comma-separated, structures are JSON (envoy.listeners also a plain list of addresses).
// What cannot be converted stays a text, for the key's reader to refuse in its own words; JSON that
// is none is reported with `subject` and gives null.
nlohmann::json ValueFromText(const KeyRule& rule, const std::string& text,
                             const std::string& subject,
                             std::vector<spec::Diagnostic>& diagnostics);

}  // namespace fairlead::config

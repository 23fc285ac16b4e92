// KeyRule: one row per config key: its kind, its default, what it means, how it is read.
//
// Why a table: reading, --help, the environment's names and manifests/config.schema.json all come
// from these rows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace fairlead::config {

enum class KeyKind { kText, kBoolean, kInteger, kList, kStructure };

struct ValueProblem {
  std::string_view code;  // one of spec/diagnostic_codes.h
  std::string where;      // below the key: "", "[1]", ".corp.cert"
  std::string message;
  std::string hint;
};

struct KeyRule {
  std::string_view path;  // "discovery.listen"
  KeyKind kind;
  std::string_view fallback;  // the default, as a flag would say it
  std::string_view example;   // for kinds whose default shows nothing
  std::string_view meaning;
  // Puts a good value into the config, or reports what is wrong and leaves the config alone.
  void (*read)(const nlohmann::json& value, Config& config, std::vector<ValueProblem>& problems);
};

// All keys but `defaults`, whose keys are the labels (spec/label_table.h).
std::span<const KeyRule> KeyTable();

// The rule of a whole path, or nullptr.
const KeyRule* FindKey(std::string_view path);

// True for "discovery" and the like: a part of the file that holds keys.
bool IsSection(std::string_view path);
std::span<const std::string_view> Sections();

// Keys that are read and validated although no part of this version acts on them yet. Setting one
// is told as config-not-in-force. Whoever builds what acts on a key removes it here.
std::span<const std::string_view> NotYetInForce();

// "FAIRLEAD_DISCOVERY_LISTEN".
std::string EnvironmentName(std::string_view path);

// Every path a flag may name: KeyTable() and defaults.LABEL.
std::span<const std::string_view> AllPaths();

}  // namespace fairlead::config

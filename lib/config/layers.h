// The layers of the config as one list of settings: file, environment, flags, in that order.
//
// Finds out which key each text means and reports what means none; values are not looked at here.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/config.h"
#include "spec/diagnostic.h"

namespace fairlead::config {

struct Setting {
  std::string path;     // a key of KeyTable(), or "defaults.LABEL" for any LABEL
  std::string subject;  // as its writer knows it: the path, FAIRLEAD_NAME, --flag
  std::string place;    // where it is written: FILE:LINE, FAIRLEAD_NAME, --flag
  Origin origin = Origin::kDefault;
  nlohmann::json value;
};

struct Arguments {
  std::vector<Setting> settings = {};
  std::vector<std::string> positional = {};
  bool check_only = false;
  bool show_help = false;
  bool show_version = false;
  std::string config_path = {};  // of --config; empty if absent
};

using Diagnostics = std::vector<spec::Diagnostic>;

std::vector<Setting> ReadFileLayer(const std::string& text, const std::string& file_path,
                                   Diagnostics& diagnostics);

// FAIRLEAD_ variables. An unknown one is an error if it looks like a key; FAIRLEAD_CONFIG and those
// of the fairlead command are left alone, foreign ones are only warned about.
std::vector<Setting> ReadEnvironmentLayer(const std::map<std::string, std::string>& environment,
                                          Diagnostics& diagnostics);

// `--key=value` or `--key value`; a boolean key alone means true; `--` ends the flags.
Arguments ReadArguments(const std::vector<std::string>& arguments, Diagnostics& diagnostics);

}  // namespace fairlead::config

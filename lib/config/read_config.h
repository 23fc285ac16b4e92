// ReadConfig: file, environment and flags -> Config + everything that is wrong with them, at once.
//
// Pure: reads no file, environment or clock; config/load_file.h does. Layers: flags over
// environment over file over defaults. Every layer is validated, also where a higher one overrides
// it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "spec/diagnostic.h"

namespace fairlead::config {

struct ConfigSources {
  std::optional<std::string> file_text = {};            // nothing = there is no file, which is fine
  std::string file_path = {};                           // for messages
  bool is_file_open = false;                            // every user of the host may read it
  std::map<std::string, std::string> environment = {};  // only FAIRLEAD_ variables are looked at
  std::vector<std::string> arguments = {};              // without the program's name
};

struct ConfigReading {
  Config config;  // of use only if ok()
  // Ordered by layer, then as written. Errors are reasons to exit 2; warnings are to be logged.
  std::vector<spec::Diagnostic> diagnostics;
  bool check_only = false;              // --check-config
  bool show_help = false;               // --help, -h
  bool show_version = false;            // --version
  std::vector<std::string> positional;  // each also reported: the daemon takes none

  bool ok() const;
};

ConfigReading ReadConfig(const ConfigSources& sources);

// Which file to read: --config, else FAIRLEAD_CONFIG, else /etc/fairlead/config.json.
struct ConfigPath {
  std::string path;
  bool is_explicit = false;  // asked for by name, so its absence is an error
  bool operator==(const ConfigPath&) const = default;
};
ConfigPath FindConfigPath(const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& environment);

}  // namespace fairlead::config

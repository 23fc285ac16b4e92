// LoadFile: a config file's bytes, with a bound on everything. The only part of config that
// touches the system.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "config/read_config.h"

namespace fairlead::config {

// A config of every key written out is 4 KiB; a megabyte is a wrong file.
inline constexpr std::size_t kConfigFileBytesMax = 1024 * 1024;

struct LoadedFile {
  std::string text;
  bool is_open = false;  // every user of the host may read it
};

// Reads a regular file (symbolic links are followed). Never blocks on a FIFO or device.
// Errors: kNotFound; kPermissionDenied; kInvalidArgument (a directory, FIFO, device, socket, a loop
// of links); kResourceExhausted (larger than kConfigFileBytesMax); kUnavailable (the read failed).
Result<LoadedFile> LoadFile(const std::string& path);

// The sources of a daemon that was started so: finds the file's path, reads it, and ReadConfig()s
// all. A file that cannot be read is one more diagnostic (config-unreadable); the default file may
// be absent.
ConfigReading LoadConfig(std::vector<std::string> arguments,
                         std::map<std::string, std::string> environment);

}  // namespace fairlead::config

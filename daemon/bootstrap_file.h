// The bootstrap files that client containers read, kept beside the discovery socket.
#pragma once

#include <string>

#include "base/result.h"

namespace fairlead::daemon {

// Writes `text` as `file` ("bootstrap.json", 0644) into the directory of `socket_path`, whole or
// not at all: a client never reads half of it. An equal file is left alone, so that mounts see no
// change.
Result<> WriteBootstrapBeside(const std::string& socket_path, const std::string& file,
                              const std::string& text);

}  // namespace fairlead::daemon

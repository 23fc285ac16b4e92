// Where the admin plane may listen, and how its unix socket is made safe.
//
// Why strict: who reaches this API may restart and stop containers. What a caller may its role says
// (lib/access); before that come the file system (a socket of mode 0660 in a directory that others
// may not enter and that is never mounted into a container), the loopback interface and, off it, a
// certificate before the first byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::admin {

struct ListenAddress {
  bool is_unix = false;
  std::string path = {};  // of the socket, absolute
  std::string text;       // as clients of gRPC take it: "unix:/run/...", "127.0.0.1:0"
  std::string ip = {};    // of TCP, without brackets
  std::uint16_t port = 0;
  bool is_loopback = false;  // of TCP
};

// "unix:/run/fairlead/admin/admin.sock", "unix:///run/..." or "IP:PORT", "[IP]:PORT" (port 0 = any
// free one). kInvalidArgument for everything else, loopback names included: what they mean is
// decided elsewhere.
Result<ListenAddress> ParseListenAddress(std::string_view text);

// Makes the socket's directory (0750, parents 0755) and removes a socket that nobody serves.
// kFailedPrecondition: not allowed to, something else is there, or another process serves it.
Result<> PrepareSocket(const std::string& path);

// True when others than owner and group may enter the socket's directory.
bool IsOpenToOthers(const std::string& path);

}  // namespace fairlead::admin

// Which lines of a server's log tell of gRPC calls that fail. Pure.
//
// Why by words: logs have no common form; what the gRPC libraries of Go, Java, C++, Python and Node
// write of a failure holds one of these. A line too many marked costs a look.
#pragma once

#include <string_view>

namespace fairlead::diagnose {

bool TellsGrpcError(std::string_view line);

}  // namespace fairlead::diagnose

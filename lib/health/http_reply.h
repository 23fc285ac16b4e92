// The little of HTTP/1.1 that a check needs: one GET, and the status line that answers it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spec/check.h"

namespace fairlead::health {

// "GET path" with `Connection: close`. A path with bytes that do not belong into a request line (a
// blank, a control byte) is asked for as "/".
std::string HttpRequest(std::string_view host_port, std::string_view path);

// What the bytes so far say; nothing while the status line is not whole. 2xx is serving, another
// status kHttpStatus, TLS kTls, anything else kProtocol. `at_end`: no more bytes will come.
std::optional<spec::CheckOutcome> ReadHttpReply(std::string_view bytes, bool at_end);

}  // namespace fairlead::health

// Cross-origin requests: which pages of browsers may ask a service and read its answers. Pure.
//
// By the label fairlead.gateway.cors, and by default none. A page that is named may send cookies
// along; `*` lets every page read, and none with those.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace fairlead::gateway {

// The fields of an answer to a page of `origin`; none where it may not read it. `allowed`: origins
// in lower case, or "*".
std::vector<http::Field> CorsFields(const std::vector<std::string>& allowed,
                                    std::string_view origin);

// A browser's question whether it may ask: OPTIONS with an Origin and the method of the request.
bool IsPreflight(const http::Request& request);
// The answer. REQUIRES: IsPreflight.
http::Reply AnswerToPreflight(const std::vector<std::string>& allowed,
                              const http::Request& request);

}  // namespace fairlead::gateway

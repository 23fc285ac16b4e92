// Signature: how a receiver knows that a payload is ours. Pure.
#pragma once

#include <string>
#include <string_view>

namespace fairlead::webhook {

// "sha256=HEX": the HMAC-SHA256 of `body` with `secret`, as GitHub's webhooks have it.
std::string SignatureOf(std::string_view body, std::string_view secret);

// "Basic BASE64" for a URL's "user:password".
std::string BasicAuthorization(std::string_view userinfo);

}  // namespace fairlead::webhook

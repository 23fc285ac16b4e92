// ActGuard: may this request act, where everybody on this host may read? Pure.
//
// Why a token: who reaches the loopback interface is any process of the host, and any page in a
// browser on it. The token is in a file that root alone reads. It is taken from the Authorization
// header only, which no page of a stranger can set, and from no cookie; Origin is looked at, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/host_gate.h"
#include "http/refusal.h"
#include "http/request.h"

namespace fairlead::rest {

class ActGuard {
 public:
  // `token` may not be empty.
  ActGuard(std::string token, http::HostGate hosts);

  // Why not; nothing: it may. 401 without the token, 403 from a foreign page, 415 with a body that
  // is not JSON.
  std::optional<http::Refusal> Refuses(const http::Request& request) const;

  bool HoldsToken(const http::Request& request) const;

 private:
  const std::string token_;
  const http::HostGate hosts_;
};

// The same time for every text of one length.
bool IsSameSecret(std::string_view left, std::string_view right);

}  // namespace fairlead::rest

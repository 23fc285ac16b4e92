// HostGate: may a request with this Host header be answered? Pure.
//
// Why: a page of a stranger can point a name of its own at 127.0.0.1 (DNS rebinding) and is then of
// the same origin as we are. It cannot choose what Host says: the name. So IP addresses, localhost
// and the names of http.allowed_hosts are answered, and everything else is not. A listener whose
// handler asks a gate of its own, by what is asked for, has one that lets every name in.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace fairlead::http {

class HostGate {
 public:
  // Names without a port; case does not count.
  explicit HostGate(const std::set<std::string>& allowed);
  // Every name that is well written; `null` of an Origin is still nobody.
  static HostGate OfAllNames();

  // `host` as the header has it: NAME, NAME:PORT, 127.0.0.1:PORT or [::1]:PORT.
  bool Admits(std::string_view host) const;
  // The same for the host of an Origin header ("http://NAME:PORT"); "null" is nobody.
  bool AdmitsOrigin(std::string_view origin) const;

 private:
  std::set<std::string, std::less<>> allowed_;  // lower case
  bool takes_all_ = false;
};

}  // namespace fairlead::http

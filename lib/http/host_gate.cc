#include "http/host_gate.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>

namespace fairlead::http {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The name without the port; nothing for what is no authority.
std::optional<std::string_view> NameIn(std::string_view host) {
  const std::size_t closing = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  if (host.starts_with('[') && closing == std::string_view::npos) return std::nullopt;
  const std::size_t colon = host.find(':', closing == std::string_view::npos ? 0 : closing);
  if (colon != std::string_view::npos && !IsPort(host.substr(colon + 1))) return std::nullopt;
  std::string_view name = host.substr(0, colon);
  if (!name.starts_with('[')) return name;
  if (!name.ends_with(']')) return std::nullopt;
  name.remove_prefix(1);
  name.remove_suffix(1);
  return name.find(':') == std::string_view::npos ? std::nullopt : std::optional(name);
}

}  // namespace

HostGate::HostGate(const std::set<std::string>& allowed) : allowed_{"localhost"} {
  for (const std::string& name : allowed) allowed_.insert(Lower(name));
}

HostGate HostGate::OfAllNames() {
  HostGate gate({});
  gate.takes_all_ = true;
  return gate;
}

bool HostGate::Admits(std::string_view host) const {
  const std::optional<std::string_view> name = NameIn(host);
  if (!name || name->empty()) return false;
  if (takes_all_ || allowed_.contains(Lower(*name))) return true;
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(*name), error);
  return !error;
}

bool HostGate::AdmitsOrigin(std::string_view origin) const {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return Admits(origin.substr(scheme.size()));
  }
  return false;
}

}  // namespace fairlead::http

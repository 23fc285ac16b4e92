#include "access/caller.h"

#include "access/id_text.h"
#include "base/text.h"

namespace fairlead::access {
namespace {

constexpr std::string_view kUriPrefix = "URI:";

constexpr const char* kUidKey = "fairlead-uid";
constexpr const char* kGidKey = "fairlead-gid";
constexpr const char* kAddressKey = "fairlead-address";
constexpr const char* kNameKey = "fairlead-name";
constexpr const char* kHttpKey = "fairlead-http";
constexpr const char* kTokenKey = "fairlead-token";

// A URI says by itself what it is.
std::string ShownName(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.starts_with(kUriPrefix))
      return Printable(name.substr(kUriPrefix.size()), kActorBytesMax);
  }
  return Printable(names.front(), kActorBytesMax);
}

std::string Described(const Caller& caller, std::string_view address) {
  if (caller.is_unix()) return "uid " + std::to_string(*caller.uid);
  if (!caller.names.empty()) return ShownName(caller.names);
  if (address.empty()) return "admin";
  return (caller.is_http ? "http from " : "admin from ") + Printable(address, kActorBytesMax / 2);
}

}  // namespace

bool Caller::is_on_loopback() const {
  return address.starts_with("127.") || address.starts_with("[::1]:");
}

std::string ActorOf(const Caller& caller) {
  return Described(caller, caller.address);
}

std::string AccountOf(const Caller& caller) {
  return Described(caller, std::string_view(caller.address).substr(0, caller.address.rfind(':')));
}

Metadata ToMetadata(const Caller& caller) {
  Metadata metadata;
  if (caller.uid) metadata.emplace_back(kUidKey, std::to_string(*caller.uid));
  for (const std::uint32_t gid : caller.gids) metadata.emplace_back(kGidKey, std::to_string(gid));
  if (!caller.address.empty()) metadata.emplace_back(kAddressKey, caller.address);
  for (const std::string& name : caller.names) metadata.emplace_back(kNameKey, name);
  if (caller.is_http) metadata.emplace_back(kHttpKey, "1");
  if (caller.holds_token) metadata.emplace_back(kTokenKey, "1");
  return metadata;
}

void TakeFromMetadata(std::string_view key, std::string_view value, Caller& caller) {
  if (key == kUidKey) caller.uid = IdIn(value);
  if (key == kGidKey) {
    if (const auto gid = IdIn(value)) caller.gids.push_back(*gid);
  }
  if (key == kAddressKey) caller.address = value;
  if (key == kNameKey) caller.names.emplace_back(value);
  if (key == kHttpKey) caller.is_http = true;
  if (key == kTokenKey) caller.holds_token = true;
}

}  // namespace fairlead::access

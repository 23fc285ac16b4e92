#include "network_user.h"

#include <linux/capability.h>
#include <pwd.h>
#include <unistd.h>

#include <charconv>

#include "confine/capabilities.h"
#include "confine/user.h"
#include "hand_over.h"

namespace fairlead::daemon {
namespace {

constexpr uid_t kRoot = 0;

Result<> Change(const config::Config& config, uid_t user) {
  for (const auto& [number, name] : {std::pair(CAP_SETUID, "SETUID"), {CAP_CHOWN, "CHOWN"}}) {
    if (!confine::HasCapability(number))
      return Fail(Code::kPermissionDenied,
                  std::string("become another user: the capability ") + name +
                      " is missing; add it (cap_add, CapabilityBoundingSet), or set user to root");
  }
  if (Result<> given = HandOver(config, user); !given) return given;
  return confine::BecomeUser(user);
}

}  // namespace

Result<uid_t> NumberOfUser(const std::string& user) {
  uid_t number = kRoot;
  const char* end = user.data() + user.size();
  if (std::from_chars(user.data(), end, number).ptr == end) return number;
  if (const passwd* found = ::getpwnam(user.c_str()); found != nullptr) return found->pw_uid;
  if (user == config::kDefaultUser) return kNetworkUser;
  return Fail(Code::kNotFound, "become user " + user +
                                   ": this host has none of that name; make it (useradd --system), "
                                   "or write a number");
}

Result<> BecomeNetworkUser(const config::Config& config, telemetry::Logger& log) {
  if (::geteuid() != kRoot) return {};
  const Result<uid_t> user = NumberOfUser(config.user);
  if (!user) return std::unexpected(user.error());
  const Result<> changed = *user == kRoot ? Result<>() : Change(config, *user);
  if (changed && *user != kRoot) {
    log.Info("who talks to the network is a user without rights",
             {{"user", std::to_string(*user)}});
    return {};
  }
  const auto setting = config.settings.find("user");
  const bool is_asked_for =
      setting != config.settings.end() && setting->second.origin != config::Origin::kDefault;
  if (!changed && is_asked_for) return changed;
  if (!changed)
    log.Warning("who talks to the network stays root", {{"reason", changed.error().message}});
  // What another life was somebody else with. Without the right to it root reads it by its group.
  if (!confine::HasCapability(CAP_CHOWN)) return {};
  if (const Result<> back = HandOver(config, kRoot); !back)
    log.Warning("what the last user wrote is not root's again", {{"reason", back.error().message}});
  return {};
}

}  // namespace fairlead::daemon

#include "access/decision.h"

#include <fmt/format.h>

#include "access/method_table.h"
#include "access/rule.h"
#include "base/error_reasons.h"
#include "base/text.h"

namespace fairlead::access {
namespace {

// What whoever asked can do about it.
std::string Advice(const Caller& caller, Role least) {
  const std::string_view key = RoleKey(least);
  if (caller.is_http && !caller.is_known())
    return "send Authorization: Bearer and what is in http.token of the daemon's state_dir, or use "
           "the fairlead command";
  if (caller.is_unix())
    return fmt::format(
        "try sudo, or have \"uid:{}\" or \"gid:NUMBER\" of a group of that user put "
        "into {} of the daemon's config",
        *caller.uid, key);
  for (const std::string& name : caller.names) {
    if (!ParseRule(name)) continue;
    return fmt::format(
        "have \"{}\" put into {} of the daemon's config, or ask somebody who is among them", name,
        key);
  }
  return fmt::format(
      "show a certificate (--ca, --cert, --key) that {} of the daemon's config names, or use the "
      "unix socket as root",
      key);
}

}  // namespace

Result<> Decide(const Policy& policy, const Caller& caller, const Call& call) {
  const MethodRule* const rule = FindMethod(call.method);
  if (rule == nullptr) {
    return Fail(
        Code::kPermissionDenied,
        fmt::format("{}: nobody may call this; the daemon's table of roles has no row for it",
                    Printable(call.method, 64)),
        {.reason = reasons::kRoleMissing});
  }
  const Role role = RoleOf(policy, caller);
  const Role least = call.is_forced ? rule->least_with_force : rule->least;
  if (role >= least) return {};
  const std::string_view forced = call.is_forced && role >= rule->least ? " with force" : "";
  return Fail(caller.is_known() ? Code::kPermissionDenied : Code::kUnauthenticated,
              fmt::format("{}{}: it takes {}, and {} is {} here; {}", call.method, forced,
                          RoleWithArticle(least), ActorOf(caller), RoleWithArticle(role),
                          Advice(caller, least)),
              {.reason = reasons::kRoleMissing});
}

}  // namespace fairlead::access

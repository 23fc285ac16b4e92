#include "confine/user.h"

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "confine/capabilities.h"

namespace fairlead::confine {
namespace {

std::unexpected<Error> CannotBecome(uid_t user) {
  return Fail(Code::kPermissionDenied, "become user " + std::to_string(user) + ": " +
                                           std::generic_category().message(errno));
}

// Of groups without our own there are none as a rule, and to give them up takes CAP_SETGID.
bool HasFurtherGroups() {
  gid_t group = 0;
  const int count = getgroups(1, &group);
  return count < 0 || (count == 1 && group != getegid());
}

}  // namespace

Result<> BecomeUser(uid_t user) {
  if (HasFurtherGroups() && setgroups(0, nullptr) != 0) return CannotBecome(user);
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setresuid(user, user, user) != 0)
    return CannotBecome(user);
  prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  // Effective ones are cleared by the change, permitted ones were kept.
  return RaiseCapabilities();
}

}  // namespace fairlead::confine

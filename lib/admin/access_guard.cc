#include "admin/access_guard.h"

namespace fairlead::admin {

Result<> AccessGuard::Admit(const grpc::ServerContextBase& context,
                            const access::Call& call) const {
  const access::Caller caller = peers_.CallerOf(context);
  const access::Policy policy = PolicyNow();
  Result<> decided = access::Decide(policy, caller, call);
  if (!decided && refused_)
    refused_({.caller = caller,
              .method = std::string(call.method),
              .role = access::RoleOf(policy, caller),
              .error = decided.error()});
  return decided;
}

}  // namespace fairlead::admin

#include "namespace_process.h"

#include <linux/capability.h>

#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "netdiag/direct_work.h"
#include "netdiag/namespace_server.h"
#include "own_process.h"

namespace fairlead::daemon {
namespace {

constexpr OwnProcess kNamespaces{.name = "fl-namespaces", .does = "enters containers' networks"};

// Its whole life.
int EnterNamespaces(int pair, telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kNamespaces.name, log);
  // To open the namespace and the root of another's process; to enter; to reset connections there.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_NET_ADMIN}),
             kNamespaces.name, log);
  netdiag::DirectWork work;
  WarnUnless(confine::Install(confine::NamespaceFilter()), kNamespaces.name, log);
  netdiag::ServeNamespaceQuestions(pair, work);
  return 0;
}

}  // namespace

Result<confine::KeptChild> StartNamespaces(telemetry::Logger& log) {
  return StartProcess(kNamespaces, [&log](int pair) { return EnterNamespaces(pair, log); }, log);
}

}  // namespace fairlead::daemon

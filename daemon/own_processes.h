// The daemon's other processes, and what each gives up: the actuator has the engine's socket and no
// network; the one that enters containers' networks has the rights for that, and nothing else; the
// one that writes the certificates of services has the authority's keys; one opens the files of
// root's that the configuration names; one writes files of other programs, runs their check and
// tells their readers; the rest has the network, and neither a way to that socket nor those rights
// nor a key that signs.
//
// Why: whoever has the engine's socket owns the host, as does whoever may enter other namespaces
// or write others' files; whoever has the keys is any service to its callers; and whoever parses
// what strangers send may be taken over one day. None of the first may follow from the last.
// Order, as in main: Start() and GiveUpRights() while there is one thread, the app, then
// GiveUpCalls() once everything listens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "confine/kept_child.h"
#include "telemetry/log.h"

namespace fairlead::daemon {

struct OwnProcesses {
  confine::KeptChild actuator;    // its pair() is what the engine is asked over (docker/actuator.h)
  confine::KeptChild namespaces;  // netdiag/namespace_server.h
  confine::KeptChild authority;   // ca/authority_server.h
  confine::KeptChild files;       // confine/named_files.h
  std::optional<confine::KeptChild> sinks;  // filesink/sink_server.h; where there are file_sinks

  // `log` outlives them. Errors: those of KeptChild, and an engine.endpoint that is none.
  static Result<OwnProcesses> Start(const config::Config& config, const std::string& config_file,
                                    telemetry::Logger& log);

  // The name of one that has ended for good, as its keeper was killed; empty: there is none.
  std::string_view Lost() const;
};

// New privileges, and all capabilities but those that the daemon uses.
void GiveUpRights(telemetry::Logger& log);

// System calls (confine/syscall_filter.h). Where the kernel cannot, that is logged.
void GiveUpCalls(telemetry::Logger& log);

}  // namespace fairlead::daemon

// Diagnosing: finds out who client and server of a diagnosis are, and has it done, one at a time.
//
// Threads: Begin from any; the work on a thread of its own, which waits for engine and probes.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "admin/diagnoser.h"
#include "controller/control.h"
#include "docker/engine.h"
#include "netdiag/namespace_work.h"
#include "runtime/io_thread.h"
#include "spec/read_labels.h"
#include "tls/profile.h"

namespace fairlead::daemon {

class Diagnosing {
 public:
  struct Host {
    spec::HostPolicy policy;
    std::map<std::string, tls::Profile> tls_profiles;
    // The end of a container's log, asked on the engine's loop.
    std::function<docker::asio::awaitable<Result<std::vector<std::string>>>(ContainerId id)> logs;
    netdiag::NamespaceWork& namespaces;
  };
  // All but `host` must outlive it, and so must its namespaces.
  Diagnosing(controller::Control& control, docker::Engine& engine, runtime::IoThread& engine_loop,
             Host host)
      : control_(control), engine_(engine), engine_loop_(engine_loop), host_(std::move(host)) {}

  // As admin::Diagnoser.
  void Begin(admin::DiagnoseQuestion question, std::function<bool(const diagnose::Step&)> tell,
             std::function<void(Result<>)> done);
  // Ends the diagnosis under way after its present probe.
  void Stop();

 private:
  Result<> Run(const admin::DiagnoseQuestion& question,
               const std::function<bool(const diagnose::Step&)>& tell);
  Result<diagnose::Case> CaseOf(const admin::DiagnoseQuestion& question);
  Result<fleet::Explanation> ServerOf(const std::string& service);

  controller::Control& control_;
  docker::Engine& engine_;
  runtime::IoThread& engine_loop_;
  const Host host_;
  std::atomic<bool> is_busy_ = false;
  std::atomic<bool> is_stopping_ = false;
  runtime::IoThread loop_{"fl-diagnose"};
};

}  // namespace fairlead::daemon

// AdminService: the gRPC methods, over what the daemon shows of itself.
//
// Threads: gRPC's own; every method answers at once or hands on to a call object.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "admin/access_guard.h"
#include "admin/bootstrap_source.h"
#include "admin/client_messages.h"
#include "admin/diagnoser.h"
#include "admin/event_feed.h"
#include "admin/load_source.h"
#include "admin/settings_source.h"
#include "controller/control.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::admin {

class AdminService final : public v1::Admin::CallbackService {
 public:
  // `control` and `guard` must outlive the service. What the daemon does not give may be empty
  // (kUnimplemented then, and of loads nothing is told).
  AdminService(controller::Control& control, std::shared_ptr<EventFeed> feed,
               BootstrapSource bootstrap, ClientSource clients, std::string version,
               const AccessGuard& guard, Diagnoser diagnoser = {}, SettingsSource settings = {},
               LoadSource loads = {});

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::Status* response) override;
  grpc::ServerUnaryReactor* ListServices(grpc::CallbackServerContext* context,
                                         const v1::ListServicesRequest* request,
                                         v1::ListServicesResponse* response) override;
  grpc::ServerUnaryReactor* ListReplicas(grpc::CallbackServerContext* context,
                                         const v1::ListReplicasRequest* request,
                                         v1::ListReplicasResponse* response) override;
  grpc::ServerUnaryReactor* ListDiagnostics(grpc::CallbackServerContext* context,
                                            const v1::ListDiagnosticsRequest* request,
                                            v1::ListDiagnosticsResponse* response) override;
  grpc::ServerUnaryReactor* Lint(grpc::CallbackServerContext* context,
                                 const v1::LintRequest* request,
                                 v1::LintResponse* response) override;
  grpc::ServerUnaryReactor* ListClients(grpc::CallbackServerContext* context,
                                        const v1::ListClientsRequest* request,
                                        v1::ListClientsResponse* response) override;
  grpc::ServerUnaryReactor* GetClient(grpc::CallbackServerContext* context,
                                      const v1::GetClientRequest* request,
                                      v1::Client* response) override;
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) override;
  grpc::ServerWriteReactor<v1::ServiceEndpoints>* WatchEndpoints(
      grpc::CallbackServerContext* context, const v1::WatchEndpointsRequest* request) override;
  grpc::ServerUnaryReactor* Restart(grpc::CallbackServerContext* context,
                                    const v1::RestartRequest* request,
                                    v1::ActResult* response) override;
  grpc::ServerUnaryReactor* Drain(grpc::CallbackServerContext* context,
                                  const v1::DrainRequest* request,
                                  v1::ActResult* response) override;
  grpc::ServerUnaryReactor* Undrain(grpc::CallbackServerContext* context,
                                    const v1::UndrainRequest* request,
                                    v1::ActResult* response) override;
  grpc::ServerUnaryReactor* Evict(grpc::CallbackServerContext* context,
                                  const v1::EvictRequest* request,
                                  v1::ActResult* response) override;
  grpc::ServerUnaryReactor* DryRun(grpc::CallbackServerContext* context,
                                   const v1::DryRunRequest* request,
                                   v1::DryRunResult* response) override;
  grpc::ServerUnaryReactor* Pause(grpc::CallbackServerContext* context,
                                  const v1::PauseRequest* request,
                                  v1::ActResult* response) override;
  grpc::ServerUnaryReactor* Resume(grpc::CallbackServerContext* context,
                                   const v1::ResumeRequest* request,
                                   v1::ActResult* response) override;
  grpc::ServerUnaryReactor* GetBootstrap(grpc::CallbackServerContext* context,
                                         const v1::GetBootstrapRequest* request,
                                         v1::GetBootstrapResponse* response) override;
  grpc::ServerUnaryReactor* GetConfig(grpc::CallbackServerContext* context,
                                      const v1::GetConfigRequest* request,
                                      v1::GetConfigResponse* response) override;
  grpc::ServerUnaryReactor* ListCertificates(grpc::CallbackServerContext* context,
                                             const v1::ListCertificatesRequest* request,
                                             v1::ListCertificatesResponse* response) override;
  grpc::ServerUnaryReactor* SetLogLevel(grpc::CallbackServerContext* context,
                                        const v1::SetLogLevelRequest* request,
                                        v1::SetLogLevelResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context,
                                    const v1::ExplainRequest* request,
                                    v1::Explanation* response) override;
  grpc::ServerWriteReactor<v1::DiagnosisStep>* Diagnose(
      grpc::CallbackServerContext* context, const v1::DiagnoseRequest* request) override;

 private:
  template <class Request>
  grpc::ServerUnaryReactor* Command(grpc::CallbackServerContext& context, fleet::OperatorVerb verb,
                                    const Request& request, const access::Call& call,
                                    v1::ActResult& response);

  controller::Control& control_;
  const std::shared_ptr<EventFeed> feed_;
  const BootstrapSource bootstrap_;
  const ClientSource clients_;
  const std::string version_;
  const AccessGuard& guard_;
  const Diagnoser diagnoser_;
  const SettingsSource settings_;
  const LoadSource loads_;
  const std::shared_ptr<std::atomic<int>> commands_under_way_;
  std::atomic<bool> is_linting_ =
      false;  // each may take a core for a while, and one thread of gRPC's
};

}  // namespace fairlead::admin

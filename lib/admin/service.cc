#include "admin/service.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "admin/command_call.h"
#include "admin/config_messages.h"
#include "admin/diagnosis_stream.h"
#include "admin/endpoint_cursor.h"
#include "admin/event_cursor.h"
#include "admin/feed_stream.h"
#include "admin/late_answer.h"
#include "admin/linting.h"
#include "admin/paging.h"
#include "admin/read_mask.h"
#include "admin/render.h"
#include "admin/render_explanation.h"
#include "admin/request.h"
#include "admin/status_code.h"
#include "base/error_reasons.h"
#include "runtime/clock.h"

namespace fairlead::admin {
namespace {

std::optional<fleet::OperatorVerb> VerbOf(v1::TriedAct act) {
  switch (act) {
    case v1::TRIED_ACT_RESTART:
      return fleet::OperatorVerb::kRestart;
    case v1::TRIED_ACT_DRAIN:
      return fleet::OperatorVerb::kDrain;
    case v1::TRIED_ACT_UNDRAIN:
      return fleet::OperatorVerb::kUndrain;
    case v1::TRIED_ACT_EVICT:
      return fleet::OperatorVerb::kEvict;
    default:
      return std::nullopt;
  }
}

grpc::ServerUnaryReactor* FinishWith(grpc::CallbackServerContext& context, const Result<>& done) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(done ? grpc::Status::OK : ToStatus(done.error()));
  return reactor;
}

template <class Message>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext& context, Result<Message> made,
                                 Message& response) {
  if (!made) return FinishWith(context, std::unexpected(made.error()));
  response = std::move(*made);
  return FinishWith(context, {});
}

std::unexpected<Error> NoDiscovery(std::string_view what) {
  return Fail(Code::kUnimplemented, std::string(what) + ": this daemon serves no discovery");
}

// The page of `items` that `request` asks for into the repeated field `out`, and the token.
template <class Request, class Item, class Name, class Out>
Result<> FillPage(const Request& request, std::vector<Item> items, Name name, Out& out,
                  std::string& next_page_token) {
  if (Result<> checked = CheckReadMask(request.read_mask(), *Item::descriptor()); !checked)
    return checked;
  auto page = TakePage(std::move(items), name, request.page_size(), request.page_token());
  if (!page) return std::unexpected(page.error());
  for (Item& item : page->items) {
    ApplyReadMask(request.read_mask(), item);
    *out.Add() = std::move(item);
  }
  next_page_token = std::move(page->next_page_token);
  return {};
}

runtime::WallTime WallTimeOf(const google::protobuf::Timestamp& time) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  // Years 0001..9999 are allowed on the wire; nanoseconds since 1970 in 64 bits end in 2262.
  constexpr std::int64_t kSecondsMax = 9'000'000'000;
  const std::int64_t whole = std::clamp<std::int64_t>(time.seconds(), 0, kSecondsMax);
  return runtime::WallTime(seconds(whole) + nanoseconds(time.nanos()));
}

}  // namespace

AdminService::AdminService(controller::Control& control, std::shared_ptr<EventFeed> feed,
                           BootstrapSource bootstrap, ClientSource clients, std::string version,
                           const AccessGuard& guard, Diagnoser diagnoser, SettingsSource settings,
                           LoadSource loads)
    : control_(control),
      feed_(std::move(feed)),
      bootstrap_(std::move(bootstrap)),
      clients_(std::move(clients)),
      version_(std::move(version)),
      guard_(guard),
      diagnoser_(std::move(diagnoser)),
      settings_(std::move(settings)),
      loads_(std::move(loads)),
      commands_under_way_(std::make_shared<std::atomic<int>>(0)) {}

grpc::ServerUnaryReactor* AdminService::GetStatus(grpc::CallbackServerContext* context,
                                                  const v1::GetStatusRequest*,
                                                  v1::Status* response) {
  if (Result<> may = guard_.Admit(*context, {"GetStatus"}); !may) return FinishWith(*context, may);
  *response = RenderStatus(control_.Status(), version_, runtime::ToWall);
  response->set_caller(guard_.ActorOf(*context));
  response->set_caller_role(std::string(access::RoleName(guard_.RoleOf(*context))));
  if (settings_.certificates) {
    const auto now = runtime::ToWall(runtime::Now()).time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    for (std::string& warning : CertificateWarnings(settings_.certificates(), seconds))
      response->add_certificate_warnings(std::move(warning));
  }
  return FinishWith(*context, {});
}

grpc::ServerUnaryReactor* AdminService::ListServices(grpc::CallbackServerContext* context,
                                                     const v1::ListServicesRequest* request,
                                                     v1::ListServicesResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"ListServices"}); !may)
    return FinishWith(*context, may);
  std::vector<v1::Service> services;
  const ServiceLoads loads = loads_ ? loads_() : ServiceLoads();
  for (const auto& report : control_.Services()) {
    v1::Service& service = services.emplace_back(RenderService(*report));
    if (const auto told = loads.find(report->name.Text()); told != loads.end())
      *service.mutable_load() = RenderLoad(told->second, runtime::ToWall);
  }
  return FinishWith(
      *context,
      FillPage(
          *request, std::move(services), [](const v1::Service& item) { return item.name(); },
          *response->mutable_services(), *response->mutable_next_page_token()));
}

grpc::ServerUnaryReactor* AdminService::ListReplicas(grpc::CallbackServerContext* context,
                                                     const v1::ListReplicasRequest* request,
                                                     v1::ListReplicasResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"ListReplicas"}); !may)
    return FinishWith(*context, may);
  const Result<ServiceReports> chosen = ServicesFor(request->parent(), control_.Services());
  if (!chosen) return FinishWith(*context, std::unexpected(chosen.error()));
  std::vector<v1::Replica> replicas;
  for (const auto& service : *chosen) {
    for (const auto& replica : service->replicas) {
      replicas.push_back(RenderReplica(*service, replica, runtime::ToWall));
    }
  }
  return FinishWith(
      *context,
      FillPage(
          *request, std::move(replicas), [](const v1::Replica& item) { return item.name(); },
          *response->mutable_replicas(), *response->mutable_next_page_token()));
}

grpc::ServerUnaryReactor* AdminService::ListDiagnostics(grpc::CallbackServerContext* context,
                                                        const v1::ListDiagnosticsRequest* request,
                                                        v1::ListDiagnosticsResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"ListDiagnostics"}); !may)
    return FinishWith(*context, may);
  std::vector<v1::ContainerDiagnostics> containers;
  for (const auto& container : control_.Diagnostics()) {
    containers.push_back(RenderDiagnostics(container));
  }
  return FinishWith(*context,
                    FillPage(
                        *request, std::move(containers),
                        [](const v1::ContainerDiagnostics& item) { return item.container_id(); },
                        *response->mutable_containers(), *response->mutable_next_page_token()));
}

grpc::ServerUnaryReactor* AdminService::Lint(grpc::CallbackServerContext* context,
                                             const v1::LintRequest* request,
                                             v1::LintResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"Lint"}); !may) return FinishWith(*context, may);
  if (is_linting_.exchange(true)) {
    return FinishWith(*context,
                      Fail(Code::kResourceExhausted, "lint: other files are looked at; try again",
                           {.reason = reasons::kLintUnderWay}));
  }
  Result<v1::LintResponse> made = LintSent(*request);
  is_linting_ = false;
  return Answer(*context, std::move(made), *response);
}

grpc::ServerUnaryReactor* AdminService::ListClients(grpc::CallbackServerContext* context,
                                                    const v1::ListClientsRequest* request,
                                                    v1::ListClientsResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"ListClients"}); !may)
    return FinishWith(*context, may);
  if (!clients_) return FinishWith(*context, NoDiscovery("clients"));
  return Answer(*context, admin::ListClients(*request, clients_, runtime::ToWall), *response);
}

grpc::ServerUnaryReactor* AdminService::GetClient(grpc::CallbackServerContext* context,
                                                  const v1::GetClientRequest* request,
                                                  v1::Client* response) {
  if (Result<> may = guard_.Admit(*context, {"GetClient"}); !may) return FinishWith(*context, may);
  if (!clients_) return FinishWith(*context, NoDiscovery("clients"));
  return Answer(*context, admin::GetClient(*request, clients_, runtime::ToWall), *response);
}

grpc::ServerWriteReactor<v1::WatchEventsResponse>* AdminService::WatchEvents(
    grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) {
  if (Result<> may = guard_.Admit(*context, {"WatchEvents"}); !may)
    return new RefusedStream<v1::WatchEventsResponse>(may.error());
  auto cursor =
      std::make_shared<EventCursor>(control_, request->after_id(), WallTimeOf(request->since()));
  const auto stream = std::make_shared<FeedStream<v1::WatchEventsResponse>>(
      feed_,
      [cursor]() -> Result<std::optional<v1::WatchEventsResponse>> { return cursor->Next(); },
      request->follow());
  stream->Start();
  return stream.get();
}

grpc::ServerWriteReactor<v1::ServiceEndpoints>* AdminService::WatchEndpoints(
    grpc::CallbackServerContext* context, const v1::WatchEndpointsRequest* request) {
  if (Result<> may = guard_.Admit(*context, {"WatchEndpoints"}); !may)
    return new RefusedStream<v1::ServiceEndpoints>(may.error());
  auto cursor = std::make_shared<EndpointCursor>(control_, request->name());
  const auto stream = std::make_shared<FeedStream<v1::ServiceEndpoints>>(
      feed_, [cursor] { return cursor->Next(); }, request->watch());
  stream->Start();
  return stream.get();
}

template <class Request>
grpc::ServerUnaryReactor* AdminService::Command(grpc::CallbackServerContext& context,
                                                fleet::OperatorVerb verb, const Request& request,
                                                const access::Call& call, v1::ActResult& response) {
  if (Result<> may = guard_.Admit(context, call); !may) return FinishWith(context, may);
  Result<fleet::OperatorCommand> command = CommandFrom({.verb = verb,
                                                        .name = request.name(),
                                                        .reason = request.reason(),
                                                        .force = call.is_forced,
                                                        .actor = guard_.ActorOf(context)});
  if (!command) return FinishWith(context, std::unexpected(command.error()));
  return StartCommand(control_, std::move(*command), response, commands_under_way_);
}

grpc::ServerUnaryReactor* AdminService::Restart(grpc::CallbackServerContext* context,
                                                const v1::RestartRequest* request,
                                                v1::ActResult* response) {
  return Command(*context, fleet::OperatorVerb::kRestart, *request, {"Restart", request->force()},
                 *response);
}

grpc::ServerUnaryReactor* AdminService::Drain(grpc::CallbackServerContext* context,
                                              const v1::DrainRequest* request,
                                              v1::ActResult* response) {
  return Command(*context, fleet::OperatorVerb::kDrain, *request, {"Drain", request->force()},
                 *response);
}

grpc::ServerUnaryReactor* AdminService::Undrain(grpc::CallbackServerContext* context,
                                                const v1::UndrainRequest* request,
                                                v1::ActResult* response) {
  return Command(*context, fleet::OperatorVerb::kUndrain, *request, {"Undrain"}, *response);
}

grpc::ServerUnaryReactor* AdminService::Evict(grpc::CallbackServerContext* context,
                                              const v1::EvictRequest* request,
                                              v1::ActResult* response) {
  return Command(*context, fleet::OperatorVerb::kEvict, *request, {"Evict", request->force()},
                 *response);
}

grpc::ServerUnaryReactor* AdminService::DryRun(grpc::CallbackServerContext* context,
                                               const v1::DryRunRequest* request,
                                               v1::DryRunResult* response) {
  if (Result<> may = guard_.Admit(*context, {"DryRun", request->force()}); !may)
    return FinishWith(*context, may);
  const std::optional<fleet::OperatorVerb> verb = VerbOf(request->act());
  if (!verb) {
    return FinishWith(*context,
                      Fail(Code::kInvalidArgument, "act: must be RESTART, DRAIN, UNDRAIN or EVICT",
                           {.subject = "act"}));
  }
  Result<fleet::OperatorCommand> command = CommandFrom({.verb = *verb,
                                                        .name = request->name(),
                                                        .reason = request->reason(),
                                                        .force = request->force(),
                                                        .actor = guard_.ActorOf(*context)});
  if (!command) return FinishWith(*context, std::unexpected(command.error()));
  return StartTrial(control_, std::move(*command), *response);
}

grpc::ServerUnaryReactor* AdminService::Pause(grpc::CallbackServerContext* context,
                                              const v1::PauseRequest* request,
                                              v1::ActResult* response) {
  return Command(*context, fleet::OperatorVerb::kPause, *request, {"Pause"}, *response);
}

grpc::ServerUnaryReactor* AdminService::Resume(grpc::CallbackServerContext* context,
                                               const v1::ResumeRequest* request,
                                               v1::ActResult* response) {
  return Command(*context, fleet::OperatorVerb::kResume, *request, {"Resume"}, *response);
}

grpc::ServerUnaryReactor* AdminService::GetBootstrap(grpc::CallbackServerContext* context,
                                                     const v1::GetBootstrapRequest* request,
                                                     v1::GetBootstrapResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"GetBootstrap"}); !may)
    return FinishWith(*context, may);
  if (!bootstrap_) {
    return FinishWith(*context, NoDiscovery("bootstrap"));
  }
  BootstrapKind kind = BootstrapKind::kGrpc;
  if (request->kind() == v1::BOOTSTRAP_KIND_ENVOY) {
    kind = BootstrapKind::kEnvoy;
  } else if (request->kind() != v1::BOOTSTRAP_KIND_GRPC) {
    return FinishWith(
        *context, Fail(Code::kInvalidArgument, "kind: must be GRPC or ENVOY", {.subject = "kind"}));
  }
  const std::string& tls_directory = request->tls_directory();
  if (!tls_directory.empty() && !tls_directory.starts_with('/')) {
    return FinishWith(*context, Fail(Code::kInvalidArgument, "tls_directory: no absolute path",
                                     {.subject = "tls_directory"}));
  }
  const bool is_tcp = request->transport() == v1::BOOTSTRAP_TRANSPORT_TCP;
  Result<std::string> text =
      bootstrap_({.kind = kind,
                  .transport = is_tcp ? BootstrapTransport::kTcp : BootstrapTransport::kUnix,
                  .tls_directory = tls_directory});
  if (!text) return FinishWith(*context, std::unexpected(text.error()));
  response->set_text(std::move(*text));
  return FinishWith(*context, {});
}

grpc::ServerUnaryReactor* AdminService::GetConfig(grpc::CallbackServerContext* context,
                                                  const v1::GetConfigRequest*,
                                                  v1::GetConfigResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"GetConfig"}); !may) return FinishWith(*context, may);
  if (!settings_.in_force)
    return FinishWith(*context, Fail(Code::kUnimplemented, "config: this daemon tells none"));
  *response = RenderConfig(settings_.in_force());
  return FinishWith(*context, {});
}

grpc::ServerUnaryReactor* AdminService::ListCertificates(grpc::CallbackServerContext* context,
                                                         const v1::ListCertificatesRequest*,
                                                         v1::ListCertificatesResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"ListCertificates"}); !may)
    return FinishWith(*context, may);
  if (!settings_.certificates)
    return FinishWith(*context, Fail(Code::kUnimplemented, "certificates: this daemon tells none"));
  *response = RenderCertificates(settings_.certificates());
  return FinishWith(*context, {});
}

grpc::ServerUnaryReactor* AdminService::SetLogLevel(grpc::CallbackServerContext* context,
                                                    const v1::SetLogLevelRequest* request,
                                                    v1::SetLogLevelResponse* response) {
  if (Result<> may = guard_.Admit(*context, {"SetLogLevel"}); !may)
    return FinishWith(*context, may);
  const Result<telemetry::Level> level = LevelFrom(request->level());
  if (!level) return FinishWith(*context, std::unexpected(level.error()));
  if (!settings_.set_level)
    return FinishWith(*context, Fail(Code::kUnimplemented, "log level: this daemon keeps its own"));
  const std::string actor = guard_.ActorOf(*context);
  response->set_former_level(RenderLevel(settings_.set_level(*level, actor)));
  response->set_level(request->level());
  return FinishWith(*context, {});
}

grpc::ServerUnaryReactor* AdminService::Explain(grpc::CallbackServerContext* context,
                                                const v1::ExplainRequest* request,
                                                v1::Explanation* response) {
  if (Result<> may = guard_.Admit(*context, {"Explain"}); !may) return FinishWith(*context, may);
  Result<std::string> name = ReplicaOrService(request->name());
  if (!name) return FinishWith(*context, std::unexpected(name.error()));
  const LateAnswer<v1::Explanation> answer(*response, "the caller stopped waiting");
  control_.Explain(std::move(*name), [answer](Result<fleet::Explanation> explanation) {
    if (explanation) {
      answer.Succeed(RenderExplanation(*explanation, runtime::ToWall));
    } else {
      answer.Fail(ToStatus(explanation.error()));
    }
  });
  return answer.reactor();
}

grpc::ServerWriteReactor<v1::DiagnosisStep>* AdminService::Diagnose(
    grpc::CallbackServerContext* context, const v1::DiagnoseRequest* request) {
  if (Result<> may = guard_.Admit(*context, {"Diagnose"}); !may)
    return new RefusedStream<v1::DiagnosisStep>(may.error());
  auto stream = std::make_shared<DiagnosisStream>();
  const Result<std::string> client = ReplicaReference(request->client(), "client");
  const Result<std::string> service = ReplicaOrService(request->service(), "service");
  if (!diagnoser_) {
    stream->Refuse({Code::kUnimplemented, "diagnose: this daemon cannot"});
  } else if (!client) {
    stream->Refuse(client.error());
  } else if (!service) {
    stream->Refuse(service.error());
  } else if (request->dialled_name().size() > kNameBytesMax) {
    stream->Refuse({.code = Code::kInvalidArgument,
                    .message = "dialled_name: is longer than 256 bytes",
                    .subject = "dialled_name"});
  } else {
    stream->Start(diagnoser_, {.client = *client,
                               .service = *service,
                               .dialled_name = request->dialled_name(),
                               .uses_tls = request->use_tls()});
  }
  return stream.get();
}

}  // namespace fairlead::admin

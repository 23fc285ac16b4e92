#include "cli/run.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/acts.h"
#include "cli/args.h"
#include "cli/complete_words.h"
#include "cli/completion.h"
#include "cli/connect.h"
#include "cli/dashboard.h"
#include "cli/deadline.h"
#include "cli/failure.h"
#include "cli/lint_files.h"
#include "cli/message_json.h"
#include "cli/rollout.h"
#include "cli/settings.h"
#include "cli/show.h"
#include "cli/show_clients.h"
#include "cli/show_explanation.h"
#include "cli/tls_steps.h"
#include "cli/top.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::cli {
namespace {

// Some ten steps, each of some seconds at most.
constexpr std::chrono::seconds kDiagnosisPatience{60};

constexpr const char* kWhichClients = "\n`fairlead clients --wide` lists what there is\n";

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// One run of the command with a channel to the daemon.
class Session {
 public:
  Session(const Args& args, const Environment& environment, std::ostream& out, std::ostream& err,
          std::shared_ptr<grpc::Channel> channel)
      : args_(args),
        style_{.colour = environment.is_terminal},
        out_(out),
        err_(err),
        channel_(std::move(channel)),
        stub_(pb::Admin::NewStub(channel_)) {}

  int Status();
  int Services();
  int Replicas();
  int TlsSteps();
  int Clients();
  int Client(const std::string& name);
  int Why();
  int Diagnose();
  int Events();
  int Bootstrap();
  int Dashboard();

 private:
  bool WantsJson() const { return args_.output == Output::kJson; }
  static std::int64_t Now() { return std::time(nullptr); }
  int Explain(const grpc::Status& status) { return TellFailure(status, *channel_, err_); }

  grpc::Status AskStatus(pb::Status& answer);
  // Asks `method` page by page and gathers `items` of all answers into `all`.
  template <class Request, class Response, class Method, class Items>
  grpc::Status AllPages(Request request, Response& all, Method method, Items items);

  const Args& args_;
  const TableStyle style_;
  std::ostream& out_;
  std::ostream& err_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<pb::Admin::Stub> stub_;
};

template <class Request, class Response, class Method, class Items>
grpc::Status Session::AllPages(Request request, Response& all, Method method, Items items) {
  do {
    grpc::ClientContext context;
    SetDeadline(context, kQuestionPatience);
    Response page;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &page);
    if (!status.ok()) return status;
    items(all)->MergeFrom(*items(page));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return grpc::Status::OK;
}

grpc::Status Session::AskStatus(pb::Status& answer) {
  grpc::ClientContext context;
  SetDeadline(context, kQuestionPatience);
  return stub_->GetStatus(&context, {}, &answer);
}

int Session::Status() {
  pb::Status answer;
  grpc::Status status = AskStatus(answer);
  if (!status.ok()) return Explain(status);
  if (WantsJson()) {
    out_ << Json(answer, true);
    return kExitDone;
  }
  pb::ListDiagnosticsResponse diagnostics;
  status = AllPages(pb::ListDiagnosticsRequest(), diagnostics, &pb::Admin::Stub::ListDiagnostics,
                    [](auto& page) { return page.mutable_containers(); });
  if (!status.ok()) return Explain(status);
  out_ << ShowStatus(answer, Now(), style_)
       << ShowDiagnostics({diagnostics.containers().begin(), diagnostics.containers().end()},
                          style_);
  return kExitDone;
}

int Session::Services() {
  pb::ListServicesResponse all;
  const grpc::Status status =
      AllPages(pb::ListServicesRequest(), all, &pb::Admin::Stub::ListServices,
               [](auto& page) { return page.mutable_services(); });
  if (!status.ok()) return Explain(status);
  out_ << (WantsJson()
               ? Json(all, true)
               : ShowServices({all.services().begin(), all.services().end()}, Now(), style_));
  return kExitDone;
}

int Session::Replicas() {
  pb::ListReplicasRequest request;
  request.set_parent(args_.operand);
  pb::ListReplicasResponse all;
  const grpc::Status status = AllPages(request, all, &pb::Admin::Stub::ListReplicas,
                                       [](auto& page) { return page.mutable_replicas(); });
  if (!status.ok()) return Explain(status);
  out_ << (WantsJson()
               ? Json(all, true)
               : ShowReplicas({all.replicas().begin(), all.replicas().end()}, Now(), style_));
  return kExitDone;
}

int Session::TlsSteps() {
  pb::ListReplicasRequest request;
  request.set_parent(args_.operand);
  pb::ListReplicasResponse replicas;
  grpc::Status status = AllPages(request, replicas, &pb::Admin::Stub::ListReplicas,
                                 [](auto& page) { return page.mutable_replicas(); });
  if (!status.ok()) return Explain(status);
  pb::ListClientsResponse clients;
  status = AllPages(pb::ListClientsRequest(), clients, &pb::Admin::Stub::ListClients,
                    [](auto& page) { return page.mutable_clients(); });
  if (!status.ok()) return Explain(status);
  std::string service = args_.operand;
  if (!replicas.replicas().empty()) {
    const std::string& replica = replicas.replicas(0).display_name();
    service = replica.substr(0, replica.rfind('/'));
  }
  out_ << ShowTlsSteps({.service = service,
                        .replicas = {replicas.replicas().begin(), replicas.replicas().end()},
                        .clients = {clients.clients().begin(), clients.clients().end()}},
                       style_);
  return kExitDone;
}

int Session::Client(const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context, kQuestionPatience);
  pb::GetClientRequest request;
  request.set_name(name);
  pb::Client client;
  const grpc::Status status = stub_->GetClient(&context, request, &client);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    err_ << "fairlead: " << Printable(status.error_message(), 1024) << kWhichClients;
    return kExitNo;
  }
  if (!status.ok()) return Explain(status);
  out_ << (WantsJson() ? Json(client, true) : ShowClient(client, Now(), style_));
  return kExitDone;
}

int Session::Clients() {
  const std::string& wanted = args_.operand;
  if (IsNumber(wanted)) return Client("clients/" + wanted);
  if (wanted.starts_with("clients/")) return Client(wanted);
  pb::ListClientsResponse all;
  const grpc::Status status = AllPages(pb::ListClientsRequest(), all, &pb::Admin::Stub::ListClients,
                                       [](auto& page) { return page.mutable_clients(); });
  if (!status.ok()) return Explain(status);
  if (wanted.empty()) {
    out_ << (WantsJson() ? Json(all, true)
                         : ShowClients({all.clients().begin(), all.clients().end()}, Now(),
                                       args_.wide, style_));
    return kExitDone;
  }
  // A node may have several streams, and several clients may call themselves alike.
  std::vector<pb::Client> found;
  for (const pb::Client& client : all.clients()) {
    if (client.node_id() == wanted) found.push_back(client);
  }
  if (found.size() == 1) return Client(found[0].name());
  if (found.empty()) {
    err_ << "fairlead: no client has the node id \"" << Printable(wanted) << "\"" << kWhichClients;
    return kExitNo;
  }
  all.clear_clients();
  all.mutable_clients()->Add(found.begin(), found.end());
  out_ << (WantsJson() ? Json(all, true) : ShowClients(found, Now(), args_.wide, style_));
  return kExitDone;
}

int Session::Why() {
  grpc::ClientContext context;
  SetDeadline(context, kQuestionPatience);
  pb::ExplainRequest request;
  request.set_name(args_.operand);
  pb::Explanation answer;
  const grpc::Status status = stub_->Explain(&context, request, &answer);
  if (!status.ok()) return Explain(status);
  out_ << (WantsJson() ? Json(answer, true) : ShowExplanation(answer, Now(), style_));
  return kExitDone;
}

int Session::Diagnose() {
  grpc::ClientContext context;
  SetDeadline(context, kDiagnosisPatience);
  pb::DiagnoseRequest request;
  request.set_client(args_.operands.at(0));
  request.set_service(args_.operands.at(1));
  request.set_use_tls(args_.tls);
  request.set_dialled_name(args_.name);
  const auto reader = stub_->Diagnose(&context, request);
  pb::DiagnosisStep step;
  bool is_fault = false;
  while (reader->Read(&step)) {
    is_fault = is_fault || step.verdict() == pb::DiagnosisStep::FAULT;
    out_ << (WantsJson() ? Json(step, false) : ShowStep(step, style_));
    if (!out_.flush()) context.TryCancel();
  }
  const grpc::Status status = reader->Finish();
  if (!out_) return kExitNo;
  if (!status.ok()) return Explain(status);
  if (!WantsJson() && !is_fault) out_ << "No fault was found on this way.\n";
  return is_fault ? kExitNo : kExitDone;
}

int Session::Events() {
  grpc::ClientContext context;
  if (!args_.follow) SetDeadline(context, kQuestionPatience);
  pb::WatchEventsRequest request;
  request.set_follow(args_.follow);
  const auto ago = std::chrono::duration_cast<std::chrono::seconds>(args_.since);
  const UnixTime since = args_.since_time.value_or(UnixTime{.seconds = Now() - ago.count()});
  request.mutable_since()->set_seconds(since.seconds);
  request.mutable_since()->set_nanos(since.nanoseconds);
  const auto reader = stub_->WatchEvents(&context, request);
  pb::WatchEventsResponse response;
  while (reader->Read(&response)) {
    if (WantsJson()) {
      out_ << Json(response, false);
    } else {
      out_ << (response.has_gap() ? ShowGap(response.gap()) : ShowEvent(response.event(), style_));
    }
    // A reader of a pipe wants each line now, and may have gone away.
    if (!out_.flush()) context.TryCancel();
  }
  const grpc::Status status = reader->Finish();
  if (!out_) return kExitNo;
  return status.ok() ? kExitDone : Explain(status);
}

int Session::Bootstrap() {
  grpc::ClientContext context;
  SetDeadline(context, kQuestionPatience);
  pb::GetBootstrapRequest request;
  request.set_kind(args_.operand == "envoy" ? pb::BOOTSTRAP_KIND_ENVOY : pb::BOOTSTRAP_KIND_GRPC);
  request.set_tls_directory(args_.tls_directory);
  request.set_transport(args_.tcp ? pb::BOOTSTRAP_TRANSPORT_TCP : pb::BOOTSTRAP_TRANSPORT_UNIX);
  pb::GetBootstrapResponse answer;
  const grpc::Status status = stub_->GetBootstrap(&context, request, &answer);
  if (!status.ok()) return Explain(status);
  out_ << answer.text();
  if (!answer.text().ends_with('\n')) out_ << '\n';
  return kExitDone;
}

int Session::Dashboard() {
  pb::Status answer;
  const grpc::Status status = AskStatus(answer);
  if (!status.ok()) return Explain(status);
  const Result<std::string> url = DashboardUrl(answer);
  if (!url) {
    err_ << "fairlead: " << url.error().message << "\n";
    return kExitNo;
  }
  if (WantsJson()) {
    google::protobuf::Struct value;
    (*value.mutable_fields())["url"].set_string_value(*url);
    out_ << Json(value, true);
  } else {
    out_ << *url << "\n";
  }
  return kExitDone;
}

std::string AddressFrom(const Args& args, const Environment& environment) {
  if (!args.admin.empty()) return args.admin;
  return !environment.admin.empty() ? environment.admin : kDefaultAdmin;
}

// The daemon's version, or nothing when it does not answer.
std::string DaemonVersion(const std::string& address, const TlsFiles& tls) {
  const Result<std::shared_ptr<grpc::Channel>> channel = Connect(address, tls);
  if (!channel) return {};
  grpc::ClientContext context;
  SetDeadline(context, kQuestionPatience);
  pb::Status answer;
  const grpc::Status status = pb::Admin::NewStub(*channel)->GetStatus(&context, {}, &answer);
  return status.ok() ? Printable(answer.version()) : std::string();
}

// Works without a daemon: people ask for the version when something is wrong.
int ShowVersion(const Args& args, const Environment& environment, std::ostream& out) {
  const std::string address = AddressFrom(args, environment);
  const std::string daemon = DaemonVersion(address, args.admin_tls);
  if (args.output == Output::kJson) {
    google::protobuf::Struct versions;
    (*versions.mutable_fields())["command"].set_string_value(environment.version);
    (*versions.mutable_fields())["daemon"].set_string_value(daemon);
    out << Json(versions, true);
    return kExitDone;
  }
  out << "fairlead " << environment.version << "\nfairleadd "
      << (daemon.empty() ? "not reachable at " + Printable(address) : daemon) << "\n";
  return kExitDone;
}

int RunWithDaemon(const Args& args, const Environment& environment, std::ostream& out,
                  std::ostream& err) {
  Result<std::shared_ptr<grpc::Channel>> channel =
      Connect(AddressFrom(args, environment), args.admin_tls);
  if (!channel) {
    err << "fairlead: " << channel.error().message << "\n";
    return channel.error().code == Code::kInvalidArgument ? kExitUsage : kExitUnreachable;
  }
  if (args.verb == Verb::kRollout) return RunRollout(args, *channel, out, err);
  if (args.verb == Verb::kConfig)
    return RunConfig(args, *channel, {.colour = environment.is_terminal}, out, err);
  if (args.verb == Verb::kTls && args.operand.empty())
    return RunTls(args, *channel, {.colour = environment.is_terminal}, out, err);
  if (args.verb == Verb::kTop) return RunTop(args, channel.value(), environment, out, err);
  if (args.verb == Verb::kLogLevel) return RunLogLevel(args, *channel, out, err);
  if (IsAct(args.verb)) return RunAct(args, *channel, environment.tells_progress, out, err);
  Session session(args, environment, out, err, std::move(*channel));
  switch (args.verb) {
    case Verb::kStatus:
      return session.Status();
    case Verb::kTls:
      return session.TlsSteps();
    case Verb::kServices:
      return session.Services();
    case Verb::kReplicas:
      return session.Replicas();
    case Verb::kClients:
      return session.Clients();
    case Verb::kExplain:
      return session.Why();
    case Verb::kDiagnose:
      return session.Diagnose();
    case Verb::kEvents:
      return session.Events();
    case Verb::kBootstrap:
      return session.Bootstrap();
    default:
      return session.Dashboard();
  }
}

}  // namespace

int Run(std::span<const std::string> arguments, const Environment& environment, std::ostream& out,
        std::ostream& err) {
  const Result<Args> args = ParseArgs(arguments);
  if (!args) {
    err << "fairlead: " << args.error().message
        << "\n`fairlead help` shows all verbs and options\n";
    return kExitUsage;
  }
  if (args->verb == Verb::kHelp) {
    out << HelpText(args->help_for);
    return kExitDone;
  }
  if (args->verb == Verb::kCompletion) {
    out << (args->operand == "zsh" ? ZshScript() : BashScript());
    return kExitDone;
  }
  if (args->verb == Verb::kCompleteWords)
    return CompleteWords(*args, AddressFrom(*args, environment), out);
  if (args->verb == Verb::kLint) return LintFiles(*args, environment, out, err);
  if (args->verb == Verb::kVersion) return ShowVersion(*args, environment, out);
  return RunWithDaemon(*args, environment, out, err);
}

}  // namespace fairlead::cli

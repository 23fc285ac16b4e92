#include "cli/settings.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <ostream>

#include "cli/failure.h"
#include "cli/message_json.h"
#include "cli/run.h"
#include "cli/show_certificates.h"
#include "cli/show_config.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::cli {
namespace {

// A daemon on the same host has it at hand.
constexpr std::chrono::seconds kSettingsPatience{10};

}  // namespace

int RunConfig(const Args& args, const std::shared_ptr<grpc::Channel>& channel, TableStyle style,
              std::ostream& out, std::ostream& err) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSettingsPatience);
  pb::GetConfigResponse answer;
  const grpc::Status status = pb::Admin::NewStub(channel)->GetConfig(&context, {}, &answer);
  if (!status.ok()) return TellFailure(status, *channel, err);
  out << (args.output == Output::kJson ? Json(answer, true) : ShowConfig(answer, style));
  return kExitDone;
}

int RunTls(const Args& args, const std::shared_ptr<grpc::Channel>& channel, TableStyle style,
           std::ostream& out, std::ostream& err) {
  grpc::ClientContext context;
  const auto now = std::chrono::system_clock::now();
  context.set_deadline(now + kSettingsPatience);
  pb::ListCertificatesResponse answer;
  const grpc::Status status = pb::Admin::NewStub(channel)->ListCertificates(&context, {}, &answer);
  if (!status.ok()) return TellFailure(status, *channel, err);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  out << (args.output == Output::kJson ? Json(answer, true)
                                       : ShowCertificates(answer, seconds.count(), style));
  return kExitDone;
}

int RunLogLevel(const Args& args, const std::shared_ptr<grpc::Channel>& channel, std::ostream& out,
                std::ostream& err) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kSettingsPatience);
  pb::SetLogLevelRequest request;
  request.set_level(LogLevelNamed(args.operand));
  pb::SetLogLevelResponse answer;
  const grpc::Status status = pb::Admin::NewStub(channel)->SetLogLevel(&context, request, &answer);
  if (!status.ok()) return TellFailure(status, *channel, err);
  out << (args.output == Output::kJson ? Json(answer, true) : ShowLogLevel(answer));
  return kExitDone;
}

}  // namespace fairlead::cli

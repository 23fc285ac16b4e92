#include "cli/complete_words.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <ostream>
#include <string_view>
#include <vector>

#include "cli/completion.h"
#include "cli/connect.h"
#include "cli/run.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::cli {
namespace {

namespace pb = ::fairlead::admin::v1;
using Names = Completion::Names;

// A daemon on the same host answers in milliseconds; longer than this is felt by who types.
constexpr std::chrono::milliseconds kTypingPatience{500};

std::vector<std::string> ReplicaNames(pb::Admin::Stub& stub, grpc::ClientContext& context,
                                      bool is_of_containers) {
  pb::ListReplicasRequest request;
  request.mutable_read_mask()->add_paths(is_of_containers ? "container_name" : "display_name");
  pb::ListReplicasResponse answer;
  std::vector<std::string> names;
  if (!stub.ListReplicas(&context, request, &answer).ok()) return names;
  for (const pb::Replica& replica : answer.replicas())
    names.push_back(is_of_containers ? replica.container_name() : replica.display_name());
  return names;
}

std::vector<std::string> ServiceNames(pb::Admin::Stub& stub, grpc::ClientContext& context) {
  pb::ListServicesRequest request;
  request.mutable_read_mask()->add_paths("name");
  pb::ListServicesResponse answer;
  std::vector<std::string> names;
  if (!stub.ListServices(&context, request, &answer).ok()) return names;
  for (const pb::Service& service : answer.services()) {
    std::string_view name = service.name();
    if (name.starts_with("services/")) name.remove_prefix(std::string_view("services/").size());
    names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> ClientNumbers(pb::Admin::Stub& stub, grpc::ClientContext& context) {
  pb::ListClientsRequest request;
  request.mutable_read_mask()->add_paths("name");
  pb::ListClientsResponse answer;
  std::vector<std::string> names;
  if (!stub.ListClients(&context, request, &answer).ok()) return names;
  for (const pb::Client& client : answer.clients())
    names.push_back(client.name().substr(client.name().find('/') + 1));
  return names;
}

std::vector<std::string> NamesFrom(const std::string& address, Names which) {
  const auto channel = Connect(address, {}, kTypingPatience);
  if (!channel) return {};
  const auto stub = pb::Admin::NewStub(*channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTypingPatience);
  switch (which) {
    case Names::kNone:
      return {};
    case Names::kReplicas:
      return ReplicaNames(*stub, context, false);
    case Names::kContainers:
      return ReplicaNames(*stub, context, true);
    case Names::kServices:
      return ServiceNames(*stub, context);
    case Names::kClients:
      return ClientNumbers(*stub, context);
  }
  return {};
}

}  // namespace

int CompleteWords(const Args& args, const std::string& address, std::ostream& out) {
  const Completion completion = Complete(args.operands);
  std::vector<std::string> names;
  if (completion.names != Names::kNone)
    names = NamesFrom(completion.admin.empty() ? address : completion.admin, completion.names);
  out << CompletionText(completion, names);
  return kExitDone;
}

}  // namespace fairlead::cli

#include "integration/xds/xds_caller.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <future>
#include <vector>

namespace fairlead::xds::testing {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<grpc::Channel> Dial(const std::string& target, const std::string& bootstrap,
                                    bool is_tls) {
  grpc::ChannelArguments arguments;
  // A bootstrap per channel instead of one per process: C-core's own tests use this argument.
  arguments.SetString("grpc.TEST_ONLY_DO_NOT_USE_IN_PROD.xds_bootstrap_config", bootstrap);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto credentials = grpc::InsecureChannelCredentials();
  if (is_tls) credentials = grpc::XdsCredentials(credentials);
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

std::string Text(grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return text;
}

}  // namespace

XdsCaller::XdsCaller(const std::string& target, const std::string& bootstrap, bool is_tls)
    : channel_(Dial(target, bootstrap, is_tls)), stub_(channel_) {}

std::string XdsCaller::Call(bool waits_for_ready) {
  grpc::ClientContext context;
  context.set_wait_for_ready(waits_for_ready);
  context.set_deadline(std::chrono::system_clock::now() + 20s);
  const grpc::Slice slice("hello");
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> done;
  stub_.UnaryCall(&context, "/test.Greeter/Greet", grpc::StubOptions(), &request, &answer,
                  [&](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  if (status.ok()) {
    return Text(answer);
  }
  return "code " + std::to_string(status.error_code()) + ": " + status.error_message();
}

std::map<std::string, int> XdsCaller::Calls(int count) {
  std::map<std::string, int> answers;
  for (int i = 0; i < count; ++i) {
    ++answers[Call()];
  }
  return answers;
}

bool XdsCaller::CallUntil(const std::string& answer) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (Call(false).starts_with(answer)) {
      return true;
    }
  }
  return false;
}

}  // namespace fairlead::xds::testing

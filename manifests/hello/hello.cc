// hello: a gRPC server as people write it, with health and reflection, and nothing about HTTP.
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "hello.grpc.pb.h"

namespace {

class Greeter final : public pb::Greeter::CallbackService {
  grpc::ServerUnaryReactor* SayHello(grpc::CallbackServerContext* context,
                                     const pb::HelloRequest* request,
                                     pb::HelloReply* reply) override {
    reply->set_message("Hello, " + request->name() + "!");
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main() {
  using namespace std::chrono_literals;
  // Before there are threads, so that all of them leave the signal to sigwait.
  sigset_t asked;
  sigemptyset(&asked);
  sigaddset(&asked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &asked, nullptr);

  grpc::EnableDefaultHealthCheckService(true);
  // By hand, as a linker drops what only registers itself from a static program.
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  Greeter greeter;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("0.0.0.0:50051", grpc::InsecureServerCredentials());
  builder.RegisterService(&greeter);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::fputs("cannot listen on port 50051\n", stderr);
    return 1;
  }
  int signal = 0;
  sigwait(&asked, &signal);
  server->GetHealthCheckService()->SetServingStatus(false);  // so that callers go elsewhere
  std::this_thread::sleep_for(500ms);
  server->Shutdown(std::chrono::system_clock::now() + 9s);
  return 0;
}

// user_service: the demo's gRPC server. Says which replica it is, and stops gracefully:
// on SIGTERM health says NOT_SERVING, clients get GOAWAY, calls in flight finish, exit code 0.
//
//   user_service [--listen=0.0.0.0:50051] [--tls-listen=0.0.0.0:50052 [--tls-dir=/certs]]
//   user_service --set-serving=true|false     turn the health of the one already running here
//
// With --tls-listen it speaks TLS there, mutual, with the tls.crt, tls.key and ca.crt of a
// directory, read again when they are replaced; with --listen= nothing else.
//
// On SIGUSR1 it hangs: connections stay open and nobody gets an answer, until SIGUSR2.
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "answers.h"
#include "flags.h"
#include "health_service.h"
#include "stop_signal.h"
#include "user.grpc.pb.h"

namespace fairlead::demo {
namespace {

using namespace v1;

constexpr std::uint32_t kWorkMillisMost = 60'000;
// Longer than any call of the demo, shorter than the grace that compose.yaml gives (10 s).
constexpr auto kStopLongest = std::chrono::seconds(8);
// Between "do not send me more" and closing the door. The stock C++ server answers CANCELLED to a
// call that arrives while it shuts down, and no retry policy covers that; callers have left well
// within.
constexpr std::chrono::milliseconds kLameDuck{500};

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string HostName() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return name;
}

class UserServiceImpl final : public UserService::CallbackService {
 public:
  explicit UserServiceImpl(Answers& answers) : answers_(answers) {}

  grpc::ServerUnaryReactor* GetUser(grpc::CallbackServerContext* context,
                                    const GetUserRequest* request,
                                    GetUserResponse* response) override {
    response->set_name("user " + request->id());
    response->set_replica(replica_);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto work = std::chrono::milliseconds(std::min(request->work_ms(), kWorkMillisMost));
    const auto answer = [this, reactor] {
      answers_.Give([reactor] { reactor->Finish(grpc::Status::OK); });
    };
    if (work.count() == 0) {
      answer();
      return reactor;
    }
    auto* alarm = new grpc::Alarm;
    alarm->Set(std::chrono::system_clock::now() + work, [answer, alarm](bool /*expired*/) {
      answer();
      delete alarm;
    });
    return reactor;
  }

 private:
  Answers& answers_;
  const std::string replica_ = HostName();
};

class ControlImpl final : public Control::CallbackService {
 public:
  explicit ControlImpl(HealthService& health) : health_(health) {}

  grpc::ServerUnaryReactor* SetServing(grpc::CallbackServerContext* context,
                                       const SetServingRequest* request,
                                       SetServingResponse* response) override {
    health_.SetServing(request->serving());
    response->set_at(Now());
    std::printf("{\"kind\":\"serving\",\"serving\":%s,\"at\":%.6f}\n",
                request->serving() ? "true" : "false", response->at());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  HealthService& health_;
};

std::shared_ptr<grpc::ServerCredentials> TlsFrom(const std::string& directory) {
  constexpr unsigned kLookSeconds = 5;
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          directory + "/tls.key", directory + "/tls.crt", directory + "/ca.crt", kLookSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

int Serve(const Flags& flags, const StopSignal& stop) {
  const std::string& listen = flags.Text("listen");
  const std::string& tls_listen = flags.Text("tls-listen");
  Answers answers;
  HealthService health(answers);
  UserServiceImpl users(answers);
  ControlImpl control(health);
  grpc::ServerBuilder builder;
  if (!listen.empty()) builder.AddListeningPort(listen, grpc::InsecureServerCredentials());
  if (!tls_listen.empty()) builder.AddListeningPort(tls_listen, TlsFrom(flags.Text("tls-dir")));
  builder.RegisterService(&users);
  builder.RegisterService(&control);
  builder.RegisterService(&health);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) {
    std::fprintf(stderr, "cannot listen on %s %s\n", listen.c_str(), tls_listen.c_str());
    return 1;
  }
  std::printf("{\"kind\":\"started\",\"listen\":\"%s\",\"at\":%.6f}\n", listen.c_str(), Now());
  int signal = 0;
  while (signal != SIGTERM && signal != SIGINT) {
    signal = stop.WaitFor(3600);
    if (signal == SIGUSR1) answers.Hang();
    if (signal != SIGUSR2) continue;
    answers.GoOn();
    health.GoOn();
  }
  std::printf("{\"kind\":\"stopping\",\"at\":%.6f}\n", Now());
  answers.GoOn();
  health.Close();
  std::this_thread::sleep_for(kLameDuck);
  server->Shutdown(std::chrono::system_clock::now() + kStopLongest);
  std::printf("{\"kind\":\"stopped\",\"at\":%.6f}\n", Now());
  return 0;
}

int AskSetServing(const std::string& listen, const std::string& serving) {
  if (serving != "true" && serving != "false") {
    std::fprintf(stderr, "--set-serving takes true or false\n");
    return 2;
  }
  const auto port = listen.substr(listen.rfind(':') + 1);
  const auto channel = grpc::CreateChannel("127.0.0.1:" + port, grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  SetServingRequest request;
  request.set_serving(serving == "true");
  SetServingResponse response;
  const grpc::Status status = Control::NewStub(channel)->SetServing(&context, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "set serving: %s\n", status.error_message().c_str());
    return 1;
  }
  std::printf("{\"kind\":\"serving\",\"serving\":%s,\"at\":%.6f}\n", serving.c_str(),
              response.at());
  return 0;
}

}  // namespace
}  // namespace fairlead::demo

int main(int argc, char** argv) {
  using namespace fairlead::demo;
  const StopSignal stop;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Flags flags(argc, argv,
                    {{"listen", "0.0.0.0:50051"},
                     {"tls-listen", ""},
                     {"tls-dir", "/certs"},
                     {"set-serving", ""}});
  if (!flags.Text("set-serving").empty()) {
    return AskSetServing(flags.Text("listen"), flags.Text("set-serving"));
  }
  return Serve(flags, stop);
}

// A gRPC server over TLS, which looks each minute whether its certificate has been replaced.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

int main() {
  using namespace std::chrono_literals;
  namespace tls = grpc::experimental;
  // Before there are threads, so that all of them leave the signal to sigwait.
  sigset_t asked;
  sigemptyset(&asked);
  sigaddset(&asked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &asked, nullptr);

  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      "/run/secrets/tls.key", "/run/secrets/tls.crt", 60));
  options.watch_identity_key_cert_pairs();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("0.0.0.0:50051", tls::TlsServerCredentials(options));
  // Your services are registered in place of this one, which knows no method.
  grpc::CallbackGenericService nothing;
  builder.RegisterCallbackGenericService(&nothing);
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

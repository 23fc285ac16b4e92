// A stock gRPC C++ server with its own health service; nothing is set but the port. See README.md.
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

int main() {
  grpc::EnableDefaultHealthCheckService(true);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  // A server needs a service of the user's beside its own; this one answers UNIMPLEMENTED.
  grpc::CallbackGenericService others;
  builder.RegisterCallbackGenericService(&others);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
  health->SetServingStatus("toggled", true);
  std::cout << "version " << grpc::Version() << "\nport " << port << std::endl;
  for (std::string word; std::getline(std::cin, word);) {
    health->SetServingStatus("toggled", word == "serving");
    std::cout << word << std::endl;
  }
  server->Shutdown(std::chrono::system_clock::now());
}

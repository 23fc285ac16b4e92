#include "bench/textbook_server.h"

#include <absl/synchronization/mutex.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bench/discovery_under_test.h"
#include "bench/measure.h"
#include "bench/push_client.h"
#include "bench/sockets.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"

namespace fairlead::bench {
namespace {

using envoy::config::endpoint::v3::ClusterLoadAssignment;
using envoy::service::discovery::v3::DiscoveryRequest;
using envoy::service::discovery::v3::DiscoveryResponse;

// The same endpoints that fairlead's server is given, as gRPC clients get them.
ClusterLoadAssignment Assignment(const PushLoad& load, int revision) {
  ClusterLoadAssignment assignment;
  assignment.set_cluster_name(load.resource);
  auto& locality = *assignment.add_endpoints();
  locality.mutable_locality()->set_region("fairlead");
  locality.mutable_load_balancing_weight()->set_value(1);
  const fleet::ServiceViewPtr view =
      BenchView({}, static_cast<std::uint64_t>(revision), load.endpoints);
  for (const fleet::Endpoint& endpoint : view->endpoints) {
    auto& address = *locality.add_lb_endpoints()
                         ->mutable_endpoint()
                         ->mutable_address()
                         ->mutable_socket_address();
    address.set_address(endpoint.addresses.front().ipv4);
    address.set_port_value(endpoint.port);
  }
  return assignment;
}

class Textbook final : public grpc::CallbackGenericService {
 public:
  explicit Textbook(const PushLoad& load) : load_(load) {
    Renew();
    // Before gRPC has threads; it waits for the port.
    int port_told[2];
    if (pipe(port_told) != 0) Die("pipe");
    const auto where = [&] {
      ServerPlace place{.unix_path = load.unix_path};
      if (read(port_told[0], &place.port, sizeof place.port) != sizeof place.port)
        Die("read the textbook server's port");
      return place;
    };
    SpawnPushClient(where, load.streams, load.resource);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(load.unix_path.empty() ? "127.0.0.1:0" : "unix:" + load.unix_path,
                             grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    if (!server_) Die("start the textbook server");
    const auto listening = static_cast<std::uint16_t>(port);
    if (write(port_told[1], &listening, sizeof listening) != sizeof listening) Die("tell the port");
    UntilAcknowledged();
  }

  void Round() {
    std::vector<Stream*> idle;
    {
      const std::lock_guard lock(mutex_);
      Renew();
      acknowledged_ = 0;
      for (Stream* const stream : streams_) {
        if (stream->Owe()) idle.push_back(stream);
      }
    }
    for (Stream* const stream : idle) stream->Write();
    UntilAcknowledged();
  }

 private:
  class Stream final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Stream(Textbook& server) : server_(server) { StartRead(&read_); }

    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::OK);
      DiscoveryRequest request;
      if (!grpc::SerializationTraits<DiscoveryRequest>::Deserialize(&read_, &request).ok())
        return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no request"));
      bool may_write = false;
      {
        const std::lock_guard lock(server_.mutex_);
        if (request.response_nonce().empty()) {
          server_.streams_.insert(this);
          may_write = Owe();
        } else if (request.response_nonce() == std::to_string(nonce_)) {
          server_.Acknowledged();
        }
      }
      if (may_write) Write();
      StartRead(&read_);
    }

    void OnWriteDone(bool ok) override {
      bool may_write = false;
      {
        const std::lock_guard lock(server_.mutex_);
        is_writing_ = false;
        may_write = ok && is_owed_ && Owe();
      }
      if (may_write) Write();
    }

    void OnDone() override {
      {
        const std::lock_guard lock(server_.mutex_);
        server_.streams_.erase(this);
      }
      delete this;
    }

    // True: the response is made, and the caller has to Write it once the mutex is free. Otherwise
    // it is made when what is being written has been. REQUIRES: the server's mutex is held.
    bool Owe() {
      is_owed_ = is_writing_;
      if (is_writing_) return false;
      is_writing_ = true;
      Encode();
      return true;
    }

    // REQUIRES: the server's mutex is not held: gRPC runs callbacks of other streams in here.
    void Write() { StartWrite(&write_); }

   private:
    void Encode() {
      DiscoveryResponse response;
      response.set_version_info(std::to_string(server_.revision_));
      response.add_resources()->PackFrom(server_.assignment_);
      response.set_type_url(response.resources(0).type_url());
      response.set_nonce(std::to_string(++nonce_));
      bool is_owned = false;
      write_.Clear();
      if (!grpc::SerializationTraits<DiscoveryResponse>::Serialize(response, &write_, &is_owned)
               .ok())
        Die("encode a response");
    }

    Textbook& server_;
    // What follows is the mutex's.
    int nonce_ = 0;
    bool is_owed_ = false;
    bool is_writing_ = false;
    grpc::ByteBuffer read_;
    grpc::ByteBuffer write_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Stream(*this);
  }

  void Renew() { assignment_ = Assignment(load_, ++revision_); }

  void Acknowledged() {
    if (++acknowledged_ == load_.streams) all_have_it_.notify_one();
  }

  void UntilAcknowledged() {
    std::unique_lock lock(mutex_);
    constexpr std::chrono::minutes kAnswersPatience(2);
    if (!all_have_it_.wait_for(lock, kAnswersPatience,
                               [&] { return acknowledged_ == load_.streams; })) {
      errno = ETIMEDOUT;
      Die("wait for the textbook server's acknowledgements");
    }
  }

  const PushLoad load_;
  std::mutex mutex_;
  std::condition_variable all_have_it_;
  // What follows is the mutex's.
  int revision_ = 0;
  ClusterLoadAssignment assignment_;
  int acknowledged_ = 0;
  std::set<Stream*> streams_;
  std::unique_ptr<grpc::Server> server_;
};

// Writes the PushRun to `result`. The server is not shut down, which would have its client
// complain: both end with this process.
[[noreturn]] void MeasureAndTell(const PushLoad& load, int result) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Debian builds abseil's deadlock detection in. The daemon turns it off as well.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  PushRun run;
  const double rss_before = ResidentKib();
  const double cpu_before = CpuSeconds();
  Textbook server(load);
  run.cpu_us_per_first = (CpuSeconds() - cpu_before) * 1e6 / load.streams;
  server.Round();  // warm
  run.rss_kib_per_stream = (ResidentKib() - rss_before) / load.streams;
  MeasureRounds(load, [&] { server.Round(); }, run);
  if (write(result, &run, sizeof run) != sizeof run) Die("tell what was measured");
  std::_Exit(0);
}

}  // namespace

PushRun RunTextbookServer(const PushLoad& load) {
  int result[2];
  if (pipe(result) != 0) Die("pipe");
  const pid_t child = fork();
  if (child < 0) Die("fork");
  if (child == 0) MeasureAndTell(load, result[1]);
  close(result[1]);
  PushRun run;
  if (read(result[0], &run, sizeof run) != sizeof run) Die("read what the textbook measured");
  close(result[0]);
  waitpid(child, nullptr, 0);
  return run;
}

}  // namespace fairlead::bench

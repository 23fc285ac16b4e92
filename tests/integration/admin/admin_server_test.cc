#include "admin/server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "fairlead/admin/v1/admin.grpc.pb.h"
#include "integration/admin/admin_on_socket.h"

namespace fairlead::admin {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::FakeControl;
using v1::ActResult;

TEST_F(AdminServerTest, StatusServicesAndReplicasAreShown) {
  const auto stub = StartOnSocket();
  v1::Status status;
  ASSERT_TRUE(stub->GetStatus(Context().get(), {}, &status).ok());
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.phase(), v1::PHASE_SERVING);
  EXPECT_EQ(status.replica_in_rotation_count(), 3);

  v1::ListServicesResponse services;
  ASSERT_TRUE(stub->ListServices(Context().get(), {}, &services).ok());
  ASSERT_EQ(services.services_size(), 1);
  EXPECT_EQ(services.services(0).name(), "services/user-service.shop");

  v1::ListReplicasRequest request;
  request.set_parent("services/user-service");
  request.set_page_size(2);
  v1::ListReplicasResponse replicas;
  ASSERT_TRUE(stub->ListReplicas(Context().get(), request, &replicas).ok());
  ASSERT_EQ(replicas.replicas_size(), 2);
  EXPECT_EQ(replicas.replicas(1).name(), "services/user-service.shop/replicas/2");
  request.set_page_token(replicas.next_page_token());
  ASSERT_TRUE(stub->ListReplicas(Context().get(), request, &replicas).ok());
  ASSERT_EQ(replicas.replicas_size(), 1);
  EXPECT_EQ(replicas.next_page_token(), "");

  request.set_parent("services/nobody");
  EXPECT_EQ(stub->ListReplicas(Context().get(), request, &replicas).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(AdminServerTest, AServiceHasTheLoadThatIsToldOfIt) {
  control_.AddService("shop", "quiet", 1);
  loads_ = [] {
    return ServiceLoads{{"user-service.shop", {.clients = 2, .in_progress = 3}},
                        {"gone.shop", {.clients = 1}}};
  };
  const auto stub = StartOnSocket();
  v1::ListServicesResponse services;
  ASSERT_TRUE(stub->ListServices(Context().get(), {}, &services).ok());
  ASSERT_EQ(services.services_size(), 2);
  for (const v1::Service& service : services.services()) {
    EXPECT_EQ(service.has_load(), service.service() == "user-service") << service.name();
    EXPECT_EQ(service.load().in_progress(), service.has_load() ? 3 : 0);
  }
}

TEST_F(AdminServerTest, RecordedEventsComeFirstAndNewOnesFollow) {
  control_.Record("first");
  control_.Record("second");
  const auto stub = StartOnSocket();
  v1::WatchEventsRequest request;
  request.set_follow(true);
  const auto context = Context();
  const auto reader = stub->WatchEvents(context.get(), request);
  v1::WatchEventsResponse response;
  for (const char* code : {"first", "second"}) {
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_EQ(response.event().code(), code);
  }
  control_.Record("third");
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().code(), "third");
  EXPECT_EQ(response.event().id(), 3U);
  EXPECT_EQ(response.event().service(), "services/user-service.shop");
  context->TryCancel();
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(AdminServerTest, WithoutFollowTheStreamEndsAfterTheRecordedEvents) {
  control_.Record("old", runtime::ToWall(runtime::Now() - 2h));
  control_.Record("new");
  const auto stub = StartOnSocket();
  v1::WatchEventsRequest request;
  request.mutable_since()->set_seconds(time(nullptr) - 3600);
  const auto context = Context();
  const auto reader = stub->WatchEvents(context.get(), request);
  v1::WatchEventsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().code(), "new");
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(AdminServerTest, AReaderThatFellBehindIsToldHowMuchItMissed) {
  control_.events_max = 10;
  const auto stub = StartOnSocket();
  v1::WatchEventsRequest request;
  request.set_follow(true);
  const auto context = Context();
  const auto reader = stub->WatchEvents(context.get(), request);
  control_.Record("0");
  v1::WatchEventsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  constexpr std::uint64_t kFlood = 20'000;
  for (std::uint64_t i = 1; i <= kFlood; ++i) control_.Record(std::to_string(i));
  std::uint64_t seen = 1;
  std::uint64_t missed = 0;
  while (seen + missed < kFlood + 1 && reader->Read(&response)) {
    if (response.has_gap()) {
      missed += response.gap().missed_count();
    } else {
      ++seen;
    }
  }
  EXPECT_EQ(seen + missed, kFlood + 1);
  EXPECT_GT(missed, 0U);
  context->TryCancel();
}

TEST_F(AdminServerTest, StoppingEndsFollowingReadersAtOnce) {
  const auto stub = StartOnSocket();
  v1::WatchEventsRequest request;
  request.set_follow(true);
  const auto context = Context();
  const auto reader = stub->WatchEvents(context.get(), request);
  control_.Record("seen");
  v1::WatchEventsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  const auto began = std::chrono::steady_clock::now();
  server_->Stop(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AdminServerTest, BootstrapGivesTheTextOrTheReason) {
  const auto stub = StartOnSocket();
  v1::GetBootstrapRequest request;
  v1::GetBootstrapResponse response;
  EXPECT_EQ(stub->GetBootstrap(Context().get(), request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_kind(v1::BOOTSTRAP_KIND_ENVOY);
  ASSERT_TRUE(stub->GetBootstrap(Context().get(), request, &response).ok());
  EXPECT_EQ(response.text(), "static_resources: {}");
  request.set_transport(v1::BOOTSTRAP_TRANSPORT_TCP);
  EXPECT_EQ(stub->GetBootstrap(Context().get(), request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(AdminServerTest, WithoutDiscoveryThereAreNoClientsToAskFor) {
  const auto stub = StartOnSocket();
  v1::ListClientsResponse all;
  v1::Client one;
  v1::GetClientRequest request;
  request.set_name("clients/1");
  EXPECT_EQ(stub->ListClients(Context().get(), {}, &all).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(stub->GetClient(Context().get(), request, &one).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(AdminServerTest, HealthTellsThatTheApiAnswersAndWhetherTheDaemonIsReady) {
  control_.status.phase = fleet::Phase::kConfigured;
  const auto stub = StartOnSocket();
  constexpr int kServing = 1;
  constexpr int kNotServing = 2;
  EXPECT_EQ(Health(""), kServing);
  EXPECT_EQ(Health("fairlead.admin.v1.Admin"), kServing);
  EXPECT_EQ(Health("fairlead.ready"), kNotServing);
  EXPECT_EQ(Health("nobody"), -1);
  control_.SetPhase(fleet::Phase::kServing);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (Health("fairlead.ready") != kServing) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
}

TEST_F(AdminServerTest, ReflectionListsTheServices) {
  const auto stub = StartOnSocket();
  grpc::GenericStub generic(channel_);
  // ServerReflectionRequest{list_services: "*"}: field 7, one byte.
  const grpc::Slice slice("\x3a\x01*");
  const grpc::ByteBuffer request(&slice, 1);
  grpc::CompletionQueue queue;
  const auto context = Context();
  const auto call = generic.PrepareCall(
      context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(&tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  call->WriteLast(request, grpc::WriteOptions(), &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer response;
  call->Read(&response, &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::Slice bytes;
  ASSERT_TRUE(response.DumpToSingleSlice(&bytes).ok());
  const std::string text(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  EXPECT_NE(text.find("fairlead.admin.v1.Admin"), std::string::npos);
  EXPECT_NE(text.find("grpc.health.v1.Health"), std::string::npos);
  grpc::Status status;
  call->Finish(&status, &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok));
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) continue;
}

TEST_F(AdminServerTest, TheSocketIsForOwnerAndGroupInADirectoryOthersMayNotEnter) {
  StartOnSocket();
  struct stat status{};
  ASSERT_EQ(stat(socket_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
  ASSERT_EQ(stat(socket_.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0750U);
}

TEST_F(AdminServerTest, AStaleSocketIsReplacedAndALiveOneIsNot) {
  fs::create_directories(socket_.parent_path());
  {
    std::ofstream(socket_) << "no socket";
  }
  const Result<> blocked = Start({"unix:" + socket_.string()});
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, Code::kFailedPrecondition);
  fs::remove(socket_);

  // What a killed daemon leaves: a socket that nobody serves.
  const int left = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(left, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(left);
  ASSERT_TRUE(fs::is_socket(socket_));

  const auto stub = StartOnSocket();
  AdminServer second({.listen = {"unix:" + socket_.string()}, .version = "", .bootstrap = {}},
                     control_, log_);
  const Result<> refused = second.Start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  v1::Status status;
  EXPECT_TRUE(stub->GetStatus(Context().get(), {}, &status).ok()) << "the first one still serves";
}

TEST_F(AdminServerTest, TheActorOfACommandIsTheUserBehindTheSocket) {
  const auto stub = StartOnSocket();
  ActResult result;
  ASSERT_TRUE(RestartOf(*stub, "user-service.shop/2", result).ok());
  EXPECT_EQ(control_.commands()[0].actor, "uid " + std::to_string(getuid()));
}

TEST_F(AdminServerTest, AContainerIsRefusedAndItIsToldWhyUnlessItIsAllowed) {
  cgroup_ = "0::/docker/" + std::string(64, 'c') + "\n";
  auto stub = StartOnSocket();
  v1::Status status;
  EXPECT_EQ(stub->GetStatus(Context().get(), {}, &status).error_code(),
            grpc::StatusCode::UNAVAILABLE);

  server_->Stop(0s);
  EXPECT_FALSE(fs::exists(socket_)) << "a stopped server leaves no socket";
  EXPECT_TRUE(refused_.contains("container cccccccccccc is not in admin.allow_containers"))
      << refused_;
  EXPECT_TRUE(refused_.contains("of uid " + std::to_string(getuid()))) << refused_;
  allow_containers_ = {"ops-console"};
  stub = StartOnSocket();
  EXPECT_TRUE(stub->GetStatus(Context().get(), {}, &status).ok());
}

TEST_F(AdminServerTest, AFloodOfConnectionsThatSayNothingLeavesTheApiUsable) {
  const auto stub = StartOnSocket();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  std::vector<int> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(silent.back(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  v1::Status status;
  const grpc::Status answered = stub->GetStatus(Context().get(), {}, &status);
  EXPECT_TRUE(answered.ok()) << answered.error_code() << ": " << answered.error_message();
  for (const int descriptor : silent) close(descriptor);
}

TEST_F(AdminServerTest, LoopbackTcpGetsARealPortAndTheActorSaysWhereFrom) {
  access_.operators.push_back({.kind = access::Rule::Kind::kLoopback});
  ASSERT_TRUE(Start({"unix:" + socket_.string(), "127.0.0.1:0"}));
  ASSERT_EQ(server_->addresses().size(), 2U);
  EXPECT_NE(server_->addresses()[1], "127.0.0.1:0");
  const auto stub = StubTo(server_->addresses()[1]);
  ActResult result;
  ASSERT_TRUE(RestartOf(*stub, "user-service.shop/2", result).ok());
  EXPECT_EQ(control_.commands()[0].actor.find("admin from 127.0.0.1:"), 0U)
      << control_.commands()[0].actor;

  AdminServer second({.listen = {server_->addresses()[1]}, .version = "", .bootstrap = {}},
                     control_, log_);
  const Result<> refused = second.Start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
}

TEST_F(AdminServerTest, AnAddressOffTheLoopbackIsRefused) {
  for (const char* address : {"0.0.0.0:1", "localhost:1", "[::]:1", "10.0.0.1:1", "unix:relative",
                              "127.0.0.1:99999", ""}) {
    const Result<> refused = Start({address});
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument) << address;
  }
}

TEST_F(AdminServerTest, ARequestAboveTheLimitIsRefused) {
  const auto stub = StartOnSocket();
  ActResult result;
  EXPECT_EQ(RestartOf(*stub, std::string(2 << 20, 'a'), result).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace fairlead::admin

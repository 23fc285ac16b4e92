// Who may call which method: every method of the service, as each role, by the stock gRPC client.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <set>

#include "access/method_table.h"
#include "integration/admin/admin_by_tls.h"

namespace fairlead::admin {
namespace {

using access::Role;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const google::protobuf::ServiceDescriptor& TheService() {
  return *v1::GetStatusRequest::descriptor()->file()->service(0);
}

std::unique_ptr<Message> RequestOf(const MethodDescriptor& method) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()
                                      ->GetPrototype(method.input_type())
                                      ->New());
}

// Of the empty request, or nothing when it has no `force`.
std::unique_ptr<Message> ForcedRequestOf(const MethodDescriptor& method) {
  const auto* const force = method.input_type()->FindFieldByName("force");
  if (force == nullptr) return nullptr;
  std::unique_ptr<Message> request = RequestOf(method);
  request->GetReflection()->SetBool(request.get(), force, true);
  return request;
}

bool IsRefusal(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::PERMISSION_DENIED ||
         status.error_code() == grpc::StatusCode::UNAUTHENTICATED;
}

class AdminRoles : public testing::AdminByTls {
 protected:
  AdminRoles() {
    access_ = {.viewers = {RuleOf("loopback"), RuleOf("URI:spiffe://corp/staff/*")},
               .operators = {RuleOf("DNS:*.ops.corp")},
               .admins = {RuleOf("self"), RuleOf("URI:spiffe://corp/admin")},
               .own_uid = getuid()};
  }

  std::shared_ptr<grpc::Channel> As(const std::string& names) {
    return Channel(server_->addresses()[0],
                   Shown(test::Issue(authority_, {.alternative = names}), authority_));
  }

  // A call by its descriptor; of a stream the first message is enough.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                           const MethodDescriptor& method, const Message& request,
                           const std::map<std::string, std::string>& metadata = {}) {
    const grpc::Slice slice(request.SerializeAsString());
    const grpc::ByteBuffer sent(&slice, 1);
    grpc::ByteBuffer response;
    const auto context = Context();
    for (const auto& [key, value] : metadata) context->AddMetadata(key, value);
    std::promise<grpc::Status> done;
    grpc::GenericStub stub(channel);
    stub.UnaryCall(context.get(), "/" + TheService().full_name() + "/" + method.name(),
                   grpc::StubOptions(), &sent, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
  }
  static const MethodDescriptor& Method(const std::string& name) {
    return *TheService().FindMethodByName(name);
  }
};

TEST_F(AdminRoles, EveryMethodHasARowAndEveryRowAMethod) {
  std::set<std::string> methods;
  for (int i = 0; i < TheService().method_count(); ++i)
    methods.insert(TheService().method(i)->name());
  std::set<std::string> rows;
  for (const access::MethodRule& rule : access::MethodTable())
    EXPECT_TRUE(rows.insert(std::string(rule.method)).second) << rule.method;
  EXPECT_EQ(rows, methods);
}

TEST_F(AdminRoles, EachRoleMayWhatItsRowSaysAndNothingElse) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  const std::map<Role, std::shared_ptr<grpc::Channel>> channels = {
      {Role::kNone, As("DNS:stranger.corp, URI:spiffe://corp/staff")},
      {Role::kViewer, As("DNS:ops.corp, URI:spiffe://corp/staff/bob")},
      {Role::kOperator, As("DNS:console.ops.corp")},
      {Role::kAdmin, As("URI:spiffe://corp/admin")}};
  std::size_t refused = 0;
  for (int i = 0; i < TheService().method_count(); ++i) {
    const MethodDescriptor& method = *TheService().method(i);
    const access::MethodRule* const rule = access::FindMethod(method.name());
    ASSERT_NE(rule, nullptr) << method.name();
    for (const auto& [role, channel] : channels) {
      const grpc::Status status = Call(channel, method, *RequestOf(method));
      EXPECT_EQ(IsRefusal(status), role < rule->least)
          << method.name() << " as " << access::RoleName(role) << ": " << status.error_message();
      refused += role < rule->least ? 1 : 0;
      if (role < rule->least) {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << method.name();
      }
      const std::unique_ptr<Message> forced = ForcedRequestOf(method);
      if (forced == nullptr) continue;
      EXPECT_EQ(IsRefusal(Call(channel, method, *forced)), role < rule->least_with_force)
          << method.name() << " with force as " << access::RoleName(role);
      refused += role < rule->least_with_force ? 1 : 0;
    }
  }
  EXPECT_EQ(refusals().size(), refused) << "each is told";
  EXPECT_TRUE(control_.commands().empty()) << "no empty request is a command";
}

TEST_F(AdminRoles, ARefusalIsToldWithWhoWhatAndWhy) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  v1::RestartRequest request;
  request.set_name("user-service.shop/2");
  const auto as_viewer = As("URI:spiffe://corp/staff/bob");
  v1::Status told;
  ASSERT_TRUE(v1::Admin::NewStub(as_viewer)->GetStatus(Context().get(), {}, &told).ok());
  EXPECT_EQ(told.caller(), "spiffe://corp/staff/bob");
  EXPECT_EQ(told.caller_role(), "viewer");
  const grpc::Status refused = Call(as_viewer, Method("Restart"), request);
  EXPECT_EQ(refused.error_message(),
            "Restart: it takes an operator, and spiffe://corp/staff/bob is a viewer here; have "
            "\"URI:spiffe://corp/staff/bob\" put into access.operators of the daemon's config, or "
            "ask somebody who is among them");
  ASSERT_EQ(refusals().size(), 1U);
  EXPECT_EQ(access::ActorOf(refusals()[0].caller), "spiffe://corp/staff/bob");
  EXPECT_EQ(refusals()[0].method, "Restart");
  EXPECT_EQ(refusals()[0].role, Role::kViewer);
  ASSERT_TRUE(Call(As("DNS:console.ops.corp"), Method("Restart"), request).ok());
  ASSERT_EQ(control_.commands().size(), 1U);
  EXPECT_EQ(control_.commands()[0].actor, "DNS:console.ops.corp");
}

TEST_F(AdminRoles, WhoShowsNothingIsToldToSayWhoItIs) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}, tls::ClientAuth::kRequest));
  const auto channel = Channel(server_->addresses()[0], Shown({}, authority_));
  EXPECT_TRUE(Call(channel, Method("GetStatus"), v1::GetStatusRequest()).ok());
  const grpc::Status refused = Call(channel, Method("Pause"), v1::PauseRequest());
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_NE(refused.error_message().find("show a certificate"), std::string::npos);
}

TEST_F(AdminRoles, AUnixSocketKnowsItsUser) {
  access_.viewers = {};
  ASSERT_TRUE(Start({"127.0.0.1:0", "unix:" + socket_.string()}));
  const auto channel = Channel("unix:" + socket_.string(), grpc::InsecureChannelCredentials());
  v1::SetLogLevelRequest request;
  EXPECT_FALSE(IsRefusal(Call(channel, Method("SetLogLevel"), request)));
  EXPECT_FALSE(IsRefusal(Call(channel, Method("GetStatus"), v1::GetStatusRequest())));
}

// What a caller says of itself counts inside the process alone, and there nothing said is nobody.
TEST_F(AdminRoles, NoMetadataFromOutsideMakesSomebody) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  const std::map<std::string, std::string> claims = {{"fairlead-uid", std::to_string(getuid())},
                                                     {"fairlead-token", "1"},
                                                     {"fairlead-name", "URI:spiffe://corp/admin"}};
  const v1::GetStatusRequest request;
  EXPECT_EQ(Call(As("DNS:stranger.corp"), Method("GetStatus"), request, claims).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  const auto inside = server_->InProcessChannel();
  EXPECT_EQ(Call(inside, Method("GetStatus"), request).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(Call(inside, Method("GetStatus"), request, claims).ok());
}

TEST_F(AdminRoles, OffLoopbackOnlyCertificatesComeIn) {
  for (const auto auth : {tls::ClientAuth::kNone, tls::ClientAuth::kRequest}) {
    const Result<> started = Start({"0.0.0.0:0"}, auth);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::kInvalidArgument);
  }
  ASSERT_TRUE(Start({"0.0.0.0:0"}));
  EXPECT_TRUE(server_->addresses()[0].starts_with("0.0.0.0:"));
}

}  // namespace
}  // namespace fairlead::admin

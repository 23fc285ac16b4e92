#include "integration/gateway/described_server.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <optional>

namespace fairlead::gateway {
namespace {

using google::protobuf::Message;

std::string Field(int number, const std::string& text) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  for (std::size_t size = text.size();; size >>= 7) {
    if (size < 0x80) return bytes + static_cast<char>(size) + text;
    bytes += static_cast<char>(size % 0x80 | 0x80);
  }
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

std::string TextIn(const Message& message, const char* field) {
  return message.GetReflection()->GetString(message,
                                            message.GetDescriptor()->FindFieldByName(field));
}

}  // namespace

class DescribedServer::Service final : public grpc::CallbackGenericService {
 public:
  Service(DescribedServer& server, Options options)
      : server_(server),
        options_(std::move(options)),
        set_(DescriptorSet::Of(options_.description, {}).value_or(nullptr)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const std::string& method = context->method();
    const bool is_v1 = method.starts_with("/grpc.reflection.v1.");
    const bool is_v1alpha = method.starts_with("/grpc.reflection.v1alpha.");
    if ((is_v1 && options_.has_v1) || (is_v1alpha && options_.has_v1alpha))
      return new Reflection(options_.description);
    if (is_v1 || is_v1alpha || !set_) return new Unknown();
    const std::size_t slash = method.rfind('/');
    const auto* found = set_->FindMethod(method.substr(1, slash - 1), method.substr(slash + 1));
    if (found == nullptr) return new Unknown();
    if (found->client_streaming()) return new Talk(*this, *context, *found);
    return new Greeting(*this, *context, *found);
  }

 private:
  class Unknown final : public grpc::ServerGenericBidiReactor {
   public:
    Unknown() { Finish({grpc::StatusCode::UNIMPLEMENTED, "no such method"}); }
    void OnDone() override { delete this; }
  };

  // All files at once to whoever asks for a symbol, as C++ servers do.
  class Reflection final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reflection(const Description& description) : description_(description) {
      StartRead(&question_);
    }
    void OnReadDone(bool is_read) override {
      if (!is_read) return Finish(grpc::Status::OK);
      const std::string question = TextOf(question_);
      const int field = question.empty() ? 0 : question[0] >> 3;
      std::string list;
      if (field == 7) {
        for (const std::string& name : description_.services) list += Field(1, Field(1, name));
        answer_ = BufferOf(Field(6, list));
      } else {
        for (const auto& [name, bytes] : description_.files) list += Field(1, bytes);
        answer_ = BufferOf(Field(4, list));
      }
      StartWrite(&answer_);
    }
    void OnWriteDone(bool) override { StartRead(&question_); }
    void OnDone() override { delete this; }

   private:
    const Description& description_;
    grpc::ByteBuffer question_;
    grpc::ByteBuffer answer_;
  };

  grpc::ByteBuffer ReplyTo(const google::protobuf::MethodDescriptor& method,
                           const std::string& name) const {
    const auto reply = set_->New(*method.output_type());
    reply->GetReflection()->SetString(reply.get(), method.output_type()->FindFieldByName("message"),
                                      options_.greeting + ", " + name + "!");
    return BufferOf(reply->SerializeAsString());
  }

  class Talk final : public grpc::ServerGenericBidiReactor {
   public:
    Talk(Service& service, grpc::GenericCallbackServerContext& context,
         const google::protobuf::MethodDescriptor& method)
        : service_(service), method_(method) {
      ++service_.server_.calls;
      context.AddTrailingMetadata("told", "last");
      StartRead(&request_);
    }
    void OnReadDone(bool is_read) override {
      if (!is_read) {
        if (is_cancelled_) return Finish({grpc::StatusCode::CANCELLED, "gone"});
        if (method_.server_streaming()) return Finish(grpc::Status::OK);
        answer_ = service_.ReplyTo(method_, names_);
        return StartWriteAndFinish(&answer_, {}, grpc::Status::OK);
      }
      const auto request = service_.set_->New(*method_.input_type());
      request->ParseFromString(TextOf(request_));
      const std::string name = TextIn(*request, "name");
      names_ += (names_.empty() ? "" : " ") + name;
      ++service_.server_.read;
      if (name == "hang") return;
      if (!method_.server_streaming()) return StartRead(&request_);
      answer_ = service_.ReplyTo(method_, name);
      StartWrite(&answer_);
    }
    void OnWriteDone(bool is_written) override {
      if (!is_written) return Finish({grpc::StatusCode::CANCELLED, "gone"});
      StartRead(&request_);
    }
    void OnCancel() override {
      ++service_.server_.cancelled;
      is_cancelled_ = true;
      if (names_.ends_with("hang")) Finish({grpc::StatusCode::CANCELLED, "gone"});
    }
    void OnDone() override { delete this; }

   private:
    Service& service_;
    const google::protobuf::MethodDescriptor& method_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer answer_;
    std::string names_;
    std::atomic<bool> is_cancelled_ = false;
  };

  class Greeting final : public grpc::ServerGenericBidiReactor {
   public:
    Greeting(Service& service, grpc::GenericCallbackServerContext& context,
             const google::protobuf::MethodDescriptor& method)
        : service_(service), method_(method) {
      ++service_.server_.calls;
      for (const auto& [name, value] : context.client_metadata())
        context.AddInitialMetadata("got-" + std::string(name.data(), name.size()),
                                   {value.data(), value.size()});
      context.AddTrailingMetadata("told", "last");
      StartRead(&request_);
    }
    void OnReadDone(bool is_read) override {
      if (!is_read) return Finish({grpc::StatusCode::CANCELLED, "gone"});
      const auto request = service_.set_->New(*method_.input_type());
      request->ParseFromString(TextOf(request_));
      name_ = TextIn(*request, "name");
      left_ = method_.server_streaming()
                  ? request->GetReflection()->GetInt64(
                        *request, method_.input_type()->FindFieldByName("times"))
                  : 1;
      if (name_ == "hang") return;
      if (name_ == "fail") return Finish(Failure());
      answer_ = service_.ReplyTo(method_, name_);
      WriteNext();
    }
    void OnWriteDone(bool is_written) override {
      if (!is_written) return Finish({grpc::StatusCode::CANCELLED, "gone"});
      if (method_.server_streaming()) ++service_.server_.written;
      WriteNext();
    }
    void OnCancel() override {
      ++service_.server_.cancelled;
      if (name_ == "hang") Finish({grpc::StatusCode::CANCELLED, "gone"});
    }
    void OnDone() override { delete this; }

   private:
    void WriteNext() {
      if (left_-- > 0) return StartWrite(&answer_);
      Finish(name_ == "half" ? Failure() : grpc::Status::OK);
    }
    // google.rpc.Status with one Any of a type that the description has.
    static grpc::Status Failure() {
      const std::string detail =
          Field(1, "type.googleapis.com/pb.HelloReply") + Field(2, Field(1, "why"));
      return {grpc::StatusCode::NOT_FOUND, "nobody of that name", Field(3, detail)};
    }

    Service& service_;
    const google::protobuf::MethodDescriptor& method_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer answer_;
    std::string name_;
    std::int64_t left_ = 0;
  };

  DescribedServer& server_;
  const Options options_;
  const std::shared_ptr<const DescriptorSet> set_;
};

DescribedServer::DescribedServer(Options options)
    : service_(std::make_unique<Service>(*this, options)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", options.credentials, &port_);
  if (options.connection_age_ms > 0)
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, options.connection_age_ms);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
}

DescribedServer::~DescribedServer() {
  Stop();
}

void DescribedServer::Stop() {
  if (!server_) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

}  // namespace fairlead::gateway

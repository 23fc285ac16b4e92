#include "integration/h2/grpc_call.h"

#include <vector>

namespace fairlead::h2::testing {

namespace {

std::map<std::string, std::string> Copied(
    const std::multimap<grpc::string_ref, grpc::string_ref>& fields) {
  std::map<std::string, std::string> copied;
  for (const auto& [name, value] : fields)
    copied.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  return copied;
}

}  // namespace

GrpcCall::GrpcCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                   std::optional<std::chrono::milliseconds> timeout, bool waits_for_server,
                   const std::map<std::string, std::string>& metadata)
    : stub_(channel) {
  for (const auto& [name, value] : metadata) context_.AddMetadata(name, value);
  context_.set_wait_for_ready(waits_for_server);
  if (timeout) context_.set_deadline(std::chrono::system_clock::now() + *timeout);
  stream_ = stub_.PrepareCall(&context_, method, &queue_);
  stream_->StartCall(nullptr);
  Wait();
}

GrpcCall::~GrpcCall() {
  if (!is_ended_) {
    Cancel();
    End();
  }
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

bool GrpcCall::Wait() {
  void* tag = nullptr;
  bool ok = false;
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(10);
  return queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT && ok;
}

bool GrpcCall::Send(const std::string& message) {
  const grpc::Slice slice(message);
  stream_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  return Wait();
}

bool GrpcCall::HalfClose() {
  stream_->WritesDone(nullptr);
  return Wait();
}

std::optional<std::string> GrpcCall::Receive() {
  grpc::ByteBuffer buffer;
  stream_->Read(&buffer, nullptr);
  if (!Wait()) return {};
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string message;
  for (const grpc::Slice& slice : slices) {
    message.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return message;
}

grpc::Status GrpcCall::End() {
  is_ended_ = true;
  grpc::Status status;
  stream_->Finish(&status, nullptr);
  Wait();
  return status;
}

std::map<std::string, std::string> GrpcCall::Head() const {
  return Copied(context_.GetServerInitialMetadata());
}

std::map<std::string, std::string> GrpcCall::Trailers() const {
  return Copied(context_.GetServerTrailingMetadata());
}

std::shared_ptr<grpc::Channel> Dial(const std::string& target,
                                    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                    const std::string& tls_name) {
  grpc::ChannelArguments arguments;
  if (!tls_name.empty()) arguments.SetSslTargetNameOverride(tls_name);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // what fails has failed
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

}  // namespace fairlead::h2::testing

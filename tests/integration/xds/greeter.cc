#include "integration/xds/greeter.h"

#include <grpcpp/server_builder.h>

namespace fairlead::xds::testing {
namespace {

class Answer : public grpc::ServerGenericBidiReactor {
 public:
  // `later`: takes what answers the call.
  using Later = std::function<void(std::function<void()> answer)>;
  Answer(const std::string& name, const grpc::Status& status, Later later)
      : status_(status), later_(std::move(later)) {
    const grpc::Slice slice(name);
    answer_ = grpc::ByteBuffer(&slice, 1);
    StartRead(&request_);
  }
  void OnReadDone(bool) override {
    later_([this] { Give(); });
  }
  void OnDone() override { delete this; }

 private:
  void Give() {
    if (status_.ok()) {
      StartWriteAndFinish(&answer_, grpc::WriteOptions(), status_);
    } else {
      Finish(status_);
    }
  }

  const grpc::Status status_;
  const Later later_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
};

}  // namespace

Greeter::Greeter(std::string name, grpc::Status status)
    : name_(std::move(name)), status_(std::move(status)) {
  Start(nullptr, true);
}

Greeter::Greeter(std::string name, std::shared_ptr<grpc::ServerCredentials> tls, bool is_strict)
    : name_(std::move(name)) {
  Start(std::move(tls), !is_strict);
}

void Greeter::Start(std::shared_ptr<grpc::ServerCredentials> tls, bool is_plaintext) {
  grpc::ServerBuilder builder;
  if (is_plaintext) {
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  }
  if (tls) {
    builder.AddListeningPort("127.0.0.1:0", std::move(tls), &tls_port_);
  }
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
}

Greeter::~Greeter() {
  Release();
  server_->Shutdown();
}

void Greeter::Hold() {
  const std::lock_guard lock(mutex_);
  holds_ = true;
}

void Greeter::Release() {
  std::vector<std::function<void()>> held;
  {
    const std::lock_guard lock(mutex_);
    holds_ = false;
    held.swap(held_);
  }
  for (const auto& answer : held) {
    answer();
  }
}

grpc::ServerGenericBidiReactor* Greeter::CreateReactor(grpc::GenericCallbackServerContext*) {
  ++calls_;
  return new Answer(name_, status_, [this](std::function<void()> answer) {
    {
      const std::lock_guard lock(mutex_);
      if (holds_) {
        held_.push_back(std::move(answer));
        return;
      }
    }
    answer();
  });
}

}  // namespace fairlead::xds::testing

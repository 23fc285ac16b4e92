#include "integration/xds/greeter.h"

#include <grpcpp/server_builder.h>

namespace fairlead::xds::testing {
namespace {

class Answer : public grpc::ServerGenericBidiReactor {
 public:
  Answer(const std::string& name, const grpc::Status& status) : status_(status) {
    const grpc::Slice slice(name);
    answer_ = grpc::ByteBuffer(&slice, 1);
    StartRead(&request_);
  }
  void OnReadDone(bool) override {
    if (status_.ok()) {
      StartWriteAndFinish(&answer_, grpc::WriteOptions(), status_);
    } else {
      Finish(status_);
    }
  }
  void OnDone() override { delete this; }

 private:
  const grpc::Status status_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
};

}  // namespace

Greeter::Greeter(std::string name, grpc::Status status)
    : name_(std::move(name)), status_(std::move(status)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
}

Greeter::~Greeter() {
  server_->Shutdown();
}

grpc::ServerGenericBidiReactor* Greeter::CreateReactor(grpc::GenericCallbackServerContext*) {
  ++calls_;
  return new Answer(name_, status_);
}

}  // namespace fairlead::xds::testing

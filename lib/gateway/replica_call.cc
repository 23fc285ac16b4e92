#include "gateway/replica_call.h"

#include <utility>

#include "gateway/messages.h"
#include "grpcbody/pulled_call.h"

namespace fairlead::gateway {
namespace {

class ReplicaCall final : public grpcbody::PulledCall, public PassedCall {
 public:
  ReplicaCall(Calling calling, CallCount::Token token, std::function<void(Metadata)> head)
      : PulledCall(std::move(token)), calling_(std::move(calling)), head_(std::move(head)) {}

  void Begin() {
    Prepare(context(), calling_);
    Start(calling_.channel, calling_.method);
  }

  void Next(Take take) override { PulledCall::Next(std::move(take)); }
  void Cancel() override { PulledCall::Cancel(); }
  void Send(std::string message, std::function<void()> sent) override {
    SendOne(message, std::move(sent));
  }
  void SendNoMore() override { PulledCall::SendNoMore(); }
  const End& end() const override { return end_; }
  const std::string& service() const override { return calling_.service; }

 private:
  void OnHead() override {
    if (head_) head_(HeadOf(context()));
  }
  std::string PieceOf(const grpc::ByteBuffer& message) override {
    grpc::Slice slice;
    if (!message.DumpToSingleSlice(&slice).ok()) return "";
    return Framed(kDataFlag, {reinterpret_cast<const char*>(slice.begin()), slice.size()});
  }
  std::optional<std::string> LastPieceOf(const grpc::Status& status) override {
    calling_.open.reset();
    head_ = {};
    end_.how.code = Code::kOk;
    if (!status.ok()) end_.how = FailureOf(calling_, status, context());
    end_.trailers = TrailersOf(context());
    return std::nullopt;
  }

  Calling calling_;                     // changed by its end alone
  std::function<void(Metadata)> head_;  // reactions only
  End end_;                             // of the end, before anybody is told of it
};

}  // namespace

std::shared_ptr<PassedCall> CallReplica(Calling calling, CallCount::Token token,
                                        std::function<void(Metadata head)> head) {
  const auto call =
      std::make_shared<ReplicaCall>(std::move(calling), std::move(token), std::move(head));
  call->Begin();
  return call;
}

}  // namespace fairlead::gateway

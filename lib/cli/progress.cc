#include "cli/progress.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <ostream>
#include <semaphore>
#include <utility>

#include "cli/show.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::cli {
namespace {

constexpr std::chrono::seconds kFindPatience{2};
// The act's answer and its events come on two streams; what the slower one may lag behind.
constexpr std::chrono::seconds kLagPatience{2};
// An event's time comes of two clocks that are read one after the other, on a busy host with a
// pause between: it may be that much too early.
constexpr std::int64_t kClockSlackMs = 100;

// The replica's own name for what was typed; empty when it is not among the first page.
std::string DisplayNameOf(pb::Admin::Stub& stub, const std::string& typed) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kFindPatience);
  pb::ListReplicasRequest request;
  for (const char* path : {"name", "display_name", "container_name", "container_id"})
    request.mutable_read_mask()->add_paths(path);
  pb::ListReplicasResponse answer;
  if (!stub.ListReplicas(&context, request, &answer).ok()) return "";
  for (const pb::Replica& replica : answer.replicas()) {
    if (replica.display_name() == typed || replica.container_name() == typed ||
        replica.name() == typed)
      return replica.display_name();
  }
  for (const pb::Replica& replica : answer.replicas()) {
    if (replica.container_id().starts_with(typed)) return replica.display_name();
  }
  return "";
}

}  // namespace

class Progress::Watch final : public grpc::ClientReadReactor<pb::WatchEventsResponse> {
 public:
  Watch(std::shared_ptr<pb::Admin::Stub> stub, std::string replica, std::ostream& err)
      : stub_(std::move(stub)), replica_(std::move(replica)), err_(err) {
    request_.set_follow(true);
    using google::protobuf::util::TimeUtil;
    *request_.mutable_since() =
        TimeUtil::GetCurrentTime() - TimeUtil::MillisecondsToDuration(kClockSlackMs);
    stub_->async()->WatchEvents(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  // Waits for the event that says how the act was answered, then until gRPC is done with it.
  void End() {
    [[maybe_unused]] const bool is_told = ended_.try_acquire_for(kLagPatience);
    context_.TryCancel();
    done_.get_future().wait();
  }

  void OnReadDone(bool is_read) override {
    if (!is_read) return;
    if (response_.has_event() && response_.event().replica() == replica_) {
      err_ << ShowEvent(response_.event(), {}) << std::flush;
      if (response_.event().kind() == pb::EVENT_KIND_COMMAND_ANSWERED) ended_.release();
    }
    StartRead(&response_);
  }
  // However it ended, the act's answer says what matters.
  void OnDone(const grpc::Status&) override {
    ended_.release();
    done_.set_value();
  }

 private:
  const std::shared_ptr<pb::Admin::Stub> stub_;
  const std::string replica_;
  std::ostream& err_;
  grpc::ClientContext context_;
  pb::WatchEventsRequest request_;
  pb::WatchEventsResponse response_;
  std::counting_semaphore<> ended_{0};
  std::promise<void> done_;
};

Progress::Progress(const std::shared_ptr<grpc::Channel>& channel, const std::string& name,
                   std::ostream& err) {
  std::shared_ptr<pb::Admin::Stub> stub = pb::Admin::NewStub(channel);
  std::string replica = DisplayNameOf(*stub, name);
  if (replica.empty()) return;
  watch_ = std::make_unique<Watch>(std::move(stub), std::move(replica), err);
}

Progress::~Progress() {
  if (watch_) watch_->End();
}

}  // namespace fairlead::cli

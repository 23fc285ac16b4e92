#include "gateway/reflector.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "gateway/reflection_dialogue.h"
#include "gateway/reflection_wire.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"

namespace fairlead::gateway {
namespace {

struct Task {
  CallCount::Token token;  // the last to go, after the channel
  std::shared_ptr<grpc::Channel> channel;
  ReflectionOptions options;
  Described done;
  TimePoint until{};
};

// What gives up whichever call is under way.
class Canceller {
 public:
  void Set(std::weak_ptr<grpc::ClientContext> context) {
    const runtime::MutexLock lock(mutex_);
    context_ = std::move(context);
    if (is_cancelled_) Stop();
  }
  void Cancel() {
    const runtime::MutexLock lock(mutex_);
    is_cancelled_ = true;
    Stop();
  }

 private:
  void Stop() {
    if (const auto context = context_.lock()) context->TryCancel();
  }
  runtime::Mutex mutex_;
  std::weak_ptr<grpc::ClientContext> context_;
  bool is_cancelled_ = false;
};

void Begin(const char* method, Task task, const std::shared_ptr<Canceller>& canceller);

// One stream: a question, its answer, the next question. Owns itself until gRPC is done with it.
class Dialogue final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Dialogue(const char* method, Task task, std::shared_ptr<Canceller> canceller)
      : method_(method),
        task_(std::move(task)),
        canceller_(std::move(canceller)),
        dialogue_(task_.options.descriptors) {}

  void Start() {
    const auto until = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
        runtime::ToWall(task_.until));
    context_->set_deadline(until);
    // A replica in rotation can be connected, if not at the first try.
    context_->set_wait_for_ready(true);
    grpc::GenericStub stub(task_.channel);
    stub.PrepareBidiStreamingCall(context_.get(), method_, {}, this);
    Ask();
    canceller_->Set(context_);
    StartCall();  // the last: from here on it may end, and this with it
  }

  void OnWriteDone(bool is_written) override {
    if (is_written) StartRead(&answer_);
  }

  void OnReadDone(bool is_read) override {
    if (!is_read) return;
    grpc::Slice slice;
    Result<> taken = Fail(Code::kInternal, "read an answer of reflection: it cannot be copied");
    if (answer_.DumpToSingleSlice(&slice).ok())
      taken = dialogue_.Take({reinterpret_cast<const char*>(slice.begin()), slice.size()});
    if (!taken) {
      error_ = taken.error();
      context_->TryCancel();
      return;
    }
    Ask();
  }

  void OnDone(const grpc::Status& status) override {
    const std::unique_ptr<Dialogue> self(this);
    if (is_whole_)
      return task_.done(
          DescriptorSet::Of(std::move(dialogue_).Finish(), task_.options.descriptors));
    const bool is_newer = method_ == std::string_view(kReflectionV1);
    if (!error_ && is_newer && status.error_code() == grpc::StatusCode::UNIMPLEMENTED)
      return Begin(kReflectionV1Alpha, std::move(task_), canceller_);
    if (!error_) {
      error_ = {static_cast<Code>(status.error_code()),
                "ask the server's reflection: " + Printable(status.error_message())};
      if (status.ok()) error_->code = Code::kInternal;
      if (error_->code == Code::kUnimplemented)
        error_->message =
            "ask the server's reflection: it has none; register the reflection "
            "service in the server";
    }
    task_.done(std::unexpected(*error_));
  }

 private:
  void Ask() {
    const std::optional<std::string> question = dialogue_.Next();
    if (!question) {
      is_whole_ = true;
      return StartWritesDone();
    }
    const grpc::Slice slice(*question);
    question_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&question_);
  }

  const char* const method_;
  Task task_;
  const std::shared_ptr<Canceller> canceller_;
  const std::shared_ptr<grpc::ClientContext> context_ = std::make_shared<grpc::ClientContext>();
  ReflectionDialogue dialogue_;
  grpc::ByteBuffer question_;
  grpc::ByteBuffer answer_;
  bool is_whole_ = false;
  std::optional<Error> error_;
};

void Begin(const char* method, Task task, const std::shared_ptr<Canceller>& canceller) {
  (new Dialogue(method, std::move(task), canceller))->Start();
}

}  // namespace

std::function<void()> Reflect(std::shared_ptr<grpc::Channel> channel,
                              const ReflectionOptions& options, CallCount::Token token,
                              Described done) {
  const auto canceller = std::make_shared<Canceller>();
  Begin(kReflectionV1,
        {.token = std::move(token),
         .channel = std::move(channel),
         .options = options,
         .done = std::move(done),
         .until = runtime::Now() + options.time_max},
        canceller);
  return [canceller] { canceller->Cancel(); };
}

}  // namespace fairlead::gateway

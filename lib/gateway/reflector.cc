#include "gateway/reflector.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "gateway/calling.h"
#include "gateway/messages.h"
#include "gateway/reflection_dialogue.h"
#include "gateway/reflection_wire.h"
#include "gateway/replica_call.h"
#include "runtime/clock.h"

namespace fairlead::gateway {
namespace {

// One stream after the other: a question, its answer, the next question. The call under way owns
// it.
class Reflecting final : public std::enable_shared_from_this<Reflecting> {
 public:
  Reflecting(std::shared_ptr<ReplicaChannel> channel, const ReflectionOptions& options,
             CallCount::Token token, Described done)
      : token_(std::move(token)),
        channel_(std::move(channel)),
        options_(options),
        until_(runtime::Now() + options.time_max),
        done_(std::move(done)) {}

  void Begin(const char* method) {
    method_ = method;
    is_whole_ = false;
    dialogue_.emplace(options_.descriptors);
    // A replica in rotation can be connected, if not at the first try.
    call_ = CallReplica({.channel = channel_,
                         .method = method,
                         .timeout = until_ - runtime::Now(),
                         .service = "reflection",
                         .waits_for_ready = true},
                        token_, {});
    Ask();
    Pull();
  }
  void Cancel() { call_->Cancel(); }

 private:
  void Ask() {
    std::optional<std::string> question = dialogue_->Next();
    if (question) return call_->Send(*std::move(question), {});
    is_whole_ = true;
    call_->SendNoMore();
  }
  void Pull() {
    call_->Next([self = shared_from_this()](std::optional<std::string> piece) {
      self->OnPiece(std::move(piece));
    });
  }
  void OnPiece(std::optional<std::string> piece) {
    if (!piece) return OnEnd(call_->end());
    if (is_whole_) return Pull();  // nobody has asked for that
    const Result<> taken = dialogue_->Take(std::string_view(*piece).substr(kMessageHeadBytes));
    if (taken) {
      Ask();
    } else {
      error_ = taken.error();
      call_->Cancel();
    }
    Pull();
  }
  void OnEnd(const PassedCall::End& end) {
    const CallFailure how = end.how;
    if (is_whole_)
      return done_(DescriptorSet::Of(std::move(*dialogue_).Finish(), options_.descriptors));
    const bool is_newer = method_ == std::string_view(kReflectionV1);
    if (!error_ && is_newer && how.code == Code::kUnimplemented) return Begin(kReflectionV1Alpha);
    if (!error_) {
      error_ = {how.code, "ask the server's reflection: " + Printable(how.message)};
      if (how.code == Code::kOk) error_->code = Code::kInternal;
      if (how.code == Code::kUnimplemented)
        error_->message =
            "ask the server's reflection: it has none; register the reflection "
            "service in the server";
    }
    done_(std::unexpected(*error_));
  }

  const CallCount::Token token_;
  const std::shared_ptr<ReplicaChannel> channel_;
  const ReflectionOptions options_;
  const TimePoint until_;
  const Described done_;
  const char* method_ = nullptr;
  std::shared_ptr<PassedCall> call_;
  std::optional<ReflectionDialogue> dialogue_;
  bool is_whole_ = false;
  std::optional<Error> error_;
};

}  // namespace

std::function<void()> Reflect(std::shared_ptr<ReplicaChannel> channel,
                              const ReflectionOptions& options, CallCount::Token token,
                              Described done) {
  const auto reflecting =
      std::make_shared<Reflecting>(std::move(channel), options, std::move(token), std::move(done));
  reflecting->Begin(kReflectionV1);
  return [reflecting] { reflecting->Cancel(); };
}

}  // namespace fairlead::gateway

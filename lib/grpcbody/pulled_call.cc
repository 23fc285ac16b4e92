#include "grpcbody/pulled_call.h"

#include <grpcpp/generic/generic_stub.h>

#include <utility>

namespace fairlead::grpcbody {

grpc::ByteBuffer BytesOf(const std::string& message) {
  const grpc::Slice slice(message);
  return {&slice, 1};
}

void PulledCall::StartWith(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                           const std::string& request) {
  request_ = BytesOf(request);
  self_ = shared_from_this();
  grpc::GenericStub(channel).PrepareBidiStreamingCall(&context_, method, {}, this);
  AddHold();
  StartWriteLast(&request_, {});
  StartCall();
}

void PulledCall::Next(Take take) {
  std::optional<std::string> piece;
  bool is_to_read = false;
  {
    const runtime::MutexLock lock(mutex_);
    if (read_) {
      piece = std::exchange(read_, std::nullopt);
    } else if (is_done_) {
      piece = std::exchange(last_, std::nullopt);
    } else {
      take_ = std::move(take);
      is_to_read = is_held_ && !std::exchange(is_reading_, true);
      if (!is_to_read) return;
    }
  }
  if (is_to_read) {
    StartRead(&answer_);
  } else {
    take(std::move(piece));
  }
}

void PulledCall::Cancel() {
  context_.TryCancel();
  LetGo();
}

void PulledCall::OnReadInitialMetadataDone(bool /*is_there*/) {
  StartRead(&answer_);
}

void PulledCall::OnReadDone(bool is_read) {
  if (!is_read) return LetGo();  // OnDone says why
  std::string piece = PieceOf(answer_);
  if (piece.empty()) return StartRead(&answer_);
  Take take;
  {
    const runtime::MutexLock lock(mutex_);
    is_reading_ = false;
    take = std::exchange(take_, {});
    if (!take) read_ = piece;
  }
  if (take) take(std::move(piece));
}

void PulledCall::OnDone(const grpc::Status& status) {
  const std::shared_ptr<PulledCall> last = std::move(self_);
  std::optional<std::string> piece = LastPieceOf(status);
  Take take;
  {
    const runtime::MutexLock lock(mutex_);
    is_done_ = true;
    take = std::exchange(take_, {});
    if (!take) last_ = piece;
  }
  // The one who takes it asks again, and is told the end.
  if (take) take(std::move(piece));
}

void PulledCall::LetGo() {
  {
    const runtime::MutexLock lock(mutex_);
    if (!std::exchange(is_held_, false)) return;
  }
  RemoveHold();
}

}  // namespace fairlead::grpcbody

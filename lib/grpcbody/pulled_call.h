// PulledCall: one call of a gRPC method, whose answers are pulled as pieces of an HTTP body.
//
// Why a base: whatever form the answers take, their hand-over between gRPC's threads and the
// asker's is the same, and the one part that is easily wrong. One message is read ahead, and no
// more before it is taken: that is what holds a service back. The hold keeps gRPC from ending the
// call while something may still be asked of it; it goes with the read that finds the end, or with
// Cancel.
// Threads: Next, Cancel, Send and SendEnd from one thread of the asker's; what is virtual and
// protected on gRPC's, one after another. Lifetime: it owns itself from the start of the call
// until gRPC is done with it.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/request.h"
#include "runtime/mutex.h"

namespace fairlead::grpcbody {

grpc::ByteBuffer BytesOf(const std::string& message);

class PulledCall : public virtual http::Body,
                   public std::enable_shared_from_this<PulledCall>,
                   private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  void Next(Take take) override;
  void Cancel() override;

 protected:
  // `token` is let go last, after all that holds the channel.
  explicit PulledCall(std::shared_ptr<void> token = {}) : token_(std::move(token)) {}
  // For metadata and deadline, before the start; for what came of the answer, after.
  grpc::ClientContext& context() { return context_; }
  const grpc::ClientContext& context() const { return context_; }

  // Starts the call: with its only request, or with requests that Send hands over.
  void StartWith(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                 const std::string& request);
  void Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& method);
  // One more request; `sent` is called once gRPC has taken it, on a thread of gRPC's. One at a
  // time. Past the end of the call nothing is sent, nor `sent` called.
  void SendOne(const std::string& request, std::function<void()> sent);
  void SendNoMore();

  // The answer's metadata has come.
  virtual void OnHead() {}
  // What a message is in the body; empty: nothing, and the next one is read.
  virtual std::string PieceOf(const grpc::ByteBuffer& message) = 0;
  // The call has ended: its last piece, if it has one.
  virtual std::optional<std::string> LastPieceOf(const grpc::Status& status) = 0;

 private:
  void Attach(const std::shared_ptr<grpc::Channel>& channel, const std::string& method);
  void OnReadInitialMetadataDone(bool is_there) override;
  void OnReadDone(bool is_read) override;
  void OnWriteDone(bool is_written) override;
  void OnDone(const grpc::Status& status) override;
  void LetGo();

  const std::shared_ptr<void> token_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  std::shared_ptr<PulledCall> self_;
  runtime::Mutex mutex_;
  std::function<void()> sent_ FAIRLEAD_GUARDED_BY(mutex_);
  Take take_ FAIRLEAD_GUARDED_BY(mutex_);
  bool is_held_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_reading_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_done_ FAIRLEAD_GUARDED_BY(mutex_) = false;
  std::optional<std::string> read_ FAIRLEAD_GUARDED_BY(mutex_);  // that nobody asked for yet
  std::optional<std::string> last_ FAIRLEAD_GUARDED_BY(mutex_);  // of the end, untold
};

}  // namespace fairlead::grpcbody

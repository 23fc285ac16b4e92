// PulledCall: one call of a gRPC method, whose answers are pulled as pieces of an HTTP body.
//
// Why a base: whatever form the answers take, their hand-over between gRPC's threads and the
// asker's is the same, and the one part that is easily wrong. One message is read ahead, and no
// more before it is taken: that is what holds a service back. The hold keeps gRPC from ending the
// call while something may still be asked of it; it goes with the read that finds the end, or with
// Cancel.
// Threads: Next and Cancel from one thread of the asker's; what is virtual and protected on gRPC's,
// one after another. Lifetime: it owns itself from the start of the call
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

class PulledCall : public http::Body,
                   public std::enable_shared_from_this<PulledCall>,
                   private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  void Next(Take take) override;
  void Cancel() override;

 protected:
  // For metadata and deadline, before the start.
  grpc::ClientContext& context() { return context_; }

  // Starts the call, with its only request.
  void StartWith(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                 const std::string& request);

  // What a message is in the body; empty: nothing, and the next one is read.
  virtual std::string PieceOf(const grpc::ByteBuffer& message) = 0;
  // The call has ended: its last piece, if it has one.
  virtual std::optional<std::string> LastPieceOf(const grpc::Status& status) = 0;

 private:
  void OnReadInitialMetadataDone(bool is_there) override;
  void OnReadDone(bool is_read) override;
  void OnDone(const grpc::Status& status) override;
  void LetGo();

  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  std::shared_ptr<PulledCall> self_;
  runtime::Mutex mutex_;
  Take take_ FAIRLEAD_GUARDED_BY(mutex_);
  bool is_held_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_reading_ FAIRLEAD_GUARDED_BY(mutex_) = true;
  bool is_done_ FAIRLEAD_GUARDED_BY(mutex_) = false;
  std::optional<std::string> read_ FAIRLEAD_GUARDED_BY(mutex_);  // that nobody asked for yet
  std::optional<std::string> last_ FAIRLEAD_GUARDED_BY(mutex_);  // of the end, untold
};

}  // namespace fairlead::grpcbody

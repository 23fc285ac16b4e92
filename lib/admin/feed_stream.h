// FeedStream: one call that tells what is there and then what is new, whenever the feed wakes it.
// One write at a time; the next message is fetched when the reader has taken the last one, so a
// slow reader costs no memory.
//
// Threads: gRPC's and the feed's; the lock protects the state, and no gRPC call is made under it.
// Invariant: Finish is called once, and never while a write is under way.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "admin/event_feed.h"
#include "admin/status_code.h"
#include "base/error_reasons.h"
#include "base/result.h"

namespace fairlead::admin {

template <class Response>
class FeedStream final : public grpc::ServerWriteReactor<Response>,
                         public EventReader,
                         public std::enable_shared_from_this<FeedStream<Response>> {
 public:
  // The next message, nothing when there is none yet, or why the call ends.
  using Source = std::function<Result<std::optional<Response>>()>;

  // `follow`: go on with what is new; else end after what is there.
  FeedStream(std::shared_ptr<EventFeed> feed, Source source, bool follow)
      : feed_(std::move(feed)), follow_(follow), source_(std::move(source)) {}

  // Joins the feed and writes what is there; the object then lives until the call is done.
  void Start() {
    self_ = this->shared_from_this();
    if (Result<> added = feed_->Add(self_); !added) {
      End(ToStatus(added.error()));
      return;
    }
    Advance();
  }

  void Pump() override { Advance(); }
  void Close() override {
    End(ToStatus({.code = Code::kUnavailable,
                  .message = "watch: the daemon is stopping",
                  .reason = reasons::kDaemonStopping}));
  }
  void OnCancel() override {
    End(grpc::Status(grpc::StatusCode::CANCELLED, "watch: the caller ended the call"));
  }
  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      is_writing_ = false;
      if (!ok && !end_) end_ = grpc::Status(grpc::StatusCode::CANCELLED, "watch: reader gone");
    }
    Advance();
  }
  void OnDone() override {
    const std::shared_ptr<FeedStream> last = std::move(self_);
    feed_->Remove(last);
  }

 private:
  void End(grpc::Status status) {
    {
      const std::lock_guard lock(mutex_);
      if (!end_) end_ = std::move(status);
    }
    Advance();
  }

  void Advance() {
    std::optional<grpc::Status> finish;
    {
      const std::lock_guard lock(mutex_);
      if (is_writing_ || is_finished_) return;
      if (!end_) Fetch();
      if (!is_writing_ && !end_) return;  // until the feed wakes it
      if (!is_writing_) {
        is_finished_ = true;
        finish = *end_;
      }
    }
    if (finish) {
      this->Finish(*finish);
    } else {
      this->StartWrite(&response_);
    }
  }

  // Under the lock: sets is_writing_ with a message to write, end_, or neither.
  void Fetch() {
    Result<std::optional<Response>> next = source_();
    if (!next) {
      end_ = ToStatus(next.error());
    } else if (*next) {
      response_ = std::move(**next);
      is_writing_ = true;
    } else if (!follow_) {
      end_ = grpc::Status::OK;
    }
  }

  const std::shared_ptr<EventFeed> feed_;
  const bool follow_;
  std::shared_ptr<FeedStream> self_;  // set by Start, reset by OnDone

  std::mutex mutex_;  // protects the rest
  Source source_;
  Response response_;
  bool is_writing_ = false;
  bool is_finished_ = false;
  std::optional<grpc::Status> end_;  // why to finish as soon as no write is under way
};

}  // namespace fairlead::admin

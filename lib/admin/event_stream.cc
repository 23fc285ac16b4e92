#include "admin/event_stream.h"

#include <utility>

#include "admin/status_code.h"

namespace fairlead::admin {

EventStream::EventStream(std::shared_ptr<EventFeed> feed, EventCursor cursor, bool follow)
    : feed_(std::move(feed)), follow_(follow), cursor_(std::move(cursor)) {}

void EventStream::Start() {
  self_ = shared_from_this();
  if (Result<> added = feed_->Add(self_); !added) {
    End(ToStatus(added.error()));
    return;
  }
  Advance();
}

void EventStream::Pump() {
  Advance();
}

void EventStream::Close() {
  End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "watch events: the daemon is stopping"));
}

void EventStream::OnCancel() {
  End(grpc::Status(grpc::StatusCode::CANCELLED, "watch events: the caller ended the call"));
}

void EventStream::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    is_writing_ = false;
    if (!ok && !end_) end_ = grpc::Status(grpc::StatusCode::CANCELLED, "watch events: reader gone");
  }
  Advance();
}

void EventStream::OnDone() {
  const std::shared_ptr<EventStream> last = std::move(self_);
  feed_->Remove(last);
}

void EventStream::End(grpc::Status status) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = std::move(status);
  }
  Advance();
}

void EventStream::Advance() {
  std::optional<grpc::Status> finish;
  {
    const std::lock_guard lock(mutex_);
    if (is_writing_ || is_finished_) return;
    if (!end_) {
      if (std::optional<pb::WatchEventsResponse> next = cursor_.Next()) {
        response_ = std::move(*next);
        is_writing_ = true;
      } else if (follow_) {
        return;
      } else {
        end_ = grpc::Status::OK;
      }
    }
    if (!is_writing_) {
      is_finished_ = true;
      finish = *end_;
    }
  }
  if (finish) {
    Finish(*finish);
  } else {
    StartWrite(&response_);
  }
}

}  // namespace fairlead::admin

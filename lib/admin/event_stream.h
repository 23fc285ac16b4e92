// EventStream: one WatchEvents call. One write at a time; the next event is fetched when the reader
// has taken the last one, so a slow reader costs no memory.
//
// Threads: gRPC's and the feed's; the lock protects the state, and no gRPC call is made under it.
// Invariant: Finish is called once, and never while a write is under way.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <optional>

#include "admin/event_cursor.h"
#include "admin/event_feed.h"

namespace fairlead::admin {

class EventStream final : public grpc::ServerWriteReactor<pb::WatchEventsResponse>,
                          public EventReader,
                          public std::enable_shared_from_this<EventStream> {
 public:
  // `follow`: go on with new events; else end after the recorded ones.
  EventStream(std::shared_ptr<EventFeed> feed, EventCursor cursor, bool follow);

  // Joins the feed and writes what is there; the object then lives until the call is done.
  void Start();

  void Pump() override;
  void Close() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void End(grpc::Status status);
  void Advance();

  const std::shared_ptr<EventFeed> feed_;
  const bool follow_;
  std::shared_ptr<EventStream> self_;  // set by Start, reset by OnDone

  std::mutex mutex_;  // protects the rest
  EventCursor cursor_;
  pb::WatchEventsResponse response_;
  bool is_writing_ = false;
  bool is_finished_ = false;
  std::optional<grpc::Status> end_;  // why to finish as soon as no write is under way
};

}  // namespace fairlead::admin

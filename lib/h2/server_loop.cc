#include "h2/server_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "h2/server_call.h"
#include "h2/server_connection.h"

namespace fairlead::h2 {

ServerLoop::ServerLoop(runtime::EventLoop& event_loop, const ServerLimits& server_limits,
                       Router& server_router, Reap reap, Offended on_offence)
    : limits(server_limits),
      offended(std::move(on_offence)),
      router(server_router),
      poller(event_loop),
      reap_(std::move(reap)) {}

ServerLoop::~ServerLoop() {
  for (const std::unique_ptr<ServerCall>& call : closed_) call->TellClosed();
}

void ServerLoop::Written(ServerCall& call) {
  written_calls_.push_back(&call);
  Schedule();
}

void ServerLoop::Closed(std::unique_ptr<ServerCall> call) {
  if (call->write_pending()) {
    for (std::vector<ServerCall*>* list : {&written_calls_, &telling_}) {
      std::ranges::replace(*list, call.get(), static_cast<ServerCall*>(nullptr));
    }
  }
  closed_.push_back(std::move(call));
  Schedule();
}

void ServerLoop::Doom(ServerConnection& connection) {
  doomed_.push_back(&connection);
  Schedule();
}

void ServerLoop::ReadAgain(ServerConnection& connection) {
  unread_.push_back(&connection);
  Schedule();
}

void ServerLoop::Schedule() {
  if (std::exchange(scheduled_, true)) return;
  poller.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) EndTurn();
  });
}

void ServerLoop::EndTurn() {
  scheduled_ = false;
  // Handlers may write, finish and so fill the lists again while we go through them: that is the
  // next turn's work, so that reads and timers of others come between.
  telling_.swap(written_calls_);
  for (std::size_t i = 0; i < telling_.size(); ++i) {
    if (telling_[i] != nullptr) std::exchange(telling_[i], nullptr)->TellWritten();
  }
  telling_.clear();
  // A connection lives until it is reaped below, whatever was decided about it.
  const std::vector<ServerConnection*> unread = std::exchange(unread_, {});
  for (ServerConnection* connection : unread) connection->OnReady(EPOLLIN);
  const std::vector<ServerConnection*> doomed = std::exchange(doomed_, {});
  for (ServerConnection* connection : doomed) reap_(*connection);
  const std::vector<std::unique_ptr<ServerCall>> closed = std::exchange(closed_, {});
  for (const std::unique_ptr<ServerCall>& call : closed) call->TellClosed();
}

}  // namespace fairlead::h2

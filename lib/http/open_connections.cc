#include "http/open_connections.h"

#include <algorithm>
#include <utility>

#include "http/connection.h"

namespace fairlead::http {

bool OpenConnections::HasRoom() {
  if (open_.size() < limits.connections_max) return true;
  TellLimit("connections");
  std::shared_ptr<Connection> longest;
  for (const auto& connection : open_) {
    if (!connection->is_waiting()) continue;
    if (!longest || connection->waits_since() < longest->waits_since()) longest = connection;
  }
  if (!longest) return false;
  longest->Close();
  Leave(*longest);
  return true;
}

void OpenConnections::Enter(std::shared_ptr<Connection> connection) {
  open_.push_back(std::move(connection));
  if (told.connections) told.connections(open_.size());
}

void OpenConnections::Leave(const Connection& connection) {
  const std::size_t left =
      std::erase_if(open_, [&](const auto& candidate) { return candidate.get() == &connection; });
  if (left == 0) return;
  if (told.connections) told.connections(open_.size());
  if (is_stopping_ && open_.empty() && on_empty) on_empty();
}

void OpenConnections::BeginStop() {
  is_stopping_ = true;
  // A copy: who is closed leaves the list.
  const std::list<std::shared_ptr<Connection>> open = open_;
  for (const auto& connection : open) connection->BeginStop();
}

void OpenConnections::CloseAll() {
  is_stopping_ = true;
  // Out of the list at once: the loop may end before they do.
  const std::list<std::shared_ptr<Connection>> open = std::exchange(open_, {});
  for (const auto& connection : open) connection->Close();
  if (on_empty) on_empty();
}

bool OpenConnections::BeginStream() {
  if (streams_ >= limits.streams_max) {
    TellLimit("streams");
    return false;
  }
  ++streams_;
  return true;
}

}  // namespace fairlead::http

#include "http/open_connections.h"

#include <algorithm>
#include <utility>

#include "h2/room.h"
#include "http/connection.h"

namespace fairlead::http {

namespace {
// Whose places a connection takes: those of an address, or of a user of this host.
std::string AccountOf(const Peer& peer) {
  return peer.is_unix ? peer.Text() : peer.address.substr(0, peer.address.rfind(':'));
}
}  // namespace

std::size_t OpenConnections::CountOf(const std::string& account) const {
  const auto counted = of_account_.find(account);
  return counted == of_account_.end() ? 0 : counted->second;
}

bool OpenConnections::HasRoom(const Peer& newcomer) {
  if (open_.size() < limits.connections_max) return true;
  TellLimit("connections");
  const std::string account = AccountOf(newcomer);
  std::shared_ptr<Connection> goes;
  std::size_t most = 0;
  for (const auto& connection : open_) {
    if (!connection->is_waiting()) continue;
    const std::string its = AccountOf(connection->peer());
    const std::size_t alike = CountOf(its);
    const std::size_t others = CountOf(account) - (its == account ? 1 : 0);
    if (!h2::MakesRoom(alike, others, Duration::zero(), Duration::zero()) || alike < most) continue;
    const bool is_longer = !goes || connection->waits_since() < goes->waits_since();
    if (alike == most && !is_longer) continue;
    goes = connection;
    most = alike;
  }
  if (!goes) return false;
  goes->Close();
  Leave(*goes);
  return true;
}

void OpenConnections::Enter(std::shared_ptr<Connection> connection) {
  ++of_account_[AccountOf(connection->peer())];
  open_.push_back(std::move(connection));
  if (told.connections) told.connections(open_.size());
}

void OpenConnections::Leave(const Connection& connection) {
  const std::size_t left =
      std::erase_if(open_, [&](const auto& candidate) { return candidate.get() == &connection; });
  if (left == 0) return;
  const auto counted = of_account_.find(AccountOf(connection.peer()));
  if (--counted->second == 0) of_account_.erase(counted);
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
  of_account_.clear();
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

#include "controller/inbox.h"

#include <utility>

namespace fairlead::controller {

Inbox::Inbox(StatusBoard& board) : board_(board), mailbox_(kInboxCapacity, [this] { Wake(); }) {}

void Inbox::SetConsumer(std::function<void()> wake) {
  {
    runtime::MutexLock lock(consumer_mutex_);
    consumer_ = std::move(wake);
  }
  Wake();
}

void Inbox::Wake() {
  runtime::MutexLock lock(consumer_mutex_);
  if (consumer_) consumer_();
}

void Inbox::OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) {
  Post(fleet::ProbeFinished{.generation = generation, .outcome = outcome});
}

void Inbox::OnConnectionClosed(const Generation& generation) {
  Post(fleet::ConnectionClosed{generation});
}

void Inbox::OnSuspicion(const Generation& generation, const spec::SuspectNews& news) {
  Post(fleet::SuspicionChanged{.generation = generation, .news = news});
}

void Inbox::OnTransportRefused(const Generation& generation) {
  Post(fleet::TransportRefused{generation});
}

void Inbox::OnCanary(bool passes, const std::string& detail) {
  Post(fleet::CanaryChanged{.passes = passes, .detail = detail});
}

void Inbox::OnAdopted(const ServiceName& service, std::uint64_t revision) {
  Post(fleet::ViewAdopted{.service = service, .revision = revision});
}

bool Inbox::OnFact(fleet::Event fact) {
  return Post(std::move(fact));
}

void Inbox::OnEngineInfo(const docker::EngineInfo& info) {
  board_.EditStatus([&](DaemonStatus& status) {
    status.engine_version = info.engine_version;
    status.engine_api_version = info.api_version;
  });
}

void Inbox::OnInventory(const InventoryStatus& inventory) {
  board_.EditStatus([&](DaemonStatus& status) { status.inventory = inventory; });
}

void Inbox::OnCursor(const store::EventCursor& cursor) {
  {
    runtime::MutexLock lock(consumer_mutex_);
    cursor_ = cursor;
  }
  Wake();
}

std::optional<store::EventCursor> Inbox::TakeCursor() {
  runtime::MutexLock lock(consumer_mutex_);
  return std::exchange(cursor_, std::nullopt);
}

}  // namespace fairlead::controller

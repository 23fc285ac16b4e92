// Inbox: where every fact for the core arrives, whoever found it.
//
// Why: the parts that find facts are built before the core that consumes them, and must not know
// it. Facts that come before the consumer is set wait.
// Overflow: a full inbox refuses. A lost health result is like one never asked for; what the
// observer saw it keeps and tells again (ObserverSink::OnFact returns false). Threads: any;
// SetConsumer once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "controller/observer.h"
#include "controller/status_board.h"
#include "fleet/event.h"
#include "health/prober.h"
#include "runtime/mailbox.h"
#include "xds/publisher.h"

namespace fairlead::controller {

// Facts waiting for the core: health results of 10,000 targets and a full inventory fit in.
inline constexpr std::size_t kInboxCapacity = 65'536;

class Inbox final : public health::ProbeSink, public xds::AdoptionSink, public ObserverSink {
 public:
  // What the engine says of itself goes to the board.
  explicit Inbox(StatusBoard& board);

  // False when the inbox is full.
  bool Post(fleet::Event event) { return mailbox_.Push(std::move(event)); }
  std::vector<fleet::Event> TakeAll() { return mailbox_.TakeAll(); }
  // The newest cursor that was told and not yet taken; only that one matters.
  std::optional<store::EventCursor> TakeCursor();
  // `wake` is called whenever mail or a cursor has come after TakeAll; it should post a TakeAll to
  // its loop.
  void SetConsumer(std::function<void()> wake);

  void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) override;
  void OnConnectionClosed(const Generation& generation) override;
  void OnSuspicion(const Generation& generation, const spec::SuspectNews& news) override;
  void OnTransportRefused(const Generation& generation) override;
  void OnCanary(bool passes, const std::string& detail) override;
  void OnAdopted(const ServiceName& service, std::uint64_t revision) override;
  bool OnFact(fleet::Event fact) override;
  void OnEngineInfo(const docker::EngineInfo& info) override;
  void OnInventory(const InventoryStatus& inventory) override;
  void OnCursor(const store::EventCursor& cursor) override;

 private:
  void Wake();

  StatusBoard& board_;
  runtime::Mutex consumer_mutex_;
  std::function<void()> consumer_ FAIRLEAD_GUARDED_BY(consumer_mutex_);
  std::optional<store::EventCursor> cursor_ FAIRLEAD_GUARDED_BY(consumer_mutex_);
  runtime::Mailbox<fleet::Event> mailbox_;
};

}  // namespace fairlead::controller

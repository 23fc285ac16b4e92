// ServiceCertificates: certificates for the services whose containers say fairlead.tls=auto.
//
// How: it stands between the observer and the core, hears which containers there are, also those
// that were only created, and has another process (authority_process.h) write what they ask for.
// The core neither waits for it nor knows of it.
// Threads: facts come on the observer's loop; that process is asked, and waited for, on a thread of
// its own. Start() and Stop() from main.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "admin/certificate_messages.h"
#include "ca/authority_client.h"
#include "controller/observer.h"
#include "runtime/io_thread.h"

namespace fairlead::daemon {

// How late a renewal, a file that is gone or a clock that was set is noticed at most.
inline constexpr std::chrono::seconds kCertificateTurn{5};

class ServiceCertificates final : public controller::ObserverSink {
 public:
  // On the thread of its own.
  struct Told {
    std::function<void(const ca::KeeperNews&)> news;
    std::function<void(std::vector<admin::CertificateInUse>)> certificates;  // all of them, now
  };

  // `authority`: the pair with that process, the caller's. It and `next` outlive this.
  ServiceCertificates(int authority, controller::ObserverSink& next, Told told);
  ~ServiceCertificates() override { Stop(); }

  void Start();
  // Files stay as they are. After the observer has ended; waits for ca::kTurnPatience at most.
  void Stop() { loop_.Stop(); }

  bool OnFact(fleet::Event fact) override;
  void OnEngineInfo(const docker::EngineInfo& info) override { next_.OnEngineInfo(info); }
  void OnInventory(const controller::InventoryStatus& status) override {
    next_.OnInventory(status);
  }
  void OnCursor(const store::EventCursor& cursor) override { next_.OnCursor(cursor); }

 private:
  void Hear(const fleet::Event& fact);
  void HearOf(const fleet::ContainerObserved& observed);
  void SetComplete(bool is_complete);
  // On its own loop from here.
  void TurnSoon();
  void Turn();
  void TellAll() const;

  controller::ObserverSink& next_;
  const Told told_;
  std::set<ContainerId> asking_;  // the observer's loop: who asked for one when it was last seen
  runtime::IoThread loop_{"fl-certs"};
  boost::asio::steady_timer timer_;
  bool is_turn_due_ = false;
  ca::AuthorityClient authority_;
};

}  // namespace fairlead::daemon

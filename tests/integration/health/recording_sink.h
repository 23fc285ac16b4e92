// A prober on a thread of its own, and everything it reports.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "health/prober.h"
#include "runtime/loop_thread.h"

namespace fairlead::health::testing {

using namespace std::chrono_literals;

class RecordingSink final : public ProbeSink {
 public:
  void OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) override;
  void OnConnectionClosed(const Generation& generation) override;

  void OnSuspicion(const Generation& generation, const spec::SuspectNews& news) override;
  void OnTransportRefused(const Generation& generation) override;
  void OnCanary(bool passes, const std::string& detail) override;

  // Waits at most ten seconds for the outcome number `index` (from 0) of `id`.
  spec::CheckOutcome Outcome(const std::string& id, std::size_t index);
  bool WaitForClosed(const std::string& id);
  bool WaitForRefusal(const std::string& id);
  // Waits at most ten seconds until so many changes of the canary were told, and returns the last.
  bool WaitForCanary(std::size_t changes);
  bool HasClosed(const std::string& id);
  bool HasRefused(const std::string& id);
  // Waits at most ten seconds until `id` is at `stage`; returns when that was told.
  std::chrono::steady_clock::time_point WaitForStage(const std::string& id, spec::Suspect stage);
  struct Suspected {
    std::string id;
    spec::SuspectNews news;
    std::chrono::steady_clock::time_point at;
  };
  // All that was told so far, of everybody and of `id`.
  std::vector<Suspected> Suspicions();
  std::vector<spec::SuspectNews> Suspicions(const std::string& id);
  std::vector<spec::CheckOutcome> Outcomes(const std::string& id);
  std::size_t count();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::string, spec::CheckOutcome>> outcomes_;
  std::vector<std::string> closed_;
  std::vector<std::string> refused_;
  std::vector<bool> canary_;
  std::vector<Suspected> suspected_;
};

class ProberUnderTest {
 public:
  explicit ProberUnderTest(const ProberLimits& limits = {}, const SocketInside& inside = {},
                           const TlsSettings& tls = {}) {
    thread_.RunAndWait([&] { prober_ = MakeProber(thread_.loop(), limits, sink_, inside, tls); });
  }
  ~ProberUnderTest() {
    thread_.RunAndWait([&] { prober_.reset(); });
  }

  Prober& prober() { return *prober_; }
  RecordingSink& sink() { return sink_; }
  runtime::LoopThread& thread() { return thread_; }

 private:
  RecordingSink sink_;
  runtime::LoopThread thread_{"prober"};
  std::unique_ptr<Prober> prober_;
};

// A target on loopback that is asked once an hour (so: once, at Begin) with a 300 ms limit.
spec::CheckTarget TargetOn(std::uint16_t port, const std::string& id = "c1");

}  // namespace fairlead::health::testing

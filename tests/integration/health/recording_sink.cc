#include "integration/health/recording_sink.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fairlead::health::testing {

void RecordingSink::OnProbe(const Generation& generation, const spec::CheckOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  outcomes_.emplace_back(generation.id.value, outcome);
  changed_.notify_all();
}

void RecordingSink::OnConnectionClosed(const Generation& generation) {
  const std::lock_guard lock(mutex_);
  closed_.push_back(generation.id.value);
  changed_.notify_all();
}

spec::CheckOutcome RecordingSink::Outcome(const std::string& id, std::size_t index) {
  std::unique_lock lock(mutex_);
  spec::CheckOutcome found;
  const bool came = changed_.wait_for(lock, 10s, [&] {
    std::size_t seen = 0;
    for (const auto& [of, outcome] : outcomes_) {
      if (of == id && seen++ == index) {
        found = outcome;
        return true;
      }
    }
    return false;
  });
  EXPECT_TRUE(came) << "no outcome " << index << " of " << id;
  return found;
}

bool RecordingSink::WaitForClosed(const std::string& id) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 10s,
                           [&] { return std::ranges::find(closed_, id) != closed_.end(); });
}

void RecordingSink::OnSuspicion(const Generation& generation, const spec::SuspectNews& news) {
  const std::lock_guard lock(mutex_);
  suspected_.push_back({generation.id.value, news, std::chrono::steady_clock::now()});
  changed_.notify_all();
}

void RecordingSink::OnTransportRefused(const Generation& generation) {
  const std::lock_guard lock(mutex_);
  refused_.push_back(generation.id.value);
  changed_.notify_all();
}

void RecordingSink::OnCanary(bool passes, const std::string&) {
  const std::lock_guard lock(mutex_);
  canary_.push_back(passes);
  changed_.notify_all();
}

bool RecordingSink::WaitForCanary(std::size_t changes) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, 10s, [&] { return canary_.size() >= changes; }));
  return !canary_.empty() && canary_.back();
}

bool RecordingSink::HasClosed(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(closed_, id) != closed_.end();
}

bool RecordingSink::HasRefused(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(refused_, id) != refused_.end();
}

bool RecordingSink::WaitForRefusal(const std::string& id) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 10s,
                           [&] { return std::ranges::find(refused_, id) != refused_.end(); });
}

std::chrono::steady_clock::time_point RecordingSink::WaitForStage(const std::string& id,
                                                                  spec::Suspect stage) {
  std::unique_lock lock(mutex_);
  const Suspected* newest = nullptr;
  const bool came = changed_.wait_for(lock, 10s, [&] {
    newest = nullptr;
    for (const Suspected& one : suspected_) {
      if (one.id == id) newest = &one;
    }
    return newest != nullptr && newest->news.stage == stage;
  });
  EXPECT_TRUE(came) << id << " is not at stage " << static_cast<int>(stage) << ", last told "
                    << (newest == nullptr ? "nothing" : newest->news.evidence);
  return came ? newest->at : std::chrono::steady_clock::now();
}

std::vector<RecordingSink::Suspected> RecordingSink::Suspicions() {
  const std::lock_guard lock(mutex_);
  return suspected_;
}

std::vector<spec::SuspectNews> RecordingSink::Suspicions(const std::string& id) {
  const std::lock_guard lock(mutex_);
  std::vector<spec::SuspectNews> all;
  for (const Suspected& one : suspected_) {
    if (one.id == id) all.push_back(one.news);
  }
  return all;
}

std::vector<spec::CheckOutcome> RecordingSink::Outcomes(const std::string& id) {
  const std::lock_guard lock(mutex_);
  std::vector<spec::CheckOutcome> all;
  for (const auto& [of, outcome] : outcomes_) {
    if (of == id) all.push_back(outcome);
  }
  return all;
}

std::size_t RecordingSink::count() {
  const std::lock_guard lock(mutex_);
  return outcomes_.size();
}

spec::CheckTarget TargetOn(std::uint16_t port, const std::string& id) {
  spec::CheckTarget target;
  target.generation = {ContainerId(id), "2026-01-01T00:00:00Z"};
  target.ip = "127.0.0.1";
  target.port = port;
  target.health.interval = 1h;
  target.health.timeout = 300ms;
  return target;
}

}  // namespace fairlead::health::testing

#include "xds/load_ledger.h"

#include <algorithm>
#include <utility>

namespace fairlead::xds {
namespace {

constexpr double kPerThousand = 1'000;
// Whoever connects chooses the numbers; these add up without end, and stay whole as doubles.
constexpr double kRateMax = 1e12;

std::uint64_t Rate(std::uint64_t count, Duration interval) {
  if (interval <= Duration::zero()) {
    return 0;  // not told
  }
  const double seconds = std::chrono::duration<double>(interval).count();
  return static_cast<std::uint64_t>(
      std::min(static_cast<double>(count) / seconds * kPerThousand, kRateMax));
}

CallRates RatesOf(const CallCounts& calls, std::uint64_t dropped, Duration interval) {
  return {.issued = Rate(calls.issued, interval),
          .failed = Rate(calls.failed, interval),
          .dropped = Rate(dropped, interval)};
}

}  // namespace

spec::CallLoad ServiceLoadTotal::Now() const {
  return {.clients = clients,
          .in_progress = in_progress,
          .issued_per_second = static_cast<double>(rates.issued) / kPerThousand,
          .failed_per_second = static_cast<double>(rates.failed) / kPerThousand,
          .dropped_per_second = static_cast<double>(rates.dropped) / kPerThousand,
          .told_at = told_at};
}

// What a report says of now, and not of the time before it.
void LoadLedger::TakeBack(const LoadReport& report) {
  for (const auto& [service, load] : report) {
    ServiceLoadTotal& total = totals_.at(service);
    --total.clients;
    total.in_progress -= load.calls.in_progress;
    const CallRates rates = RatesOf(load.calls, load.dropped, load.interval);
    total.rates.issued -= rates.issued;
    total.rates.failed -= rates.failed;
    total.rates.dropped -= rates.dropped;
  }
}

void LoadLedger::Take(StreamKey stream, LoadReport report, TimePoint now) {
  Last& last = streams_.at(stream);
  TakeBack(last.report);
  for (const auto& [service, load] : report) {
    ServiceLoadTotal& total = totals_[service];
    ++total.clients;
    total.in_progress += load.calls.in_progress;
    const CallRates rates = RatesOf(load.calls, load.dropped, load.interval);
    total.rates.issued += rates.issued;
    total.rates.failed += rates.failed;
    total.rates.dropped += rates.dropped;
    total.told_at = now;
    total.issued += load.calls.issued;
    total.succeeded += load.calls.succeeded;
    total.failed += load.calls.failed;
    total.dropped += load.dropped;
  }
  std::map<std::string, TimePoint> quiet_at = QuietAt(last, report);
  last = {.report = std::move(report), .at = now, .quiet_at = std::move(quiet_at)};
}

std::map<std::string, TimePoint> LoadLedger::QuietAt(const Last& before, const LoadReport& report) {
  std::map<std::string, TimePoint> quiet_at;
  if (!before.at) {
    return quiet_at;
  }
  for (const auto& [service, load] : report) {
    if (load.calls.in_progress == 0) {
      continue;
    }
    const auto earlier = before.quiet_at.find(service);
    const auto known = before.report.find(service);
    if (known == before.report.end() || known->second.calls.in_progress == 0) {
      quiet_at.emplace(service, *before.at);
    } else if (earlier != before.quiet_at.end()) {
      quiet_at.insert(*earlier);
    }
  }
  return quiet_at;
}

bool LoadLedger::IsQuiet(const Last& last, const std::string& service, TimePoint since) {
  const auto told = last.report.find(service);
  if (told == last.report.end() || told->second.calls.in_progress == 0) {
    return *last.at > since;
  }
  const auto quiet = last.quiet_at.find(service);
  return quiet != last.quiet_at.end() && quiet->second > since;
}

bool LoadLedger::IsQuiet(std::uint64_t connection, const std::string& service, TimePoint since,
                         TimePoint now, Duration silence) const {
  const auto says_nothing = [](const auto& entry) {
    return entry.second.calls == CallCounts{} && entry.second.dropped == 0;
  };
  bool is_quiet = false;
  for (auto stream = streams_.lower_bound({.connection = connection});
       stream != streams_.end() && stream->first.connection == connection; ++stream) {
    const Last& last = stream->second;
    is_quiet = last.at &&
               (IsQuiet(last, service, since) || (std::ranges::all_of(last.report, says_nothing) &&
                                                  now - std::max(*last.at, since) > silence));
    if (!is_quiet) {
      return false;
    }
  }
  return is_quiet;
}

void LoadLedger::End(StreamKey stream) {
  const auto known = streams_.find(stream);
  if (known != streams_.end()) {
    TakeBack(known->second.report);
    streams_.erase(known);
  }
}

void LoadLedger::Drop(const std::string& service) {
  if (totals_.erase(service) == 0) {
    return;
  }
  for (auto& [stream, last] : streams_) {
    last.report.erase(service);
  }
}

bool LoadLedger::Reports(std::uint64_t connection) const {
  const auto first = streams_.lower_bound({.connection = connection});
  return first != streams_.end() && first->first.connection == connection;
}

std::optional<LoadLedger::Told> LoadLedger::Find(std::uint64_t connection,
                                                 const std::string& service) const {
  std::optional<Told> told;
  for (auto stream = streams_.lower_bound({.connection = connection});
       stream != streams_.end() && stream->first.connection == connection; ++stream) {
    const Last& last = stream->second;
    const auto found = last.report.find(service);
    if (found == last.report.end()) {
      continue;
    }
    if (!told) {
      told = Told{.load = found->second, .at = *last.at};
      continue;
    }
    told->at = std::max(told->at, *last.at);
    told->load.calls += found->second.calls;
    told->load.dropped += found->second.dropped;
    for (const auto& [address, calls] : found->second.endpoints) {
      told->load.endpoints[address] += calls;
    }
  }
  return told;
}

spec::CallLoad LoadLedger::LoadAt(const std::string& service,
                                  const std::vector<std::string>& addresses) const {
  ServiceLoadTotal total;
  for (const auto& [stream, last] : streams_) {
    const auto told = last.report.find(service);
    if (told == last.report.end()) {
      continue;
    }
    bool is_named = false;
    for (const std::string& address : addresses) {
      const auto found = told->second.endpoints.find(address);
      if (found == told->second.endpoints.end()) {
        continue;
      }
      is_named = true;
      const CallRates rates = RatesOf(found->second, 0, told->second.interval);
      total.in_progress += found->second.in_progress;
      total.rates.issued += rates.issued;
      total.rates.failed += rates.failed;
    }
    if (is_named) {
      ++total.clients;
      total.told_at = std::max(total.told_at, *last.at);
    }
  }
  return total.Now();
}

}  // namespace fairlead::xds

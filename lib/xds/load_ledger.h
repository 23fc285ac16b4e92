// LoadLedger: the last load report of every client, and what all of them add up to per service.
//
// Why sums as they come: metrics ask each second, and must not visit thousands of clients.
// A report speaks for all services that a client calls: one that it does not name has no calls.
// Pure; lives on the discovery loop.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "spec/call_load.h"
#include "xds/load_report.h"

namespace fairlead::xds {

// Thousandths of a call per second, in whole numbers: what a report adds is taken back exactly.
struct CallRates {
  std::uint64_t issued = 0;
  std::uint64_t failed = 0;
  std::uint64_t dropped = 0;
  bool operator==(const CallRates&) const = default;
};

// What all clients told about one service.
struct ServiceLoadTotal {
  // By their last reports:
  std::uint64_t clients = 0;  // whose last report names it
  std::uint64_t in_progress = 0;
  CallRates rates;
  TimePoint told_at{};  // when the newest that named it came
  // Since the daemon began, also of clients that have gone.
  std::uint64_t issued = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t dropped = 0;
  bool operator==(const ServiceLoadTotal&) const = default;

  spec::CallLoad Now() const;
};

class LoadLedger {
 public:
  // A stream of reports: the connection that carries it, and which one there. A process may have
  // several discovery clients behind one connection, each with a stream of its own.
  struct StreamKey {
    std::uint64_t connection = 0;  // h2::Peer::connection
    std::uint64_t number = 0;
    auto operator<=>(const StreamKey&) const = default;
  };
  struct Told {
    ServiceLoad load;
    TimePoint at{};
  };

  // Opens with no report.
  void Begin(StreamKey stream) { streams_[stream]; }
  // REQUIRES: Begin(), and names of services that exist alone.
  void Take(StreamKey stream, LoadReport report, TimePoint now);
  // The client is gone, and so are its open calls.
  void End(StreamKey stream);
  // The service is gone, and all that was told of it.
  void Drop(const std::string& service);

  // Whether clients behind this connection report.
  bool Reports(std::uint64_t connection) const;
  // What they told last of the service, together; nothing: they named it not.
  std::optional<Told> Find(std::uint64_t connection, const std::string& service) const;
  // Whether every stream of this connection, and there is one, has told after `since` that no call
  // to the service was open, or keeps silent because it had nothing to tell and still has not.
  // `silence`: how long that takes to show; C-core does not repeat a report of nothing.
  bool IsQuiet(std::uint64_t connection, const std::string& service, TimePoint since, TimePoint now,
               Duration silence) const;
  // What those clients that tell replicas apart told last of the one at `addresses`
  // ("10.0.0.5:50051"). Looks at every stream.
  spec::CallLoad LoadAt(const std::string& service,
                        const std::vector<std::string>& addresses) const;
  const std::map<std::string, ServiceLoadTotal>& totals() const { return totals_; }
  std::size_t stream_count() const { return streams_.size(); }

 private:
  struct Last {
    LoadReport report;
    std::optional<TimePoint> at;  // none: no report yet
    // When a report said last that there is no open call to a service that now has some.
    std::map<std::string, TimePoint> quiet_at;
  };

  static bool IsQuiet(const Last& last, const std::string& service, TimePoint since);
  static std::map<std::string, TimePoint> QuietAt(const Last& before, const LoadReport& report);
  void TakeBack(const LoadReport& report);

  std::map<StreamKey, Last> streams_;
  std::map<std::string, ServiceLoadTotal> totals_;
};

}  // namespace fairlead::xds

// LoadStream: one client's stream of load reports (LRS), joined to its HTTP/2 stream.
//
// How: the first request is answered with what to report and how often; every later one is a
// report. Who the client is follows from the connection, which carries its discovery stream too.
// Threads: the discovery loop. Owned by the HTTP/2 server; leaves the ledger in OnClosed().
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "h2/frame_meter.h"
#include "h2/server.h"
#include "xds/load_ledger.h"

namespace fairlead::xds {

inline constexpr std::string_view kLoadReportPath =
    "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";

// What a client is told: report on every cluster, by host where you can, so often.
// C-core 1.51 dies of an answer without the interval.
h2::SharedBytes MakeLoadOrder(Duration interval);

class LoadStream final : public h2::StreamHandler {
 public:
  // Whether there is a service of this name: what a client tells of others is not kept.
  using IsService = std::function<bool(const std::string& name)>;

  // All but `key` outlive it. `order`: MakeLoadOrder().
  LoadStream(LoadLedger& ledger, LoadLedger::StreamKey key, h2::ServerStream& stream,
             const LoadLimits& limits, h2::SharedBytes order, IsService is_service);

  void OnMessage(std::span<const std::byte> message) override;
  void OnWritten() override {}
  void OnHalfClose() override;
  void OnAged() override;
  void OnClosed() override;

 private:
  void Finish(Code code, std::string_view text);

  LoadLedger& ledger_;
  const LoadLedger::StreamKey key_;
  h2::ServerStream& stream_;
  const LoadLimits& limits_;
  const h2::SharedBytes order_;
  const IsService is_service_;
  h2::RateBudget reports_;
  bool is_told_ = false;  // what to report
  bool is_finished_ = false;
};

}  // namespace fairlead::xds

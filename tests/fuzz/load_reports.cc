// Load reports of hostile clients: what is kept of them is bounded, and what all told adds up.
#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/targets.h"
#include "xds/load_ledger.h"
#include "xds/load_report.h"

namespace fairlead::fuzz {
namespace {

constexpr xds::LoadLimits kLoadLimits{
    .report_bytes_max = 200, .services_max = 3, .endpoints_per_service_max = 2};

void CheckBounds(const xds::LoadReport& report) {
  CHECK(report.size() <= kLoadLimits.services_max);
  for (const auto& [service, load] : report) {
    CHECK(load.endpoints.size() <= kLoadLimits.endpoints_per_service_max);
    CHECK(load.interval >= Duration::zero());
  }
}

}  // namespace

// Each message has its length before it, in one byte; three clients tell in turn, and leave at the
// end.
int FuzzLoadReports(std::string_view input) {
  constexpr std::uint64_t kClients = 3;
  xds::LoadLedger ledger;
  std::map<std::uint64_t, xds::LoadReport> last;
  for (std::uint64_t client = 0; client < kClients; ++client) ledger.Begin({.connection = client});
  for (std::uint64_t turn = 0; !input.empty(); ++turn) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<unsigned char>(input.front()), input.size() - 1);
    const std::string_view message = input.substr(1, length);
    input.remove_prefix(1 + length);
    const auto report = xds::ReadLoadReport(std::as_bytes(std::span(message)), kLoadLimits);
    if (!report) {
      CHECK(report.error().code == (length > kLoadLimits.report_bytes_max
                                        ? Code::kResourceExhausted
                                        : Code::kInvalidArgument));
      continue;
    }
    CheckBounds(*report);
    ledger.Take({.connection = turn % kClients}, *report, TimePoint{});
    last[turn % kClients] = *report;
    for (const auto& [service, total] : ledger.totals()) {
      std::uint64_t clients = 0;
      std::uint64_t open = 0;
      for (const auto& [client, told] : last) {
        const auto found = told.find(service);
        if (found == told.end()) continue;
        ++clients;
        open += found->second.calls.in_progress;
      }
      CHECK(total.clients == clients && total.in_progress == open);
    }
  }
  for (std::uint64_t client = 0; client < kClients; ++client) ledger.End({.connection = client});
  for (const auto& [service, total] : ledger.totals()) {
    CHECK(total.clients == 0 && total.in_progress == 0 && total.rates == xds::CallRates());
  }
  return 0;
}

}  // namespace fairlead::fuzz

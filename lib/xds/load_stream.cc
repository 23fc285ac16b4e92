#include "xds/load_stream.h"

#include <memory>
#include <string>
#include <utility>

#include "envoy/service/load_stats/v3/lrs.pb.h"
#include "runtime/clock.h"
#include "xds/message_encoding.h"

namespace fairlead::xds {

h2::SharedBytes MakeLoadOrder(Duration interval) {
  envoy::service::load_stats::v3::LoadStatsResponse order;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
  order.mutable_load_reporting_interval()->set_seconds(seconds.count());
  order.mutable_load_reporting_interval()->set_nanos(static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(interval - seconds).count()));
  order.set_report_endpoint_granularity(true);
  order.set_send_all_clusters(true);
  const std::string bytes = Serialise(order);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  return std::make_shared<const h2::Bytes>(begin, begin + bytes.size());
}

LoadStream::LoadStream(LoadLedger& ledger, LoadLedger::StreamKey key, h2::ServerStream& stream,
                       const LoadLimits& limits, h2::SharedBytes order, IsService is_service)
    : ledger_(ledger),
      key_(key),
      stream_(stream),
      limits_(limits),
      order_(std::move(order)),
      is_service_(std::move(is_service)),
      reports_(limits.reports_per_minute_max, std::chrono::minutes(1)) {
  ledger_.Begin(key_);
}

void LoadStream::OnMessage(std::span<const std::byte> message) {
  if (is_finished_) {
    return;
  }
  const TimePoint now = runtime::Now();
  if (!reports_.Spend(1, now)) {
    Finish(Code::kResourceExhausted, "read load report: more reports than this stream may send");
    return;
  }
  Result<LoadReport> report = ReadLoadReport(message, limits_);
  if (!report) {
    Finish(report.error().code, report.error().message);
    return;
  }
  if (!std::exchange(is_told_, true)) {
    stream_.Write(order_, {});
    if (report->empty()) {
      return;  // the first says who it is, and nothing of calls
    }
  }
  std::erase_if(*report, [this](const auto& entry) { return !is_service_(entry.first); });
  ledger_.Take(key_, std::move(*report), now);
}

void LoadStream::OnHalfClose() {
  Finish(Code::kOk, "");
}

void LoadStream::OnAged() {
  Finish(Code::kOk, "");
}

void LoadStream::OnClosed() {
  ledger_.End(key_);
}

void LoadStream::Finish(Code code, std::string_view text) {
  if (!std::exchange(is_finished_, true)) {
    stream_.Finish(code, text);
  }
}

}  // namespace fairlead::xds

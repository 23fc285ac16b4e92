// The page /metrics in Prometheus' text format (version 0.0.4). Pure.
#pragma once

#include <string>

#include "metrics/meter.h"

namespace fairlead::metrics {

inline constexpr const char* kPageType = "text/plain; version=0.0.4; charset=utf-8";

// Metrics in the order of their table, each with its meaning; those without a series are left out.
std::string PageOf(const Meter& meter);

// The table of all metrics as manifests/metrics.md has it, header lines included.
std::string ReferenceTable();

}  // namespace fairlead::metrics

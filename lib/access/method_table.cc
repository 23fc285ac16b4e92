#include "access/method_table.h"

#include <algorithm>
#include <array>

namespace fairlead::access {
namespace {

using enum Role;

constexpr auto kTable = std::to_array<MethodRule>({
    {"GetStatus", kViewer},
    {"ListServices", kViewer},
    {"ListReplicas", kViewer},
    {"ListDiagnostics", kViewer},
    {"Lint", kViewer},
    {"ListClients", kViewer},
    {"GetClient", kViewer},
    {"WatchEvents", kViewer},
    {"WatchEndpoints", kViewer},
    {"Restart", kOperator, kAdmin},
    {"Drain", kOperator, kAdmin},
    {"Undrain", kOperator},
    {"Evict", kOperator, kAdmin},
    {"DryRun", kOperator, kAdmin},
    {"Pause", kOperator},
    {"Resume", kOperator},
    {"GetBootstrap", kViewer},
    {"GetConfig", kViewer},
    {"ListCertificates", kViewer},
    {"SetLogLevel", kAdmin},
    {"Explain", kViewer},
    // It connects from inside containers and shows the end of a log.
    {"Diagnose", kOperator},
});

}  // namespace

std::span<const MethodRule> MethodTable() {
  return kTable;
}

const MethodRule* FindMethod(std::string_view method) {
  const auto* const found = std::ranges::find(kTable, method, &MethodRule::method);
  return found == kTable.end() ? nullptr : &*found;
}

}  // namespace fairlead::access

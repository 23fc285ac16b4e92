// Clients of discovery as messages of the API. Pure, given a source of reports.
//
// Why pages are asked for one by one: the source stops discovery for the time it takes to look, so
// it is never asked for more than one answer holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "admin/render.h"
#include "base/result.h"
#include "fairlead/admin/v1/admin.pb.h"
#include "xds/client_report.h"

namespace fairlead::admin {

// Any thread but discovery's own.
using ClientSource = std::function<std::vector<xds::ClientReport>(const xds::ClientQuery&)>;

// Whoever connects chooses the texts. With these limits an answer stays below the 4 MiB that stock
// gRPC clients take: 100 clients of at most 32 KiB each.
inline constexpr int kClientsPerPageMax = 100;
inline constexpr std::size_t kNamesListedMax = 5;
inline constexpr std::size_t kNamesShownMax = 1000;  // of one client, per type
inline constexpr std::size_t kLeftOutShownMax = 20;  // replicas, per service
inline constexpr std::size_t kCallsShownMax = 200;   // services, with 20 hosts each

pb::Client RenderClient(const xds::ClientReport& report, WallClock wall);

// kInvalidArgument: a negative page_size, or a token that is none of ours.
Result<pb::ListClientsResponse> ListClients(const pb::ListClientsRequest& request,
                                            const ClientSource& source, WallClock wall);
// kInvalidArgument: no name of a client. kNotFound: it has gone, or never was.
Result<pb::Client> GetClient(const pb::GetClientRequest& request, const ClientSource& source,
                             WallClock wall);

}  // namespace fairlead::admin

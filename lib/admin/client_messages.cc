#include "admin/client_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <utility>

#include "admin/read_mask.h"
#include "admin/render_values.h"
#include "base/error_reasons.h"
#include "base/text.h"

namespace fairlead::admin {
namespace {

constexpr std::string_view kClients = "clients/";

std::string ClientName(std::uint64_t number) {
  return std::string(kClients) + std::to_string(number);
}

std::optional<std::uint64_t> ClientNumber(std::string_view name) {
  if (!name.starts_with(kClients)) return std::nullopt;
  name.remove_prefix(kClients.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
  return number;
}

std::string NonceText(std::uint64_t nonce) {
  return nonce == 0 ? "" : std::to_string(nonce);
}

pb::ClientResources::State StateOf(const xds::ClientReport::Type& type) {
  if (type.unanswered_count > 0) return pb::ClientResources::SENT;
  if (type.refused.nonce != 0) return pb::ClientResources::REFUSED;
  return type.sent.nonce != 0 ? pb::ClientResources::ACKNOWLEDGED : pb::ClientResources::REQUESTED;
}

pb::ClientResources RenderResources(const xds::ClientReport::Type& type, WallClock wall) {
  pb::ClientResources out;
  out.set_type(type.resource_type);
  out.set_state(StateOf(type));
  out.set_is_wildcard(type.is_wildcard);
  out.set_name_count(static_cast<std::int32_t>(type.name_count));
  for (const std::string& name : type.names) out.add_names(Printable(name));
  for (const auto& [name, why] : type.missing) {
    pb::ClientMissing& missing = *out.add_missing();
    missing.set_name(Printable(name));
    missing.set_reason(Printable(why));
  }
  out.set_sent_version(type.sent.version);
  out.set_sent_nonce(NonceText(type.sent.nonce));
  out.set_acknowledged_version(type.acknowledged.version);
  out.set_acknowledged_nonce(NonceText(type.acknowledged.nonce));
  if (type.refused.nonce != 0) {
    pb::ClientRefusal& refusal = *out.mutable_refusal();
    refusal.set_version(type.refused.version);
    refusal.set_nonce(NonceText(type.refused.nonce));
    refusal.set_text(Printable(type.refused_text, 1024));
    SetTime(refusal.mutable_time(), wall(type.refused_at));
  }
  out.set_unanswered_count(static_cast<std::int32_t>(type.unanswered_count));
  if (type.unanswered_since) {
    SetTime(out.mutable_unanswered_since(), wall(*type.unanswered_since));
  }
  return out;
}

void RenderPlace(const xds::ClientPlace& place, pb::Client& out) {
  out.set_is_placed(true);
  out.set_container_id(Printable(place.container));
  out.set_project(Printable(place.project));
  if (place.viewer.network_ids) {
    for (const std::string& id : *place.viewer.network_ids | std::views::take(kLeftOutShownMax)) {
      out.add_network_ids(Printable(id));
    }
  }
  out.set_place_doubt(Printable(place.doubt));
  out.set_is_off_host(place.is_off_host);
}

// Who it is by its certificate, and what it may see for that.
void RenderAdmission(const xds::ClientReport& report, WallClock wall, pb::Client& out) {
  for (const std::string& name : report.names | std::views::take(kLeftOutShownMax)) {
    out.add_identities(Printable(name));
  }
  out.set_is_limited(report.projects.has_value());
  if (report.projects) {
    for (const std::string& project : *report.projects | std::views::take(kLeftOutShownMax)) {
      out.add_projects(Printable(project));
    }
  }
  out.set_denied(Printable(report.denied, 1024));
  if (report.ended_at) SetTime(out.mutable_denied_time(), wall(*report.ended_at));
}

// A service and a replica are counted by the same fields.
template <class Message>
void RenderCounts(const xds::CallCounts& calls, Message& out) {
  out.set_in_progress(Count(calls.in_progress));
  out.set_issued(Count(calls.issued));
  out.set_succeeded(Count(calls.succeeded));
  out.set_failed(Count(calls.failed));
}

pb::ClientCalls RenderCalls(const xds::ClientReport::Calls& calls, WallClock wall) {
  pb::ClientCalls out;
  out.set_service(Printable(calls.service));
  SetTime(out.mutable_time(), wall(calls.at));
  SetDuration(out.mutable_interval(), calls.load.interval);
  RenderCounts(calls.load.calls, out);
  out.set_dropped(Count(calls.load.dropped));
  out.set_endpoint_count(static_cast<std::int32_t>(calls.load.endpoints.size()));
  for (const auto& [address, counts] : calls.load.endpoints | std::views::take(kLeftOutShownMax)) {
    pb::ClientEndpointCalls& endpoint = *out.add_endpoints();
    endpoint.set_address(Printable(address));
    RenderCounts(counts, endpoint);
  }
  return out;
}

}  // namespace

pb::Client RenderClient(const xds::ClientReport& report, WallClock wall) {
  pb::Client out;
  out.set_name(ClientName(report.number));
  out.set_node_id(Printable(report.node.id));
  out.set_node_cluster(Printable(report.node.cluster));
  out.set_user_agent(Printable(report.node.user_agent));
  out.set_user_agent_version(Printable(report.node.user_agent_version));
  out.set_tls_directory(Printable(report.node.tls_directory));
  out.set_protocol(report.is_delta ? pb::Client::INCREMENTS : pb::Client::STATE_OF_THE_WORLD);
  out.set_only_type(report.only);
  SetTime(out.mutable_connect_time(), wall(report.opened_at));
  out.set_pid(report.pid);
  out.set_address(Printable(report.address));
  if (report.place) RenderPlace(*report.place, out);
  RenderAdmission(report, wall, out);
  for (const xds::ClientReport::Type& type : report.types) {
    *out.add_resources() = RenderResources(type, wall);
  }
  for (const auto& [service, replicas] : report.left_out) {
    pb::ClientLeftOut& left_out = *out.add_left_out();
    left_out.set_service(Printable(service));
    left_out.set_replica_count(static_cast<std::int32_t>(replicas.size()));
    for (const std::string& replica : replicas | std::views::take(kLeftOutShownMax)) {
      left_out.add_replicas(Printable(replica));
    }
  }
  out.set_tells_calls(report.tells_calls);
  for (const xds::ClientReport::Calls& calls : report.calls | std::views::take(kCallsShownMax)) {
    *out.add_calls() = RenderCalls(calls, wall);
  }
  return out;
}

Result<pb::ListClientsResponse> ListClients(const pb::ListClientsRequest& request,
                                            const ClientSource& source, WallClock wall) {
  if (request.page_size() < 0) {
    return Fail(Code::kInvalidArgument, "page_size: must not be negative",
                {.subject = "page_size"});
  }
  if (Result<> checked = CheckReadMask(request.read_mask(), *pb::Client::descriptor()); !checked)
    return std::unexpected(checked.error());
  const std::optional<std::uint64_t> after = ClientNumber(request.page_token());
  if (!after && !request.page_token().empty()) {
    return Fail(Code::kInvalidArgument, "page_token: is not the next_page_token of an answer",
                {.subject = "page_token"});
  }
  const auto wanted = static_cast<std::size_t>(
      request.page_size() == 0 ? kClientsPerPageMax
                               : std::min(request.page_size(), kClientsPerPageMax));
  // One more than is shown tells whether there is a next page.
  std::vector<xds::ClientReport> reports =
      source({.after = after.value_or(0), .clients_max = wanted + 1, .names_max = kNamesListedMax});
  pb::ListClientsResponse response;
  for (const xds::ClientReport& report : reports | std::views::take(wanted)) {
    pb::Client& client = *response.add_clients();
    client = RenderClient(report, wall);
    ApplyReadMask(request.read_mask(), client);
  }
  if (reports.size() > wanted) {
    response.set_next_page_token(ClientName(reports[wanted - 1].number));
  }
  return response;
}

Result<pb::Client> GetClient(const pb::GetClientRequest& request, const ClientSource& source,
                             WallClock wall) {
  const std::optional<std::uint64_t> number = ClientNumber(request.name());
  if (!number) {
    return Fail(
        Code::kInvalidArgument,
        fmt::format("name: \"{}\" is not of the form clients/17", Printable(request.name())),
        {.subject = "name"});
  }
  const std::vector<xds::ClientReport> reports =
      source({.after = *number - 1, .clients_max = 1, .names_max = kNamesShownMax});
  if (reports.empty() || reports[0].number != *number) {
    return Fail(Code::kNotFound,
                fmt::format("show {}: it is not connected", Printable(request.name())),
                {.reason = reasons::kNoSuchClient, .subject = Printable(request.name())});
  }
  return RenderClient(reports[0], wall);
}

}  // namespace fairlead::admin

#include "cli/show_clients.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "cli/show.h"

namespace fairlead::cli {
namespace {

// Clients acknowledge within milliseconds; one that has not for so long does not read.
constexpr std::int64_t kSilentSeconds = 5;
// Wider than any screen: nothing is cut.
constexpr std::size_t kWideColumns = 10'000;

std::string Joined(std::string_view first, std::string_view second) {
  return std::string(first) + (first.empty() || second.empty() ? "" : " ") + std::string(second);
}

std::string NumberOf(const pb::Client& client) {
  return client.name().substr(client.name().rfind('/') + 1);
}

// "container 0123456789ab of shop", "host pid 4711", "elsewhere 10.0.0.5 as DNS:web.corp"
std::string PlaceOf(const pb::Client& client) {
  constexpr std::size_t kIdDigits = 12;  // as docker ps prints ids
  if (!client.container_id().empty()) {
    const std::string project = client.project().empty() ? "" : " of " + client.project();
    return "container " + client.container_id().substr(0, kIdDigits) + project;
  }
  const std::string peer =
      client.pid() != 0 ? fmt::format("pid {}", client.pid()) : std::string(client.address());
  if (!client.is_placed()) return Joined("unknown yet", peer);
  if (client.is_off_host()) {
    const std::string who = client.identities().empty() ? "" : "as " + client.identities(0);
    return Joined(Joined("elsewhere", peer), who);
  }
  return Joined(client.place_doubt().empty() ? "host" : "host?", peer);
}

// "user-service.shop +2 endpoints", "everything"
std::string AskedFor(const pb::Client& client) {
  const pb::ClientResources* named = nullptr;
  for (const pb::ClientResources& asked : client.resources()) {
    if (asked.is_wildcard()) return "everything";
    const bool is_better =
        asked.type() == "endpoints" || (asked.type() == "listeners" && named == nullptr);
    if (asked.name_count() > 0 && is_better) named = &asked;
  }
  if (named == nullptr || named->names().empty()) return "-";
  const int others = named->name_count() - 1;
  return named->names(0) + (others > 0 ? fmt::format(" +{}", others) : "");
}

std::int64_t SilentSeconds(const pb::ClientResources& asked, std::int64_t now) {
  return asked.has_unanswered_since() ? now - asked.unanswered_since().seconds() : 0;
}

Cell StateOf(const pb::ClientResources& asked, std::int64_t now) {
  if (asked.has_refusal()) return {"refused: " + asked.refusal().text(), Colour::kBad};
  const std::int64_t silent = SilentSeconds(asked, now);
  if (silent >= kSilentSeconds) return {"no answer for " + Age(silent), Colour::kBad};
  switch (asked.state()) {
    case pb::ClientResources::REQUESTED:
      return {"nothing to send", Colour::kFaint};
    case pb::ClientResources::SENT:
      return {"sent", Colour::kNone};
    case pb::ClientResources::ACKNOWLEDGED:
      return {"acknowledged", Colour::kGood};
    default:
      return {"unknown", Colour::kNone};
  }
}

// The worst that is to be said, with the type it is said of.
Cell StateOf(const pb::Client& client, std::int64_t now) {
  if (!client.denied().empty()) return {"denied: " + client.denied(), Colour::kBad};
  if (!client.is_placed()) return {"not placed yet", Colour::kNone};
  Cell state{"acknowledged", Colour::kGood};
  for (const pb::ClientResources& asked : client.resources()) {
    if (asked.missing_size() > 0) {
      state = {asked.missing(0).name() + ": " + asked.missing(0).reason(), Colour::kBad};
    }
  }
  for (const pb::ClientResources& asked : client.resources()) {
    const Cell here = StateOf(asked, now);
    const bool is_worse = here.colour == Colour::kBad ||
                          (state.colour == Colour::kGood && here.colour != Colour::kGood);
    if (is_worse) state = {asked.type() + " " + here.text, here.colour};
    if (here.colour == Colour::kBad) return state;
  }
  return client.resources().empty() ? Cell{"asked for nothing", Colour::kNone} : state;
}

// Who it is by its certificate, what it sees for that, and why no more.
std::string ShowAdmission(const pb::Client& client, std::int64_t now, TableStyle style) {
  std::string text;
  for (const std::string& identity : client.identities()) {
    text += "identity  " + Printable(identity, 512) + "\n";
  }
  if (client.is_limited()) {
    const std::string seen = fmt::format("{}", fmt::join(client.projects(), ", "));
    text += "sees      " + (seen.empty() ? "nothing" : "projects " + Printable(seen, 1024)) + "\n";
  }
  if (!client.denied().empty()) {
    const std::string when =
        client.has_denied_time()
            ? fmt::format("denied    its stream was ended {} ago: ",
                          Age(std::max<std::int64_t>(now - client.denied_time().seconds(), 0)))
            : std::string("denied    ");
    text += when + Coloured(Printable(client.denied(), 1024), Colour::kBad, style.colour) + "\n";
  }
  return text;
}

std::string Response(std::string_view version, std::string_view nonce) {
  return nonce.empty() ? "-" : fmt::format("{} #{}", Printable(version), Printable(nonce));
}

std::string ShowResources(const pb::ClientResources& asked, std::int64_t now, TableStyle style) {
  const Cell state = StateOf(asked, now);
  std::string text = fmt::format("\n{:<10}{}\n", asked.type(),
                                 Coloured(Printable(state.text, 1024), state.colour, style.colour));
  text += fmt::format("  sent          {}\n", Response(asked.sent_version(), asked.sent_nonce()));
  text += fmt::format("  acknowledged  {}\n",
                      Response(asked.acknowledged_version(), asked.acknowledged_nonce()));
  if (asked.has_refusal()) {
    text += fmt::format("  refused       {}, {} ago\n",
                        Response(asked.refusal().version(), asked.refusal().nonce()),
                        Age(now - asked.refusal().time().seconds()));
  }
  if (asked.unanswered_count() > 0) {
    text += fmt::format("  unanswered    {}, the oldest for {}\n", asked.unanswered_count(),
                        Age(SilentSeconds(asked, now)));
  }
  text += asked.is_wildcard() ? "  asked for     everything\n" : "";
  for (const std::string& name : asked.names()) {
    text += fmt::format("  asked for     {}\n", Printable(name, 512));
  }
  if (asked.name_count() > asked.names_size()) {
    text += fmt::format("  asked for     {} more\n", asked.name_count() - asked.names_size());
  }
  for (const pb::ClientMissing& missing : asked.missing()) {
    text += fmt::format("  missing       {}: {}\n", Printable(missing.name(), 512),
                        Coloured(Printable(missing.reason(), 512), Colour::kBad, style.colour));
  }
  return text;
}

// "3 open; 120 issued, 118 succeeded, 2 failed"
template <class Counts>
std::string CountsText(const Counts& calls) {
  return fmt::format("{} open; {} issued, {} succeeded, {} failed", calls.in_progress(),
                     calls.issued(), calls.succeeded(), calls.failed());
}

std::string ShowCalls(const pb::ClientCalls& calls, std::int64_t now) {
  std::string text = fmt::format(
      "\ncalls     {}, told {} ago\n  all of them   {}", Printable(calls.service(), 512),
      Age(std::max<std::int64_t>(now - calls.time().seconds(), 0)), CountsText(calls));
  if (calls.dropped() > 0) {
    text += fmt::format(", {} dropped by the client", calls.dropped());
  }
  if (calls.interval().seconds() > 0) {
    text += fmt::format(" in {}", Age(calls.interval().seconds()));
  }
  text += "\n";
  for (const pb::ClientEndpointCalls& endpoint : calls.endpoints()) {
    text += fmt::format("  {:<14}{}\n", Printable(endpoint.address()), CountsText(endpoint));
  }
  if (calls.endpoint_count() > calls.endpoints_size()) {
    text += fmt::format("  {} more\n", calls.endpoint_count() - calls.endpoints_size());
  }
  return text;
}

}  // namespace

std::string ShowClients(const std::vector<pb::Client>& clients, std::int64_t now, bool is_wide,
                        TableStyle style) {
  if (clients.empty()) {
    return "No clients. gRPC clients dial xds:///SERVICE; `fairlead bootstrap grpc` prints what "
           "they need.\n";
  }
  std::vector<std::string> heading = {"CLIENT", "AGENT", "PLACE", "SINCE", "ASKED FOR", "STATE"};
  if (is_wide) {
    style.columns_max = kWideColumns;
    heading.insert(heading.end(), {"NODE", "PROTOCOL"});
  }
  std::vector<std::vector<Cell>> rows;
  for (const pb::Client& client : clients) {
    std::vector<Cell>& row = rows.emplace_back();
    row = {{NumberOf(client)}, {Joined(client.user_agent(), client.user_agent_version())},
           {PlaceOf(client)},  {Age(now - client.connect_time().seconds())},
           {AskedFor(client)}, StateOf(client, now)};
    if (is_wide) {
      const bool is_delta = client.protocol() == pb::Client::INCREMENTS;
      row.push_back({client.node_id()});
      row.push_back({Joined(is_delta ? "increments" : "state of the world", client.only_type())});
    }
  }
  return RenderTable(heading, rows, style);
}

std::string ShowClient(const pb::Client& client, std::int64_t now, TableStyle style) {
  const bool is_delta = client.protocol() == pb::Client::INCREMENTS;
  std::string text = fmt::format(
      "client    {}, connected for {}\n"
      "node      {}\n"
      "agent     {}\n"
      "place     {}\n"
      "protocol  {}, {}, {}\n",
      NumberOf(client), Age(now - client.connect_time().seconds()),
      Printable(Joined(client.node_id(),
                       client.node_cluster().empty() ? "" : "of " + client.node_cluster()),
                1024),
      Printable(Joined(client.user_agent(), client.user_agent_version()), 1024),
      Printable(PlaceOf(client)), is_delta ? "increments" : "state of the world",
      client.only_type().empty() ? "all types on one stream"
                                 : "a stream for " + Printable(client.only_type()),
      client.tells_calls() ? "load reports" : "no load reports");
  if (!client.place_doubt().empty()) {
    text += "          " + Printable(client.place_doubt(), 512) + "\n";
  }
  text += ShowAdmission(client, now, style);
  for (const pb::ClientResources& asked : client.resources()) {
    text += ShowResources(asked, now, style);
  }
  for (const pb::ClientCalls& calls : client.calls()) {
    text += ShowCalls(calls, now);
  }
  for (const pb::ClientLeftOut& left_out : client.left_out()) {
    text += fmt::format("\nnot told of {} replicas of {}, as it can reach no address of them:\n",
                        left_out.replica_count(), Printable(left_out.service()));
    for (const std::string& replica : left_out.replicas()) {
      text += "  " + Printable(replica) + "\n";
    }
  }
  return text;
}

}  // namespace fairlead::cli

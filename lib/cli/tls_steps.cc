#include "cli/tls_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace fairlead::cli {
namespace {

constexpr std::string_view kTlsSuffix = "+tls";  // of discovery's names for what is over TLS
constexpr std::size_t kNamedMax = 5;             // in a sentence

std::vector<pb::Replica> Counted(const TlsFacts& facts) {
  std::vector<pb::Replica> in;
  std::ranges::copy_if(facts.replicas, std::back_inserter(in),
                       [](const pb::Replica& replica) { return replica.in_rotation(); });
  return in.empty() ? facts.replicas : in;
}

bool AsksFor(const pb::Client& client, const std::string& name) {
  return std::ranges::any_of(client.resources(), [&](const pb::ClientResources& resources) {
    return resources.type() == "endpoints" &&
           std::ranges::find(resources.names(), name) != resources.names().end();
  });
}

bool UsesTls(const pb::Client& client, const std::string& service) {
  return AsksFor(client, service + std::string(kTlsSuffix));
}

bool CanTls(const pb::Client& client) {
  return !client.tls_directory().empty();
}

std::vector<pb::Client> CallersOf(const TlsFacts& facts) {
  std::vector<pb::Client> callers;
  for (const pb::Client& client : facts.clients) {
    if (AsksFor(client, facts.service) || UsesTls(client, facts.service)) {
      callers.push_back(client);
    }
  }
  return callers;
}

std::string NameOf(const pb::Client& client) {
  const std::string number = client.name().substr(client.name().find('/') + 1);
  const std::string where =
      client.container_id().empty()
          ? (client.pid() != 0 ? fmt::format("process {}", client.pid()) : client.address())
          : "container " + client.container_id().substr(0, 12);
  return fmt::format("client {} ({}, {})", number, Printable(client.node_id(), 60),
                     Printable(where));
}

// "a, b and 3 more"
std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kNamedMax; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kNamedMax) text += fmt::format(" and {} more", names.size() - kNamedMax);
  return text;
}

std::vector<std::string> WithTls(const std::vector<pb::Replica>& replicas, std::string_view tls) {
  std::vector<std::string> names;
  for (const pb::Replica& replica : replicas) {
    if (replica.tls() == tls) names.push_back(Printable(replica.display_name()));
  }
  return names;
}

std::vector<std::string> WithoutFiles(const std::vector<pb::Client>& callers) {
  std::vector<std::string> names;
  for (const pb::Client& client : callers) {
    if (!CanTls(client)) names.push_back(NameOf(client));
  }
  return names;
}

constexpr std::string_view kGiveFiles =
    "give them a certificate, a bootstrap of `fairlead bootstrap grpc --tls-dir DIRECTORY`, and, "
    "in "
    "a gRPC application, XdsCredentials";

std::string NextStep(TlsStage stage, const std::vector<pb::Replica>& replicas,
                     const std::vector<pb::Client>& callers) {
  switch (stage) {
    case TlsStage::kPlaintext:
      return "have its server speak TLS on a port of its own, label it fairlead.tls=auto (or "
             "files:NAME), fairlead.tls.port=PORT and fairlead.tls.mode=permissive, and replace "
             "its replicas one by one (`fairlead rollout`)";
    case TlsStage::kJoining:
      return fmt::format(
          "replace what speaks none: {}. Until then callers are told of the replicas "
          "that answer in plaintext",
          Listed(WithTls(replicas, "")));
    case TlsStage::kPermissive: {
      const std::vector<std::string> without = WithoutFiles(callers);
      return fmt::format("{} of {} callers cannot speak TLS: {}; {}", without.size(),
                         callers.size(), Listed(without), kGiveFiles);
    }
    case TlsStage::kReady:
      return callers.empty()
                 ? "nobody calls it now: if whoever will can speak TLS, set "
                   "fairlead.tls.mode=strict "
                   "and replace its replicas one by one"
                 : "every caller can speak TLS: set fairlead.tls.mode=strict and replace its "
                   "replicas one by one";
    case TlsStage::kClosing:
      return fmt::format("replace what still answers in plaintext: {}",
                         Listed(WithTls(replicas, "permissive")));
    case TlsStage::kStrict:
      break;
  }
  const std::vector<std::string> without = WithoutFiles(callers);
  if (without.empty()) return "none; it is done";
  return fmt::format(
      "it speaks TLS only, and the bootstrap of {} has none, so that they are told of "
      "no replica: {}",
      Listed(without), kGiveFiles);
}

std::string ReplicasText(const std::vector<pb::Replica>& replicas) {
  const std::size_t none = WithTls(replicas, "").size();
  const std::size_t strict = WithTls(replicas, "strict").size();
  return fmt::format("{} in all; {} speak TLS alone, {} TLS and plaintext, {} plaintext alone",
                     replicas.size(), strict, replicas.size() - none - strict, none);
}

}  // namespace

TlsStage TlsStageOf(const TlsFacts& facts) {
  const std::vector<pb::Replica> replicas = Counted(facts);
  const auto none = static_cast<std::size_t>(std::ranges::count_if(
      replicas, [](const pb::Replica& replica) { return replica.tls().empty(); }));
  const auto strict = static_cast<std::size_t>(std::ranges::count_if(
      replicas, [](const pb::Replica& replica) { return replica.tls() == "strict"; }));
  if (none == replicas.size()) return TlsStage::kPlaintext;
  if (none > 0) return TlsStage::kJoining;
  if (strict == replicas.size()) return TlsStage::kStrict;
  if (strict > 0) return TlsStage::kClosing;
  return std::ranges::all_of(CallersOf(facts), CanTls) ? TlsStage::kReady : TlsStage::kPermissive;
}

std::string ShowTlsSteps(const TlsFacts& facts, TableStyle style) {
  const std::vector<pb::Replica> replicas = Counted(facts);
  const std::vector<pb::Client> callers = CallersOf(facts);
  std::string text =
      fmt::format("{}\n  replicas  {}\n", Printable(facts.service), ReplicasText(replicas));
  std::vector<std::vector<Cell>> rows;
  for (const pb::Client& client : callers) {
    const bool uses = UsesTls(client, facts.service);
    rows.push_back({{NameOf(client)},
                    {CanTls(client) ? (uses ? "uses TLS" : "can, and is not sent there yet")
                                    : "its bootstrap has no TLS"}});
  }
  text += fmt::format("  callers   {} now\n", callers.size());
  if (!rows.empty()) text += RenderTable({"CALLER", "TLS"}, rows, style);
  return text + "next: " + NextStep(TlsStageOf(facts), replicas, callers) + "\n";
}

}  // namespace fairlead::cli

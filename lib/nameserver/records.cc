#include "nameserver/records.h"

#include <set>
#include <utility>

#include "nameserver/limits.h"

namespace fairlead::nameserver {
namespace {

using Kind = Found::Kind;

constexpr std::size_t kIpv4Bytes = 4;

void Shuffle(std::vector<xds::WeighedAddress>& replicas, Rng& rng) {
  for (std::size_t left = replicas.size(); left > 1; --left)
    std::swap(replicas[left - 1], replicas[rng.Below(left)]);
}

std::uint16_t TypeOf(const std::vector<std::byte>& address) {
  return address.size() == kIpv4Bytes ? dns::kA : dns::kAaaa;
}

dns::Record AddressRecord(const dns::Name& owner, std::vector<std::byte> address) {
  return {.name = owner, .type = TypeOf(address), .ttl = kTtlSeconds, .data = std::move(address)};
}

bool IsWanted(std::uint16_t type, const dns::Question& question) {
  return question.type == type || question.type == dns::kAny;
}

void AddAddress(const std::string& ip, const dns::Question& question, Records& records) {
  std::vector<std::byte> address = AddressBytes(ip);
  if (IsWanted(TypeOf(address), question))
    records.answers.push_back(AddressRecord(question.name, std::move(address)));
}

void AddOrigin(const Wanted& wanted, Records& records) {
  const dns::Question& question = wanted.question;
  if (IsWanted(dns::kSoa, question)) records.answers.push_back(SoaOf(wanted.zone));
  if (question.type == dns::kNs) {
    dns::Record record{.name = question.name, .type = dns::kNs, .ttl = kTtlSeconds, .data = {}};
    dns::PutName(record.data, wanted.zone.origin());
    records.answers.push_back(std::move(record));
    records.additionals.push_back(
        AddressRecord(wanted.zone.origin(), AddressBytes(wanted.local_ip)));
  }
  if (question.type == dns::kA || question.type == dns::kAaaa)
    AddAddress(wanted.local_ip, question, records);
}

void AddPorts(const std::vector<xds::WeighedAddress>& replicas, const fleet::ServiceView& view,
              const Wanted& wanted, Records& records) {
  std::set<dns::Name> named;
  for (const xds::WeighedAddress& replica : replicas) {
    std::vector<std::byte> bytes = AddressBytes(replica.address.ip);
    dns::Name target = {AddressLabel(bytes), view.name.service, view.name.project};
    target.insert(target.end(), wanted.zone.origin().begin(), wanted.zone.origin().end());
    dns::Record record{
        .name = wanted.question.name, .type = dns::kSrv, .ttl = kTtlSeconds, .data = {}};
    dns::Put16(record.data, 0);  // one priority for all: who stands by is not told
    dns::Put16(record.data, static_cast<std::uint32_t>(replica.weight));
    dns::Put16(record.data, replica.address.port);
    dns::PutName(record.data, target);
    records.answers.push_back(std::move(record));
    // One container may be behind two ports of the host.
    if (named.insert(target).second)
      records.additionals.push_back(AddressRecord(target, std::move(bytes)));
  }
}

}  // namespace

dns::Record SoaOf(const Zone& zone) {
  dns::Record record{.name = zone.origin(), .type = dns::kSoa, .ttl = kTtlSeconds, .data = {}};
  dns::PutName(record.data, zone.origin());  // who answers for it
  dns::Name mailbox = zone.origin();
  mailbox.insert(mailbox.begin(), "hostmaster");  // RFC 2142
  dns::PutName(record.data, mailbox);
  dns::Put32(record.data, zone.serial());
  // There is no secondary server: what it would do is what everybody does, ask again.
  for (int unused = 0; unused < 3; ++unused) dns::Put32(record.data, kTtlSeconds);
  dns::Put32(record.data, kTtlSeconds);  // of "there is none"
  return record;
}

Records RecordsOf(const Found& found, const Wanted& wanted, Rng& rng) {
  Records records;
  if (found.kind == Kind::kOrigin) AddOrigin(wanted, records);
  if (found.kind == Kind::kReplica) AddAddress(found.ip, wanted.question, records);
  if (found.kind != Kind::kService && found.kind != Kind::kPorts) return records;
  std::vector<xds::WeighedAddress> replicas =
      xds::FirstGroup(xds::Reachable(wanted.asker.viewer, *found.view));
  Shuffle(replicas, rng);
  if (found.kind == Kind::kService) {
    std::set<std::string> seen;
    for (const xds::WeighedAddress& replica : replicas) {
      const xds::SocketAddress& address = replica.address;
      if (address.port == found.view->port && seen.insert(address.ip).second)
        AddAddress(address.ip, wanted.question, records);
    }
  }
  const bool is_any_left = wanted.question.type == dns::kAny && records.answers.empty();
  if (wanted.question.type == dns::kSrv || is_any_left)
    AddPorts(replicas, *found.view, wanted, records);
  return records;
}

}  // namespace fairlead::nameserver

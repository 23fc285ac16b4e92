#include "xds/discovery_hub.h"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "base/text.h"
#include "runtime/clock.h"
#include "xds/admission.h"
#include "xds/answers.h"
#include "xds/service_resources.h"

namespace fairlead::xds {
namespace {

void FetchForPush(const DiscoveryStream& stream, std::size_t step) {
  stream.FetchForPush(step);
}

ClientReport::Response Shown(const ToldResponse& response) {
  if (response.nonce == 0) {
    return {};
  }
  return {.version = VersionText(response.content), .nonce = response.nonce};
}

ClientReport::Type ReportType(ResourceType type, const Subscription& subscription,
                              const Answers& answers, std::size_t names_max) {
  ClientReport::Type report{.resource_type = std::string(TypeName(type)),
                            .is_wildcard = subscription.is_wildcard,
                            .name_count = subscription.names.size(),
                            .sent = Shown(answers.sent()),
                            .acknowledged = Shown(answers.acknowledged()),
                            .unanswered_count = answers.unanswered_count(),
                            .unanswered_since = answers.unanswered_since()};
  for (const std::string& name : subscription.names | std::views::take(names_max)) {
    report.names.push_back(name);
  }
  if (const StandingRefusal* refusal = answers.refusal(); refusal != nullptr) {
    report.refused = Shown(refusal->response);
    report.refused_text = refusal->text;
    report.refused_at = refusal->at;
  }
  return report;
}

}  // namespace

DiscoveryHub::DiscoveryHub(const DiscoveryOptions& options, AdoptionSink& adoption,
                           DiscoveryObserver& observer)
    : options_(options),
      adoption_sink_(adoption),
      observer_(observer),
      projects_of_(options.projects_of),
      catalog_(options.catalog),
      responses_(catalog_),
      load_order_(MakeLoadOrder(options.load.interval)) {}

void DiscoveryHub::Publish(const std::vector<fleet::ServiceViewPtr>& changed,
                           const std::vector<ServiceName>& dropped, TimePoint now) {
  const CatalogChanges changes = catalog_.Apply(changed, dropped);
  for (const ServiceName& service : dropped) {
    for (const Security security : kSecurities) {
      adoption_.Dropped(AdoptionKey({service, security}));
    }
    adopted_.Dropped(service);
    loads_.Drop(ResourceName(service));
    purges_.push_back({service, now + options_.purge_delay});
  }
  for (const PublishedRevision& published : changes.published) {
    adopted_.Published(published.service, published.security);
    adoption_.Published(AdoptionKey({published.service, published.security}), published.revision,
                        published.unchanged);
  }
  for (const ServiceName& service : changes.warming) {
    warming_.push_back({service, now + options_.tls_lead});
  }
  FanOut(changes, now);
  TellAdopted();
  if (!dropped.empty() || !changes.warming.empty()) {
    on_work_();
  }
}

void DiscoveryHub::SetTrust(const std::string& secret, const std::string& authorities,
                            TimePoint now) {
  FanOut(catalog_.SetTrust(secret, authorities), now);
}

void DiscoveryHub::FanOut(const CatalogChanges& changes, TimePoint now) {
  // A stream never dies inside a write: the server tells of its end in a turn of its own.
  std::vector<DiscoveryStream*> touched;
  for (const Flavour flavour : kFlavours) {
    const std::vector<ResourceChange>& resources = changes.resources[Index(flavour)];
    if (resources.size() == 1) {
      FanOutOne(flavour, resources.front(), now);
      continue;
    }
    for (const ResourceChange& change : resources) {
      index_.ForEach(
          {flavour, change.type, change.table}, change.name,
          [&](DiscoveryStream& stream) {
            if (stream.Touch(change)) {
              touched.push_back(&stream);
            }
          },
          DiscoveryStream::kPushFetchSteps, FetchForPush);
    }
  }
  for (DiscoveryStream* stream : touched) {
    stream->Pump(now);
  }
}

// The usual change, in one pass: a stream's memory, cold among thousands, is fetched once.
void DiscoveryHub::FanOutOne(Flavour flavour, const ResourceChange& change, TimePoint now) {
  index_.ForEach(
      {flavour, change.type, change.table}, change.name,
      [&](DiscoveryStream& stream) {
        stream.Touch(change);
        stream.Pump(now);
      },
      DiscoveryStream::kPushFetchSteps, FetchForPush);
}

void DiscoveryHub::OpenGate() {
  is_open_ = true;
  opened_at_ = runtime::Now();
  for (const auto& [id, stream] : streams_) {
    stream->Pump(opened_at_);
  }
}

std::unique_ptr<DiscoveryStream> DiscoveryHub::Join(const h2::Peer& peer, h2::ServerStream& stream,
                                                    const Dialect& dialect, TimePoint now) {
  const StreamId id(++last_stream_);
  auto joined =
      std::make_unique<DiscoveryStream>(*this, id, peer, stream, dialect, options_.session, now);
  streams_.emplace(id, joined.get());
  unplaced_.insert(id);
  if (!peer.names.empty()) {
    certified_[peer.connection].insert(id);
  }
  on_work_();
  return joined;
}

std::unique_ptr<LoadStream> DiscoveryHub::JoinLoads(const h2::Peer& peer,
                                                    h2::ServerStream& stream) {
  return std::make_unique<LoadStream>(
      loads_, LoadLedger::StreamKey{.connection = peer.connection, .number = ++last_load_stream_},
      stream, options_.load, load_order_,
      [this, connection = peer.connection,
       is_certified = !peer.names.empty()](const std::string& name) {
        return catalog_.EndpointsRevision(name) != 0 &&
               (!is_certified || MayReport(connection, name));
      });
}

void DiscoveryHub::LeaveClass(const ViewerClass& viewers) {
  if (catalog_.Leave(viewers)) {
    responses_.Forget(viewers.names);
  }
}

void DiscoveryHub::Leave(DiscoveryStream& stream) {
  if (options_.locator != nullptr) {
    options_.locator->Unwatch(ClientWatch(stream.id().value));
  }
  streams_.erase(stream.id());
  if (const auto of = certified_.find(stream.peer().connection); of != certified_.end()) {
    of->second.erase(stream.id());
    if (of->second.empty()) {
      certified_.erase(of);
    }
  }
  for (const ResourceType type : kResourceTypes) {
    stream.LeaveIndex(type);
  }
  if (unplaced_.erase(stream.id()) == 0) {
    LeaveClass(stream.session().viewers());
  }
  const TimePoint now = runtime::Now();
  adoption_.Closed(stream.id(), now + options_.remember_clients);
  if (!stream.session().has_node()) {
    return;
  }
  if (stream.process()) {
    absent_processes_.insert_or_assign(stream.client(), *stream.process());
  }
  ForgetEndedClients();
  TellAdopted();
  on_work_();
}

bool DiscoveryHub::Housekeep(TimePoint now) {
  RefuseHeldStreams(now);
  PlaceOverdueStreams(now);
  PurgeDropped(now);
  WarmTls(now);
  adoption_.Expire(now);
  denied_.Expire(now);
  ForgetEndedClients();
  TellAdopted();
  return (!is_open_ && !streams_.empty()) || !unplaced_.empty() || !purges_.empty() ||
         !warming_.empty() || !denied_.is_empty() || !adoption_.Remembered().empty();
}

void DiscoveryHub::RefuseHeldStreams(TimePoint now) {
  if (is_open_) {
    return;
  }
  for (const auto& [id, stream] : streams_) {
    if (now - stream->opened_at() >= options_.gate_patience) {
      stream->Finish(
          {Code::kUnavailable,
           "fairlead is starting: containers and their first checks are not all in yet"});
    }
  }
}

std::vector<ServiceName> DiscoveryHub::TakeDue(std::vector<Due>& all, TimePoint now) {
  std::vector<ServiceName> services;
  std::erase_if(all, [&](const Due& one) {
    if (one.due > now) {
      return false;
    }
    services.push_back(one.service);
    return true;
  });
  return services;
}

void DiscoveryHub::PurgeDropped(TimePoint now) {
  for (const ServiceName& service : TakeDue(purges_, now)) {
    FanOut(catalog_.Purge(service), now);
  }
}

void DiscoveryHub::WarmTls(TimePoint now) {
  for (const ServiceName& service : TakeDue(warming_, now)) {
    FanOut(catalog_.Warm(service), now);
  }
}

void DiscoveryHub::ForgetEndedClients() {
  std::map<ClientId, Process> still_absent;
  for (const ClientId& client : adoption_.Remembered()) {
    const auto known = absent_processes_.find(client);
    if (known == absent_processes_.end()) {
      continue;  // A TCP client: only time tells.
    }
    if (FindProcess(known->second.pid) == known->second) {
      still_absent.insert(*known);
    } else {
      adoption_.Forget(client);
    }
  }
  absent_processes_ = std::move(still_absent);
}

void DiscoveryHub::TellAdopted() {
  for (const auto& [key, revision] : adoption_.TakeAdopted()) {
    if (const auto adopted = adopted_.Take(key, revision)) {
      adoption_sink_.OnAdopted(adopted->first, adopted->second);
    }
  }
}

void DiscoveryHub::TellRefused(const DiscoveryStream& stream, const Refusal& refusal) {
  observer_.OnRefused({.client = stream.client().value,
                       .node = Printable(stream.session().node().id),
                       .user_agent = Printable(stream.session().node().user_agent),
                       .resource_type = std::string(TypeName(refusal.type)),
                       .version = refusal.version,
                       .text = refusal.text});
}

std::vector<ClientReport> DiscoveryHub::Clients(const ClientQuery& query) const {
  std::vector<ClientReport> reports;
  for (auto next = streams_.upper_bound(StreamId(query.after));
       next != streams_.end() && reports.size() < query.clients_max; ++next) {
    if (next->second->session().has_node()) {
      reports.push_back(Report(*next->second, query.names_max));
    }
  }
  std::vector<ClientReport> denied = denied_.After(query.after);
  if (denied.empty()) {
    return reports;
  }
  std::ranges::move(denied, std::back_inserter(reports));
  std::ranges::sort(reports, {}, &ClientReport::number);
  if (reports.size() > query.clients_max) {
    reports.resize(query.clients_max);
  }
  return reports;
}

ClientReport DiscoveryHub::Report(const DiscoveryStream& stream, std::size_t names_max) const {
  const Session& session = stream.session();
  ClientReport report;
  report.number = stream.id().value;
  report.client = stream.client().value;
  if (session.has_node()) {
    report.node = session.node();
  }
  report.is_delta = stream.dialect().is_delta;
  if (stream.dialect().only) {
    report.only = TypeName(*stream.dialect().only);
  }
  report.opened_at = stream.opened_at();
  report.pid = stream.peer().pid;
  report.address = stream.peer().address;
  report.names = NamesIn(stream.peer());
  report.place = stream.place();
  report.projects = catalog_.ProjectsOf(session.viewers());
  if (stream.denial()) {
    report.denied = stream.denial()->message;
    report.is_unnamed = stream.denial()->code == Code::kPermissionDenied;
  }
  const auto& services = session.subscription(ResourceType::kEndpoints).names;
  for (const std::string& name : services | std::views::take(names_max)) {
    std::vector<std::string> left_out = catalog_.LeftOut(session.viewers(), name);
    if (!left_out.empty()) {
      report.left_out.emplace(name, std::move(left_out));
    }
  }
  for (const ResourceType type : kResourceTypes) {
    if (!session.is_asked(type)) {
      continue;
    }
    ClientReport::Type& asked = report.types.emplace_back(
        ReportType(type, session.subscription(type), session.answers(type), names_max));
    for (const std::string& name : asked.names) {
      std::string why;
      if (type == ResourceType::kListener && !IsEnvoy(session.flavour())) {
        why = catalog_.WhyNoListener(session.viewers(), name);
      } else if (type == ResourceType::kEndpoints) {
        why = catalog_.WhyNoEndpoints(session.viewers(), session.flavour(), name);
      }
      if (!why.empty()) {
        asked.missing.emplace(name, std::move(why));
      }
    }
  }
  ReportCalls(stream, names_max, report);
  return report;
}

bool DiscoveryHub::AreCallsOver(const ServiceName& service, TimePoint since, TimePoint now) const {
  const std::string name = ResourceName(service);
  const Duration interval = options_.load.interval;
  bool are_over = false;
  for (const auto& [id, stream] : streams_) {
    const Session& session = stream->session();
    const auto& names = session.subscription(ResourceType::kEndpoints).names;
    if (!names.contains(name) && !names.contains(ResourceName(service, Security::kTls))) {
      continue;
    }
    // Half an interval: a report may be on its way while the client takes the list. Three without a
    // word: one is due in each.
    are_over =
        !IsEnvoy(session.flavour()) &&
        loads_.IsQuiet(stream->peer().connection, name, since + interval / 2, now, 3 * interval);
    if (!are_over) {
      return false;
    }
  }
  return are_over;
}

void DiscoveryHub::ReportCalls(const DiscoveryStream& stream, std::size_t names_max,
                               ClientReport& report) const {
  const std::uint64_t connection = stream.peer().connection;
  report.tells_calls = loads_.Reports(connection);
  if (!report.tells_calls) {
    return;
  }
  // Clients behind one connection are told apart by what each of them asks for.
  const auto tell = [&](const std::string& service) {
    if (auto told = loads_.Find(connection, service); told && report.calls.size() < names_max) {
      report.calls.push_back({.service = service, .load = std::move(told->load), .at = told->at});
    }
  };
  const Session& session = stream.session();
  std::set<std::string, std::less<>> services;
  for (const std::string& name : session.subscription(ResourceType::kEndpoints).names) {
    services.emplace(WithoutSecurity(name));
  }
  std::ranges::for_each(services, tell);
}

}  // namespace fairlead::xds

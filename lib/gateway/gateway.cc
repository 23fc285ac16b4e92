#include "gateway/gateway.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <set>

#include "gateway/asked.h"
#include "gateway/reflector.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;

// Between two looks at files of descriptors.
constexpr Duration kLookAgain = std::chrono::seconds(1);

}  // namespace

// The questions to one generation, until they are answered or it leaves.
struct Gateway::Reflection {
  explicit Reflection(asio::io_context& context, Duration first) : again(context), backoff(first) {}
  ~Reflection() {
    if (cancel) cancel();
  }
  asio::steady_timer again;
  Duration backoff;
  bool is_told = false;  // the trouble
  std::shared_ptr<ReplicaChannel> channel = {};
  std::function<void()> cancel = {};
};

Gateway::Gateway(asio::io_context& context, Options options)
    : context_(context),
      options_(std::move(options)),
      replicas_(std::make_shared<ReplicaPool>(
          context,
          ReplicaPool::Options{.waiting_max = options_.calls.replica_queue_max,
                               .message_bytes_max = options_.calls.message_bytes_max,
                               .limit_hit = options_.told.limit_hit,
                               .tls_transports = options_.tls_transports,
                               .tls_told =
                                   [this, alive = std::weak_ptr(alive_)](
                                       const Address& address, const ReplicaPeer::TlsNews& news) {
                                     if (alive.lock()) TellTls(address, news);
                                   }})),
      files_(options_.descriptor_paths, options_.descriptors, options_.told.descriptor),
      next_look_(context) {
  if (files_.empty()) return;
  asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) LookAtFiles();
  });
}

Gateway::~Gateway() {
  for (const std::shared_ptr<Asked>& asked : waiting_) {
    asked->Refuse({.status = 503,
                   .code = Code::kUnavailable,
                   .message = "answer the request: the daemon ends; try again"});
  }
}

void Gateway::Publish(std::vector<ServiceNow> changed, const std::vector<ServiceName>& dropped) {
  {
    const runtime::MutexLock lock(mutex_);
    for (const ServiceName& name : dropped) published_[name].reset();
    for (ServiceNow& now : changed) {
      const ServiceName name = now.name;
      published_[name] = std::move(now);
    }
  }
  asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) TakePublished();
  });
}

void Gateway::TakePublished() {
  std::map<ServiceName, std::optional<ServiceNow>> published;
  {
    const runtime::MutexLock lock(mutex_);
    published.swap(published_);
  }
  if (published.empty()) return;
  for (const auto& [name, now] : published) {
    if (now && now->traffic.gateway.is_on) {
      Take(*now);
    } else {
      directory_.Drop(name);
      lines_.erase(name);
      adoptions_.erase(name);
      std::erase_if(reflections_, [&](const auto& one) { return one.first.first == name; });
    }
  }
  TryWaiting();
}

void Gateway::Take(const ServiceNow& now) {
  directory_.Take(now);
  const Directory::Service& service = *directory_.Find(now.name);
  std::erase_if(reflections_, [&](const auto& one) {
    return one.first.first == now.name && !service.roster.IsKnown(one.first.second);
  });
  adoptions_[now.name].revision = now.revision;
  adoptions_[now.name].is_told = false;
  SetLines(service);
  TellAdopted(now.name);
  for (const ReplicaNow& replica : service.roster.undescribed()) {
    if (!reflections_.contains({now.name, replica.generation})) Reflect(now.name, replica);
  }
}

void Gateway::Reflect(const ServiceName& name, const ReplicaNow& replica) {
  std::shared_ptr<Reflection>& reflection = reflections_[{name, replica.generation}];
  if (!reflection)
    reflection = std::make_shared<Reflection>(context_, options_.calls.reflection_backoff);
  const Directory::Service& service = *directory_.Find(name);
  if (const std::string& file = service.traffic.gateway.descriptor; !file.empty()) {
    asio::post(context_,
               [this, alive = std::weak_ptr(alive_), name, file, generation = replica.generation] {
                 if (alive.lock()) OnDescribed(name, generation, files_.Find(file));
               });
    return;
  }
  reflection->channel = replicas_->Open(name, service.traffic.retry, {replica.address});
  reflection->cancel = gateway::Reflect(
      reflection->channel,
      {.descriptors = options_.descriptors, .time_max = options_.calls.reflection_time_max},
      calls_.Begin(),
      [this, alive = std::weak_ptr(alive_), &context = context_, name,
       generation = replica.generation](Result<std::shared_ptr<const DescriptorSet>> described) {
        asio::post(context, [this, alive, name, generation, described = std::move(described)] {
          if (alive.lock()) OnDescribed(name, generation, described);
        });
      });
}

void Gateway::OnDescribed(const ServiceName& name, const Generation& generation,
                          Result<std::shared_ptr<const DescriptorSet>> described) {
  const auto found = reflections_.find({name, generation});
  Directory::Service* service = directory_.Find(name);
  if (found == reflections_.end() || service == nullptr) return;  // it left meanwhile
  const std::shared_ptr<Reflection> reflection = found->second;
  const auto replicas = service->roster.undescribed();
  const auto replica = std::ranges::find(replicas, generation, &ReplicaNow::generation);
  if (replica == replicas.end()) return;
  if (described) {
    if (reflection->is_told && options_.told.trouble) options_.told.trouble(replica->name, "");
    const bool is_new = std::ranges::none_of(service->roster.groups(), [&](const auto& group) {
      return group.set->description() == (*described)->description();
    });
    if (is_new) TellFaults(name, **described);
    service->roster.Describe(generation, *std::move(described));
    reflections_.erase(found);
    SetLines(*service);
  } else {
    const std::string tls = reflection->channel ? reflection->channel->tls_trouble() : "";
    service->roster.NoteSilence(generation, !tls.empty());
    reflection->is_told = true;
    if (options_.told.trouble) {
      options_.told.trouble(replica->name, tls.empty() ? described.error().message
                                                       : "ask the server's reflection: " + tls);
    }
    reflection->again.expires_after(reflection->backoff);
    reflection->backoff = std::min(reflection->backoff * 2, options_.calls.reflection_backoff_max);
    reflection->again.async_wait([this, alive = std::weak_ptr(alive_), name,
                                  again = *replica](const boost::system::error_code& error) {
      if (error || !alive.lock() || !reflections_.contains({name, again.generation})) return;
      Reflect(name, again);
    });
  }
  TryWaiting();
}

void Gateway::LookAtFiles() {
  for (const std::string& changed : files_.Look()) {
    const auto set = files_.Find(changed);
    for (const ServiceName& name : directory_.DescribedBy(changed)) {
      Directory::Service& service = *directory_.Find(name);
      TellFaults(name, **set);
      service.roster.DescribeAll(*set);
      std::erase_if(reflections_, [&](const auto& one) { return one.first.first == name; });
      SetLines(service);
    }
  }
  TryWaiting();
  next_look_.expires_after(kLookAgain);
  next_look_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& e) {
    if (!e && alive.lock()) LookAtFiles();
  });
}

void Gateway::TellFaults(const ServiceName& name, const DescriptorSet& set) {
  if (!options_.told.fault) return;
  for (const std::string& fault : set.routes().faults()) options_.told.fault(name.Text(), fault);
}

void Gateway::SetLines(const Directory::Service& service) {
  std::map<LineKey, Line>& lines = lines_[service.name];
  std::map<LineKey, Line> now;
  for (const ServiceRoster::Group& group : service.roster.groups()) {
    const LineKey key{group.set.get(), group.is_v6};
    Line& line = now[key];
    if (const auto before = lines.find(key); before != lines.end()) line = before->second;
    if (line.addresses == group.addresses && line.retry == service.traffic.retry) continue;
    line = {.addresses = group.addresses,
            .retry = service.traffic.retry,
            .channel = replicas_->Open(service.name, service.traffic.retry, group.addresses),
            .open = Opened(service.name, group.addresses)};
  }
  lines = std::move(now);
}

std::shared_ptr<void> Gateway::Opened(const ServiceName& name,
                                      const std::vector<Address>& addresses) {
  // From any thread; the token keeps the loop's context until then.
  std::shared_ptr<void> open{this, [this, alive = std::weak_ptr(alive_), &context = context_, name,
                                    token = calls_.Begin()](void*) {
                               asio::post(context, [this, alive, name] {
                                 if (alive.lock()) TellAdopted(name);
                               });
                             }};
  adoptions_[name].calls.push_back({addresses, open});
  return open;
}

void Gateway::TellAdopted(const ServiceName& name) {
  const auto found = adoptions_.find(name);
  if (found == adoptions_.end() || found->second.is_told) return;
  Adoption& adoption = found->second;
  std::erase_if(adoption.calls, [](const Adoption::Calls& calls) { return calls.open.expired(); });
  std::set<Address> current;
  for (const auto& [key, line] : lines_[name])
    current.insert(line.addresses.begin(), line.addresses.end());
  for (const Adoption::Calls& calls : adoption.calls) {
    if (!std::ranges::includes(current, calls.addresses)) return;
  }
  adoption.is_told = true;
  if (options_.told.adopted) options_.told.adopted(name, adoption.revision);
}

void Gateway::TellTls(const Address& address, const ReplicaPeer::TlsNews& news) const {
  if (!options_.told.tls) return;
  for (const std::string& replica : directory_.ReplicasAt(address))
    options_.told.tls(replica, news);
}

}  // namespace fairlead::gateway

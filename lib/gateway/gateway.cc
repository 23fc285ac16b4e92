#include "gateway/gateway.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <set>

#include "base/text.h"
#include "gateway/call.h"
#include "gateway/metadata.h"
#include "gateway/reflector.h"
#include "http/refusal.h"
#include "transcode/bind.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;
using Look = ServiceRoster::Look;

// A channel's connections are shared by address; its successor has them within milliseconds.
constexpr Duration kRetirement = std::chrono::milliseconds(500);
// Between two looks at files of descriptors.
constexpr Duration kLookAgain = std::chrono::seconds(1);

http::Reply Refuse(unsigned status, Code code, std::string message) {
  return http::ReplyOf(
      http::Refusal{.status = status, .code = code, .message = std::move(message)});
}

std::string Joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The shorter of what the caller and the service ask for; the default where neither does, but for a
// stream.
std::optional<Duration> TimeoutFor(std::optional<Duration> asked, const spec::TrafficSpec& traffic,
                                   bool is_stream, Duration otherwise) {
  if (asked && traffic.timeout) return std::min(*asked, *traffic.timeout);
  if (asked) return asked;
  if (traffic.timeout) return traffic.timeout;
  return is_stream ? std::nullopt : std::optional(otherwise);
}

}  // namespace

// One request, from when it came until it was answered or its asker left.
struct Gateway::Asked {
  http::Request request;
  http::Handler::Answer answer;
  std::function<void()> cancel = {};  // of the call, once there is one
  std::unique_ptr<asio::steady_timer> patience = {};
  bool is_over = false;

  void Reply(http::Reply reply) {
    if (std::exchange(is_over, true)) return;
    patience.reset();
    answer(std::move(reply));
  }
};

// The questions to one generation, until they are answered or it leaves.
struct Gateway::Reflection {
  explicit Reflection(asio::io_context& context, Duration first) : again(context), backoff(first) {}
  ~Reflection() {
    if (cancel) cancel();
  }
  asio::steady_timer again;
  Duration backoff;
  bool is_told = false;  // the trouble
  std::shared_ptr<grpc::Channel> channel = {};
  std::function<void()> cancel = {};
};

Gateway::Gateway(asio::io_context& context, Options options)
    : context_(context),
      options_(std::move(options)),
      files_(options_.descriptor_paths, options_.descriptors, options_.told.descriptor),
      next_look_(context) {
  if (files_.empty()) return;
  asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) LookAtFiles();
  });
}

Gateway::~Gateway() {
  for (const std::shared_ptr<Asked>& asked : waiting_) {
    asked->Reply(Refuse(503, Code::kUnavailable, "answer the request: the daemon ends; try again"));
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
  reflection->channel = OpenChannel(name, service.traffic.retry, {replica.address});
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
    Retire(reflection->channel);
  } else {
    service->roster.NoteSilence(generation);
    reflection->is_told = true;
    if (options_.told.trouble) options_.told.trouble(replica->name, described.error().message);
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
    if (line.channel) Retire(line.channel);
    line = {.addresses = group.addresses,
            .retry = service.traffic.retry,
            .channel = OpenChannel(service.name, service.traffic.retry, group.addresses),
            .open = Opened(service.name, group.addresses)};
    line.channel->GetState(true);  // connects before anybody asks
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

void Gateway::Retire(std::shared_ptr<grpc::Channel> channel) {
  const auto timer = std::make_shared<asio::steady_timer>(context_, kRetirement);
  timer->async_wait([timer, channel = std::move(channel)](const boost::system::error_code&) {});
}

std::function<void()> Gateway::Handle(http::Request request, Answer answer) {
  TakePublished();
  if (ServiceDocs::IsFor(request.path)) {
    answer(docs_.Answer(request, directory_));
    return {};
  }
  const auto asked = std::make_shared<Asked>(std::move(request), std::move(answer));
  Try(asked);
  return [this, alive = std::weak_ptr(alive_), asked] {
    asked->is_over = true;
    asked->patience.reset();
    if (alive.lock()) waiting_.remove(asked);
    if (asked->cancel) asked->cancel();
  };
}

void Gateway::Try(const std::shared_ptr<Asked>& asked) {
  const http::Request& request = asked->request;
  const Directory::Found found =
      directory_.Find({.host = request.Find("host"), .verb = request.method, .path = request.path});
  if (found.in.look == Look::kFound) return Call(asked, found);
  if (found.in.look == Look::kUndescribed) return Wait(asked);
  http::Reply reply = NoneFor(request, found);
  if (found.service != nullptr) reply.route = found.service->name.Text();
  asked->Reply(std::move(reply));
}

http::Reply Gateway::NoneFor(const http::Request& request, const Directory::Found& found) const {
  const std::string what =
      "answer " + Printable(request.method) + " " + Printable(request.path) + ": ";
  if (found.in.look == Look::kNobody) {
    return Refuse(503, Code::kUnavailable,
                  what + "no replica of " + found.service->name.Text() +
                      " can be asked right now; try again");
  }
  if (found.in.look == Look::kOtherVerb) {
    const std::string allowed = Joined(found.in.allowed);
    http::Reply reply =
        Refuse(http::StatusOf(Code::kUnimplemented), Code::kUnimplemented,
               what + "the path is there, and not with this method; use " + allowed);
    reply.fields.push_back({"Allow", allowed});
    return reply;
  }
  if (!found.is_known_host) {
    return Refuse(421, Code::kPermissionDenied,
                  what + "no service answers under the name " + Printable(request.Find("host")) +
                      "; the label fairlead.gateway.hosts names those it answers under");
  }
  return Refuse(404, Code::kNotFound,
                what +
                    "no service has that path; POST /PACKAGE.SERVICE/METHOD always is one, and "
                    "google.api.http in the .proto adds others");
}

void Gateway::Call(const std::shared_ptr<Asked>& asked, const Directory::Found& found) {
  const http::Request& request = asked->request;
  const transcode::Route& route = *found.in.route.route;
  const std::string service = found.service->name.Text();
  const auto refuse = [&](const Error& error) {
    http::Reply reply = http::ReplyOf(error);
    reply.route = service;
    asked->Reply(std::move(reply));
  };
  const std::unique_ptr<google::protobuf::Message> message =
      found.in.set->New(*route.method->input_type());
  const transcode::Input input{
      .query = request.query, .body = request.body, .manner = transcode::Manner::kGrpcGateway};
  if (Result<> bound = transcode::Bind(found.in.route, input, *message); !bound)
    return refuse(bound.error());
  Result<Metadata> metadata = MetadataOf(request, found.service->traffic.gateway.forwards_auth);
  if (!metadata) return refuse(metadata.error());
  const Result<std::optional<Duration>> timeout = TimeoutOf(request);
  if (!timeout) return refuse(timeout.error());
  const bool is_stream = route.method->server_streaming();
  const ServiceRoster::Group& group = found.service->roster.groups().at(found.in.group);
  const Line& line = lines_[found.service->name][{group.set.get(), group.is_v6}];
  CallOrder order{.channel = line.channel,
                  .open = line.open,
                  .set = found.in.set,
                  .route = &route,
                  .request = message->SerializeAsString(),
                  .metadata = *std::move(metadata),
                  .timeout = TimeoutFor(*timeout, found.service->traffic, is_stream,
                                        options_.calls.timeout_default),
                  .form = transcode::FormFor(request.Find("accept")),
                  .service = service};
  // From here on gRPC's threads answer.
  asked->is_over = true;
  asked->patience.reset();
  Answer answer = std::move(asked->answer);
  asked->cancel = is_stream
                      ? CallStream(context_, std::move(order), calls_.Begin(), std::move(answer))
                      : CallUnary(std::move(order), calls_.Begin(), std::move(answer));
}

void Gateway::Wait(const std::shared_ptr<Asked>& asked) {
  if (waiting_.size() >= options_.calls.waiting_max) {
    if (options_.told.limit_hit) options_.told.limit_hit("waiting");
    return asked->Reply(Refuse(503, Code::kResourceExhausted,
                               "answer the request: too many wait for what a service that has just "
                               "come says of itself; try again in a second"));
  }
  waiting_.push_back(asked);
  if (asked->patience) return;
  asked->patience = std::make_unique<asio::steady_timer>(context_, options_.calls.waiting_time_max);
  asked->patience->async_wait(
      [this, alive = std::weak_ptr(alive_), asked](const boost::system::error_code& error) {
        if (error || !alive.lock() || asked->is_over) return;
        waiting_.remove(asked);
        asked->Reply(Refuse(503, Code::kUnavailable,
                            "answer the request: the service that may have it did not say in time "
                            "what it serves; try again"));
      });
}

void Gateway::TryWaiting() {
  std::list<std::shared_ptr<Asked>> waiting;
  waiting.swap(waiting_);
  for (const std::shared_ptr<Asked>& asked : waiting) {
    if (!asked->is_over) Try(asked);
  }
}

}  // namespace fairlead::gateway

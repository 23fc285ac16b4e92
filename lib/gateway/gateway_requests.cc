// The requests' half of Gateway: whose each is, and the call that answers it.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "gateway/asked.h"
#include "gateway/call.h"
#include "gateway/cors.h"
#include "gateway/gateway.h"
#include "gateway/reflection_call.h"
#include "gateway/reflection_wire.h"
#include "gateway/replica_call.h"
#include "gateway/web.h"
#include "gateway/web_call.h"
#include "transcode/bind.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;
using Look = ServiceRoster::Look;

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

http::Refusal NobodyThere(const std::string& what, const Directory::Service& service) {
  const std::string name = service.name.Text();
  return {.status = 503,
          .code = Code::kUnavailable,
          .message = what + (service.roster.HasTlsTrouble()
                                 ? TlsTroubleWords(name)
                                 : "no replica of " + name + " can be asked right now; try again")};
}

// Nobody is there who could be asked, of a service that has it or may have it.
bool IsNobodyThere(Look look) {
  return look == Look::kNobody || look == Look::kUnreachable;
}

http::Refusal NotDescribed(const std::string& what) {
  return {.status = 503,
          .code = Code::kUnavailable,
          .message =
              what + "the service that may have it did not say in time what it serves; try again"};
}

http::Refusal NoSuchHost(const std::string& what, std::string_view host) {
  return {.status = 421,
          .code = Code::kPermissionDenied,
          .message = what + "no service answers under the name " + Printable(host) +
                     "; the label fairlead.gateway.hosts names those it answers under"};
}

}  // namespace

// JSON or gRPC-web, by a route.
struct Gateway::AskedRoute final : Asked {
  AskedRoute(http::Request asks, http::Handler::Answer told)
      : Asked(std::move(asks)),
        answer(std::move(told)),
        web(request.method == "POST" ? WebFormOf(request.Find("content-type")) : std::nullopt) {}
  void OnRefusal(const http::Refusal& refusal) override {
    Tell({refusal.code, refusal.message}, http::ReplyOf(refusal));
  }
  // `reply` says so in JSON.
  void Tell(const Error& error, http::Reply reply) {
    if (web) {
      // What is no path is no method there.
      const Code code = error.code == Code::kNotFound ? Code::kUnimplemented : error.code;
      reply = WebRefusal(*web, {.how = {code, error.message}});
    } else if (!allowed.empty()) {
      reply.fields.push_back({"Allow", allowed});
    }
    reply.route = service;
    ToPage()(std::move(reply));
  }
  void AnswerPreflight() {
    is_over = true;
    patience.reset();
    http::Reply reply = AnswerToPreflight(cors, request);
    reply.route = service;
    answer(std::move(reply));
  }
  // The answer, with what a page of another origin has to be told besides. Once.
  http::Handler::Answer ToPage() {
    return [to = std::move(answer),
            fields = CorsFields(cors, request.Find("origin"))](http::Reply reply) {
      reply.fields.insert(reply.fields.end(), fields.begin(), fields.end());
      to(std::move(reply));
    };
  }
  http::Handler::Answer answer;
  const std::optional<WebForm> web;
  std::string service = {};            // whose it is, once that is known
  std::vector<std::string> cors = {};  // as that one's label says
  std::string allowed = {};
};

// A call of gRPC's, by its method.
struct Gateway::AskedPass final : Asked {
  explicit AskedPass(Pass asks)
      : Asked(std::move(asks.request)), begun(std::move(asks.begun)), head(std::move(asks.head)) {}
  void OnRefusal(const http::Refusal& refusal) override {
    begun(Fail(refusal.code, refusal.message));
  }
  void Answer(std::shared_ptr<PassedCall> call) {
    is_over = true;
    patience.reset();
    begun(std::move(call));
  }
  std::function<void(Result<std::shared_ptr<PassedCall>>)> begun;
  std::function<void(Metadata)> head;
};

std::function<void()> Gateway::Handle(http::Request request, Answer answer) {
  if (ServiceDocs::IsFor(request.path)) {
    TakePublished();
    answer(docs_.Answer(request, directory_));
    return {};
  }
  return Take(std::make_shared<AskedRoute>(std::move(request), std::move(answer)));
}

std::function<void()> Gateway::BeginPass(Pass pass) {
  return Take(std::make_shared<AskedPass>(std::move(pass)));
}

std::function<void()> Gateway::Take(const std::shared_ptr<Asked>& asked) {
  TakePublished();
  Try(asked);
  return [this, alive = std::weak_ptr(alive_), asked] {
    asked->is_over = true;
    asked->patience.reset();
    if (alive.lock()) waiting_.remove(asked);
    if (asked->cancel) asked->cancel();
  };
}

void Gateway::Try(const std::shared_ptr<Asked>& asked) {
  if (const auto route = std::dynamic_pointer_cast<AskedRoute>(asked)) return TryRoute(route);
  TryPass(std::static_pointer_cast<AskedPass>(asked));
}

void Gateway::TryRoute(const std::shared_ptr<AskedRoute>& asked) {
  const http::Request& request = asked->request;
  // A browser asks first for what it wants to ask then.
  const bool is_preflight = IsPreflight(request);
  const std::string_view verb =
      is_preflight ? request.Find("access-control-request-method") : request.method;
  const Directory::Found found =
      directory_.Find({.host = request.Find("host"), .verb = verb, .path = request.path});
  if (found.service != nullptr) {
    asked->service = found.service->name.Text();
    asked->cors = found.service->traffic.gateway.cors;
  }
  if (is_preflight && found.in.look <= Look::kNobody) return asked->AnswerPreflight();
  if (found.in.look == Look::kFound) return Call(*asked, found);
  if (found.in.look == Look::kUndescribed && !asked->has_waited) return Wait(asked);
  const std::string what =
      "answer " + Printable(request.method) + " " + Printable(request.path) + ": ";
  if (found.in.look == Look::kUndescribed) return asked->Refuse(NotDescribed(what));
  if (IsNobodyThere(found.in.look)) return asked->Refuse(NobodyThere(what, *found.service));
  if (found.in.look == Look::kOtherVerb) {
    asked->allowed = Joined(found.in.allowed);
    return asked->Refuse(
        {.status = http::StatusOf(Code::kUnimplemented),
         .code = Code::kUnimplemented,
         .message = what + "the path is there, and not with this method; use " + asked->allowed});
  }
  if (!found.is_known_host) return asked->Refuse(NoSuchHost(what, request.Find("host")));
  asked->Refuse({.status = 404,
                 .code = Code::kNotFound,
                 .message = what +
                            "no service has that path; POST /PACKAGE.SERVICE/METHOD always is one, "
                            "and google.api.http in the .proto adds others"});
}

const Gateway::Line& Gateway::LineOf(const Directory::Found& found) {
  const ServiceRoster::Group& group = found.service->roster.groups().at(found.in.group);
  return lines_[found.service->name][{group.set.get(), group.is_v6}];
}

Result<Calling> Gateway::CallingFor(const http::Request& request, const Directory::Found& found,
                                    const google::protobuf::MethodDescriptor& method) {
  const Result<std::optional<Duration>> timeout = TimeoutOf(request);
  if (!timeout) return std::unexpected(timeout.error());
  const Line& line = LineOf(found);
  const bool is_stream = method.client_streaming() || method.server_streaming();
  return Calling{.channel = line.channel,
                 .open = line.open,
                 .method = "/" + method.service()->full_name() + "/" + method.name(),
                 .timeout = TimeoutFor(*timeout, found.service->traffic, is_stream,
                                       options_.calls.timeout_default),
                 .service = found.service->name.Text()};
}

void Gateway::Call(AskedRoute& asked, const Directory::Found& found) {
  const http::Request& request = asked.request;
  const transcode::Route& route = *found.in.route.route;
  if (asked.web) return CallWeb(asked, found);
  const auto refuse = [&](const Error& error) {
    asked.is_over = true;
    asked.Tell(error, http::ReplyOf(error));
  };
  const std::unique_ptr<google::protobuf::Message> message =
      found.in.set->New(*route.method->input_type());
  const transcode::Input input{
      .query = request.query, .body = request.body, .manner = transcode::Manner::kGrpcGateway};
  if (Result<> bound = transcode::Bind(found.in.route, input, *message); !bound)
    return refuse(bound.error());
  Result<Metadata> metadata = MetadataOf(request, found.service->traffic.gateway.forwards_auth);
  if (!metadata) return refuse(metadata.error());
  Result<Calling> calling = CallingFor(request, found, *route.method);
  if (!calling) return refuse(calling.error());
  calling->metadata = *std::move(metadata);
  CallOrder order{.calling = *std::move(calling),
                  .set = found.in.set,
                  .route = &route,
                  .request = message->SerializeAsString(),
                  .form = transcode::FormFor(request.Find("accept"))};
  asked.is_over = true;
  asked.patience.reset();
  http::Handler::Answer answer = asked.ToPage();
  asked.cancel = route.method->server_streaming()
                     ? CallStream(context_, std::move(order), calls_.Begin(), std::move(answer))
                     : CallUnary(std::move(order), calls_.Begin(), std::move(answer));
}

void Gateway::CallWeb(AskedRoute& asked, const Directory::Found& found) {
  const http::Request& request = asked.request;
  const auto refuse = [&](const Error& error) {
    asked.is_over = true;
    asked.Tell(error, {});
  };
  const google::protobuf::MethodDescriptor& method = *found.in.route.route->method;
  Result<Calling> calling = CallingFor(request, found, method);
  if (!calling) return refuse(calling.error());
  if (!request.path.ends_with(calling->method))
    return refuse(
        {Code::kUnimplemented, "call " + Printable(request.path) +
                                   ": a method is called as /PACKAGE.SERVICE/METHOD by gRPC-web"});
  Result<std::string> message =
      MessageOfWeb(*asked.web, request.body, options_.calls.message_bytes_max);
  if (!message) return refuse(message.error());
  Result<Metadata> metadata = MetadataOfCall(request, found.service->traffic.gateway.forwards_auth);
  if (!metadata) return refuse(metadata.error());
  calling->metadata = *std::move(metadata);
  asked.is_over = true;
  asked.patience.reset();
  asked.cancel = gateway::CallWeb({.calling = *std::move(calling),
                                   .form = *asked.web,
                                   .message = *std::move(message),
                                   .is_stream = method.server_streaming()},
                                  calls_.Begin(), asked.ToPage());
}

void Gateway::TryPass(const std::shared_ptr<AskedPass>& asked) {
  const http::Request& request = asked->request;
  const std::string_view host = request.Find("host");
  if (IsReflection(request.path)) {
    Directory::Described described = directory_.DescribedUnder(host);
    if (!described.is_whole && !asked->has_waited) return Wait(asked);
    return asked->Answer(AnswerReflection(std::move(described.sets)));
  }
  const std::string what = "call " + Printable(request.path) + ": ";
  const auto refuse = [&](Code code, const std::string& why) {
    asked->Refuse({.code = code, .message = what + why});
  };
  const std::string_view path = std::string_view(request.path).substr(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos)
    return refuse(Code::kUnimplemented, "a method is called as /PACKAGE.SERVICE/METHOD");
  const std::string_view service = path.substr(0, slash);
  const std::string_view name = path.substr(slash + 1);
  const Directory::FoundMethod method =
      directory_.FindMethod({.host = host, .service = service, .method = name});
  const Directory::Found& found = method.found;
  if (!method.rivals.empty()) {
    std::set<std::string> rivals;
    for (const ServiceName& rival : method.rivals) rivals.insert(rival.Text());
    return refuse(Code::kUnimplemented, "it is of " + Joined(rivals) +
                                            "; give each names of its own by the label "
                                            "fairlead.gateway.hosts, and call it under one");
  }
  if (found.in.look == Look::kUndescribed && !asked->has_waited) return Wait(asked);
  if (found.in.look == Look::kUndescribed) return asked->Refuse(NotDescribed(what));
  if (IsNobodyThere(found.in.look)) return asked->Refuse(NobodyThere(what, *found.service));
  if (found.in.look != Look::kFound && !found.is_known_host)
    return asked->Refuse(NoSuchHost(what, host));
  if (found.in.look != Look::kFound)
    return refuse(Code::kUnimplemented, "no service that answers here has that method");
  Result<Metadata> metadata = MetadataOfCall(request, found.service->traffic.gateway.forwards_auth);
  if (!metadata) return refuse(metadata.error().code, metadata.error().message);
  Result<Calling> calling = CallingFor(request, found, *found.in.set->FindMethod(service, name));
  if (!calling) return refuse(calling.error().code, calling.error().message);
  calling->metadata = *std::move(metadata);
  asked->Answer(CallReplica(*std::move(calling), calls_.Begin(), std::move(asked->head)));
}

void Gateway::Wait(const std::shared_ptr<Asked>& asked) {
  if (waiting_.size() >= options_.calls.waiting_max) {
    if (options_.told.limit_hit) options_.told.limit_hit("waiting");
    return asked->Refuse(
        {.status = 503,
         .code = Code::kResourceExhausted,
         .message = "answer the request: too many wait for what a service that has just come says "
                    "of itself; try again in a second"});
  }
  waiting_.push_back(asked);
  if (asked->patience) return;
  asked->patience = std::make_unique<asio::steady_timer>(context_, options_.calls.waiting_time_max);
  asked->patience->async_wait(
      [this, alive = std::weak_ptr(alive_), asked](const boost::system::error_code& error) {
        if (error || !alive.lock() || asked->is_over) return;
        waiting_.remove(asked);
        asked->has_waited = true;
        Try(asked);
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

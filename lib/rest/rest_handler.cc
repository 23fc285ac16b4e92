#include "rest/rest_handler.h"

#include <fmt/ranges.h>

#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "base/text.h"
#include "http/pages.h"
#include "http/refusal.h"
#include "rest/grpc_call.h"
#include "rest/grpc_timeout.h"
#include "runtime/mutex.h"
#include "transcode/bind.h"
#include "transcode/openapi.h"
#include "transcode/stream_form.h"

namespace fairlead::rest {
namespace {

// A stream that neither tells nor fails within this is open: its reader is told so.
constexpr Duration kOpeningPatience = std::chrono::milliseconds(100);

http::Reply Json(std::string body) {
  return {.fields = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

// Whoever comes first answers: the first message, the end, or our patience.
class Opening {
 public:
  Opening(http::Handler::Answer answer, std::string route)
      : answer_(std::move(answer)), route_(std::move(route)) {}

  void Take(http::Reply reply) {
    http::Handler::Answer answer;
    {
      const runtime::MutexLock lock(mutex_);
      answer = std::exchange(answer_, {});
    }
    if (!answer) return;
    reply.route = route_;
    answer(std::move(reply));
  }

 private:
  runtime::Mutex mutex_;
  http::Handler::Answer answer_ FAIRLEAD_GUARDED_BY(mutex_);
  const std::string route_;
};

access::Caller CallerOf(const http::Peer& peer, bool holds_token) {
  access::Caller caller{
      .address = peer.address, .names = peer.names, .is_http = true, .holds_token = holds_token};
  if (!peer.is_unix) return caller;
  caller.uid = peer.uid;
  caller.gids = peer.gids;
  return caller;
}

http::Reply StreamReply(transcode::StreamForm form, std::shared_ptr<http::Body> body) {
  http::Reply reply{.fields = {{"Content-Type", std::string(transcode::ContentTypeOf(form))}},
                    .stream = std::move(body)};
  // A comment, which readers of events pass over and proxies take for life.
  if (form == transcode::StreamForm::kEvents) reply.idle_piece = ": nothing new\n\n";
  return reply;
}

}  // namespace

struct RestHandler::Question {
  const transcode::Route* route = nullptr;
  std::unique_ptr<google::protobuf::Message> message;
  CallOptions options;
  transcode::StreamForm form = transcode::StreamForm::kLines;
};

RestHandler::RestHandler(boost::asio::io_context& context, Options options,
                         transcode::Routes routes)
    : context_(context),
      options_(std::move(options)),
      routes_(std::move(routes)),
      openapi_(transcode::OpenApiOf(routes_, {.version = options_.version})) {}

Result<std::unique_ptr<RestHandler>> RestHandler::Make(boost::asio::io_context& context,
                                                       Options options) {
  Result<transcode::Routes> routes = transcode::Routes::Of(options.services);
  if (!routes) return std::unexpected(routes.error());
  return std::unique_ptr<RestHandler>(
      new RestHandler(context, std::move(options), *std::move(routes)));
}

std::function<void()> RestHandler::Handle(http::Request request, Answer answer) {
  std::expected<Question, http::Reply> question = Read(request);
  if (!question) {
    answer(std::move(question.error()));
    return {};
  }
  return question->route->method->server_streaming()
             ? AskStream(*question, std::move(answer))
             : AskUnary(*std::move(question), std::move(answer));
}

std::expected<RestHandler::Question, http::Reply> RestHandler::Read(
    const http::Request& request) const {
  const auto found = routes_.Find(request.method, request.path);
  if (!found) {
    const std::set<std::string> allowed = routes_.AllowedOn(request.path);
    return std::unexpected(
        allowed.empty() ? http::NotFound(request)
                        : http::NotAllowed(request, fmt::format("{}", fmt::join(allowed, ", "))));
  }
  const auto refuse = [&](http::Reply reply) {
    reply.route = found->route->path.text();
    return std::unexpected(std::move(reply));
  };
  if (!found->route->is_read()) {
    if (const auto refusal = options_.guard.Refuses(request))
      return refuse(http::ReplyOf(*refusal));
  }
  Question question{.route = found->route,
                    .message = std::unique_ptr<google::protobuf::Message>(
                        google::protobuf::MessageFactory::generated_factory()
                            ->GetPrototype(found->route->method->input_type())
                            ->New()),
                    .options = {},
                    .form = transcode::FormFor(request.Find("accept"))};
  const transcode::Input input{.query = request.query, .body = request.body};
  if (Result<> bound = transcode::Bind(*found, input, *question.message); !bound)
    return refuse(http::ReplyOf(bound.error()));
  const std::string_view last = request.Find("last-event-id");
  if (!last.empty() && found->route->method->server_streaming()) {
    if (Result<> resumed = transcode::Resume(last, *question.message); !resumed)
      return refuse(http::ReplyOf(resumed.error()));
  }
  const std::string_view timeout = request.Find("grpc-timeout");
  question.options.timeout = ParseGrpcTimeout(timeout);
  if (!timeout.empty() && !question.options.timeout) {
    return refuse(
        http::ReplyOf(Error{Code::kInvalidArgument, "read Grpc-Timeout " + Printable(timeout) +
                                                        ": it is no time such as 10S or 250m"}));
  }
  question.options.caller = CallerOf(request.peer, options_.guard.HoldsToken(request));
  return question;
}

std::function<void()> RestHandler::AskUnary(Question question, Answer answer) const {
  const std::shared_ptr<const google::protobuf::Message> asked = std::move(question.message);
  return CallUnary(
      options_.channel, *question.route->method, *asked, question.options,
      [answer = std::move(answer), route = question.route->path.text(), asked](auto done) {
        http::Reply reply =
            done ? Json(transcode::AnswerJson(*asked, **done) + "\n") : http::ReplyOf(done.error());
        reply.route = route;
        answer(std::move(reply));
      });
}

std::function<void()> RestHandler::AskStream(const Question& question, Answer answer) const {
  const auto opening = std::make_shared<Opening>(std::move(answer), question.route->path.text());
  const transcode::StreamForm form = question.form;
  const std::shared_ptr<http::Body> body = CallStream(
      options_.channel, *question.route->method, *question.message, question.options, form,
      [opening, form](Result<> how, std::shared_ptr<http::Body> begun) {
        opening->Take(how ? StreamReply(form, std::move(begun)) : http::ReplyOf(how.error()));
      });
  const auto patience = std::make_shared<boost::asio::steady_timer>(context_, kOpeningPatience);
  patience->async_wait([opening, form, body, patience](const boost::system::error_code& error) {
    if (!error) opening->Take(StreamReply(form, body));
  });
  return [body] { body->Cancel(); };
}

}  // namespace fairlead::rest

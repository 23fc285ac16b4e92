#include "support/fake_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "runtime/no_throw.h"

namespace fairlead::test {
namespace {

using boost::system::error_code;
using Json = nlohmann::json;
using runtime::kNoThrow;

// "12.000000034" -> 12000000034.
std::int64_t SinceNanoseconds(const std::string& since) {
  const std::size_t dot = since.find('.');
  return std::atoll(since.c_str()) * kNanosecondsPerSecond +
         (dot == std::string::npos ? 0 : std::atoll(since.substr(dot + 1).c_str()));
}

bool IsWanted(const FakeContainer& container, const Json& filters) {
  if (!filters.is_object() || !filters.contains("label")) return true;
  return std::ranges::all_of(filters["label"], [&](const Json& label) {
    return label.is_string() && container.labels.contains(label.get<std::string>());
  });
}

}  // namespace

FakeEngine::FakeEngine(asio::io_context& context, const std::string& socket_path, EngineShape shape,
                       std::uint64_t seed)
    : context_(context),
      socket_path_(socket_path),
      unix_acceptor_(context),
      tcp_acceptor_(context),
      shape_(std::move(shape)),
      host_(context, [this](const FakeEvent& event) { Tell(event); }),
      seed_(seed) {
  host_.set_tells_restart_first(shape_.is_podman);
  Listen();
}

FakeEngine::~FakeEngine() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

void FakeEngine::Listen() {
  if (socket_path_.empty()) {
    tcp_acceptor_ = asio::ip::tcp::acceptor(context_, {asio::ip::address_v4::loopback(), port_});
    port_ = tcp_acceptor_.local_endpoint().port();
    endpoint_ = fmt::format("tcp://127.0.0.1:{}", port_);
    asio::co_spawn(context_, Accept(tcp_acceptor_), asio::detached);
  } else {
    ::unlink(socket_path_.c_str());
    unix_acceptor_ = asio::local::stream_protocol::acceptor(
        context_, asio::local::stream_protocol::endpoint(socket_path_));
    endpoint_ = "unix://" + socket_path_;
    asio::co_spawn(context_, Accept(unix_acceptor_), asio::detached);
  }
}

template <class Acceptor>
asio::awaitable<void> FakeEngine::Accept(Acceptor& acceptor) {
  for (;;) {
    auto [error, accepted] = co_await acceptor.async_accept(kNoThrow);
    if (error) co_return;
    auto socket = std::make_shared<Socket>(std::move(accepted));
    std::erase_if(sockets_, [](const auto& weak) { return weak.expired(); });
    sockets_.push_back(socket);
    asio::co_spawn(context_, Serve(std::move(socket)), asio::detached);
  }
}

const Misbehaviour* FakeEngine::Mood(const std::string& target) {
  const Misbehaviour* mood = nullptr;
  for (auto& [part, how] : misbehaviour_) {
    if (target.find(part) == std::string::npos || how.times == 0) continue;
    if (how.times > 0) --how.times;
    mood = &how;
  }
  return mood;
}

asio::awaitable<void> FakeEngine::Serve(std::shared_ptr<Socket> socket) {
  std::string head;
  const auto [error, bytes] =
      co_await asio::async_read_until(*socket, asio::dynamic_buffer(head), "\r\n\r\n", kNoThrow);
  if (error) co_return;
  const HttpRequest request = ReadRequest(head);
  requests_.push_back(request.method + " " + request.target);
  if (on_request_) on_request_(request);
  const Misbehaviour* found = Mood(request.target);
  const Misbehaviour mood = found == nullptr ? Misbehaviour{} : *found;
  if (mood.delay.count() > 0) co_await Pass(mood.delay);
  std::string reply = mood.raw;
  if (mood.holds_open) held_.push_back(socket);
  if (mood.raw.empty() && !mood.holds_open) {
    if (mood.status == 0 && request.path == "/events") {
      Subscribe(socket, request);
      co_return;
    }
    HttpReply proper;
    if (mood.status != 0) {
      proper = Refusal(mood.status, "told to fail");
    } else {
      proper = co_await Answer(request, socket);
    }
    reply = proper.Bytes(mood.claims_bytes);
  }
  if (mood.cut_after) reply.resize(std::min(reply.size(), *mood.cut_after));
  co_await asio::async_write(*socket, asio::buffer(reply), kNoThrow);
}

void FakeEngine::Subscribe(std::shared_ptr<Socket> socket, const HttpRequest& request) {
  const std::string refusal = shape_.RefusalOf(request.version);
  const bool is_sequence =
      !refusal.empty()
          ? false
          : shape_.recorded == "docker-29" && request.accept.find("json-seq") != std::string::npos;
  auto stream = std::make_shared<EventSubscriber>(std::move(socket), request,
                                                  is_sequence ? "\x1e" : "", seed_++);
  streams_.push_back(stream);
  stream->Run();
  if (!refusal.empty()) {
    stream->Write(Refusal(400, refusal).Bytes());
    stream->End();
    return;
  }
  stream->Write(
      fmt::format("HTTP/1.1 200 OK\r\nApi-Version: {}\r\nContent-Type: {}\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n",
                  shape_.api_version, shape_.EventsContentType(request.accept)));
  const std::string since = request.Query("since");
  const std::deque<FakeEvent> past =
      since.empty() ? std::deque<FakeEvent>() : ring_.Since(SinceNanoseconds(since));
  for (const FakeEvent& event : past) {
    if (stream->Wants(event)) stream->Tell(shape_.Event(event, stream->api()).dump() + "\n", {});
  }
  if (!request.Query("until").empty()) stream->End();
}

void FakeEngine::Tell(const FakeEvent& event) {
  for (FakeEvent& each : shape_.Sequence(event)) {
    for (const auto& stream : streams_) {
      if (!stream->Wants(each)) continue;
      stream->Tell(shape_.Event(each, stream->api()).dump() + "\n", luck_);
    }
    ring_.Keep(std::move(each));
  }
  std::erase_if(streams_, [](const auto& stream) { return !stream->is_open(); });
}

void FakeEngine::SendToStreams(std::string_view bytes) {
  for (const auto& stream : streams_) stream->Write(std::string(bytes));
}

void FakeEngine::EndStreams() {
  for (const auto& stream : streams_) stream->End();
  streams_.clear();
}

void FakeEngine::CutStreams() {
  for (const auto& stream : streams_) stream->Cut();
  streams_.clear();
}

std::size_t FakeEngine::streams_open() {
  std::erase_if(streams_, [](const auto& stream) { return !stream->is_open(); });
  return streams_.size();
}

std::size_t FakeEngine::events_queued() const {
  std::size_t most = 0;
  for (const auto& stream : streams_) {
    if (stream->is_open()) most = std::max(most, stream->queued());
  }
  return most;
}

std::uint64_t FakeEngine::events_skipped() const {
  std::uint64_t skipped = 0;
  for (const auto& stream : streams_) skipped += stream->skipped();
  return skipped;
}

void FakeEngine::ShutDown() {
  host_.StopAll();
  EndStreams();
  host_.set_is_silent(true);
  error_code ignored;
  unix_acceptor_.close(ignored);
  tcp_acceptor_.close(ignored);
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

void FakeEngine::Crash() {
  host_.set_is_silent(true);
  error_code ignored;
  // The socket's file stays, as after a kill -9: connecting is refused, not "no such file".
  unix_acceptor_.close(ignored);
  tcp_acceptor_.close(ignored);
  CutStreams();
  held_.clear();
  for (const auto& weak : sockets_) {
    if (const auto socket = weak.lock()) socket->close(ignored);
  }
  sockets_.clear();
}

void FakeEngine::ComeBack() {
  ring_.Clear();
  host_.set_is_silent(false);
  host_.StartPolicies();
  Listen();
}

asio::awaitable<void> FakeEngine::Pass(std::chrono::nanoseconds time) {
  if (time.count() <= 0) co_return;
  asio::steady_timer timer(context_, time);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

HttpReply FakeEngine::Reply(int status, std::string body) const {
  return {.status = status,
          .headers = fmt::format("Api-Version: {}\r\n", shape_.api_version),
          .body = std::move(body)};
}

HttpReply FakeEngine::Refusal(int status, const std::string& message) const {
  return Reply(status, shape_.Complaint(status, message));
}

asio::awaitable<HttpReply> FakeEngine::Answer(HttpRequest request, std::shared_ptr<Socket> socket) {
  if (request.target.find("//") != std::string::npos) {
    HttpReply moved = Reply(301, "");
    moved.headers += "Location: /containers/json\r\n";
    co_return moved;
  }
  if (request.path == "/_ping") co_return Reply(200, "OK");
  const std::string refusal = shape_.RefusalOf(request.version);
  if (!refusal.empty()) {
    const bool is_too_old = refusal.find("too old") != std::string::npos;
    if (is_too_old && shape_.refuses_versions_in_text) co_return Reply(400, refusal + "\n");
    co_return Refusal(400, refusal);
  }
  if (request.path == "/info") {
    Json info = shape_.Info(host_.now_text());
    // Podman 4.3 makes up another id for each answer.
    if (shape_.is_podman) info["ID"] = fmt::format("fake-{}", ++infos_);
    co_return Reply(200, info.dump());
  }
  if (request.path == "/containers/json") {
    HttpReply list = co_await List(std::move(request));
    co_return list;
  }
  constexpr std::string_view kContainers = "/containers/";
  const std::size_t end = request.path.find('/', kContainers.size());
  if (!request.path.starts_with(kContainers) || end == std::string::npos) {
    co_return Refusal(404, "page not found");
  }
  const std::string id = request.path.substr(kContainers.size(), end - kContainers.size());
  const std::string verb = request.path.substr(end + 1);
  HttpReply reply;
  if (verb == "json" && request.method == "GET") {
    reply = co_await Inspect(std::move(request), id);
  } else {
    reply = co_await Act(std::move(request), id, verb, std::move(socket));
  }
  co_return reply;
}

asio::awaitable<HttpReply> FakeEngine::List(HttpRequest request) {
  const Json filters = Json::parse(request.Query("filters"), nullptr, false);
  const bool shows_all = request.Query("all") == "1" || request.Query("all") == "true";
  // The engine filters before it describes, which is what costs.
  const auto wanted = std::ranges::count_if(
      host_.containers(), [&](const auto& entry) { return IsWanted(entry.second, filters); });
  co_await Pass(delays_.per_listed * wanted);
  std::string list;
  for (const auto& [id, container] : host_.containers()) {
    const bool is_shown = shows_all || container.is_alive() || container.status == "restarting";
    if (!is_shown || !IsWanted(container, filters)) continue;
    list += list.empty() ? "" : ",";
    list += rendered_.Listed(shape_, container);
  }
  co_await Pass(delays_.after_list);
  co_return Reply(200, "[" + list + "]");
}

asio::awaitable<HttpReply> FakeEngine::Inspect(HttpRequest request, std::string id) {
  inspects_at_once_most_ = std::max(inspects_at_once_most_, ++inspects_at_once_);
  co_await Pass(delays_.inspect);
  // Or a name, as engines take one wherever they take an id.
  for (const auto& [known, container] : host_.containers()) {
    if (container.name == id) id = known;
  }
  HttpReply reply = Refusal(404, shape_.Missing(id));
  if (host_.Has(id)) {
    constexpr int kNewest = 9999;
    const int api = request.version.empty() ? kNewest : VersionNumber(request.version);
    reply = Reply(200, rendered_.Inspected(shape_, host_.At(id), api));
  }
  co_await Pass(delays_.after_inspect);
  --inspects_at_once_;
  co_return reply;
}

asio::awaitable<HttpReply> FakeEngine::Act(HttpRequest request, std::string id, std::string verb,
                                           std::shared_ptr<Socket> socket) {
  // Whoever hangs up before the answer is noted; some engines then kill the container.
  const auto is_over = std::make_shared<bool>(false);
  auto watch = [](FakeEngine* self, std::shared_ptr<Socket> from, std::string about,
                  std::shared_ptr<bool> over) -> asio::awaitable<void> {
    char byte = 0;
    const auto [error, read] = co_await from->async_read_some(asio::buffer(&byte, 1), kNoThrow);
    if (*over || error == asio::error::operation_aborted) co_return;
    self->hung_up_on_.push_back(about);
    if (self->shape_.kills_on_hang_up) self->host_.Hasten(about);
  };
  if (verb == "stop" || verb == "restart") {
    asio::co_spawn(context_, watch(this, socket, id, is_over), asio::detached);
  }
  co_await Pass(delays_.act);
  const std::string seconds = request.Query("t");
  std::optional<int> timeout;
  if (!seconds.empty()) timeout = std::atoi(seconds.c_str());
  std::string signal = request.Query("signal");
  const FakeHost::Outcome outcome =
      co_await host_.Act(id, std::move(verb), timeout, std::move(signal));
  *is_over = true;
  if (outcome.status < 400) co_return Reply(outcome.status, "");
  if (outcome.status == 404 && !host_.Has(id)) co_return Refusal(404, shape_.Missing(id));
  // Podman knows no "already so" but for start and stop.
  const bool is_conflict = outcome.status == 409;
  co_return Refusal(is_conflict && shape_.is_podman ? 500 : outcome.status, outcome.complaint);
}

}  // namespace fairlead::test
